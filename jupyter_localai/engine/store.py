"""An open store: its record, its vector indexes, its readers and models, and the settings of a request.

Every flow takes one `Store` instead of its parts. Its opener must own the folder (`service.protocol.ownership`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shlex
from collections.abc import Callable, Sequence

from ..answer.retrieve import Nearest
from ..config import DEFAULT_COLLECTION, EVERY_COLLECTION, Config
from ..embed.base import Embedder
from ..embed.choose import Embedders
from ..embed.cross_encoder import CrossEncoder, Rerankers
from ..errors import EmbedderMismatchError, StoreError, UnknownCollectionError, UsageError
from ..index import exact, forget, place, staged, suspects
from ..index.catalogue import Catalogue
from ..index.chroma import chroma_stem
from ..index.database import CAN_WAIT
from ..index.distant import DistantVectors
from ..index.folders import ChromaFolders
from ..index.registry import Collection
from ..ingest.readers import Limits, Readers
from ..ollama.connections import ChatServers
from ..ollama.server import Ollama
from ..remote.door import Door
from ..remote.server import SharedServer
from ..results.reports import Progress
from ..tables.process import Tables
from . import validate

_CATALOGUE = "catalogue.sqlite"
_QUESTION_SECONDS = 3.0
"""How long a question waits for the server of shared collections before it does without."""


def files_key(fingerprint: str) -> str:
    """Return the key under which the checksum of an embedding model's other files is stored."""
    return f"embedder files {fingerprint}"


@dataclasses.dataclass(frozen=True)
class Sockets:
    """Paths of the gate's Unix sockets that lead to the chat model's server and to that of shared collections.

    Where there is none, the server is contacted directly.
    """

    chat: str | None = None
    shared: str | None = None


@dataclasses.dataclass(frozen=True)
class Store:
    """An open store, seen with the settings of one request.

    Parameters
    ----------
    config : Config
        The settings.
    catalogue : Catalogue
        The record.
    chroma : ChromaFolders or StoreError
        The vector indexes, or why the store cannot be written; then search compares with every vector.
    readers : Readers
        The processes that read files.
    tables : Tables
        The process that holds tables while they are asked.
    embedders : Embedders
        The embedding models that are loaded.
    chat_servers : ChatServers
        The connections to Ollama.
    resources : ExitStack
        Closes all of this.
    shared_server : SharedServer
        The connection to the server of shared collections.
    distant : DistantVectors
        The vectors that only that server has, and what is wrong with it.
    rerankers : Rerankers
        The reranker that is loaded.
    """

    config: Config
    catalogue: Catalogue
    chroma: ChromaFolders | StoreError
    readers: Readers
    tables: Tables
    embedders: Embedders
    chat_servers: ChatServers
    resources: contextlib.ExitStack
    shared_server: SharedServer
    distant: DistantVectors
    rerankers: Rerankers = dataclasses.field(default_factory=Rerankers)

    @classmethod
    def open(
        cls,
        config: Config,
        embedder: Embedder | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
        readers: Readers | None = None,
        sockets: Sockets | None = None,
        crashed: bool = False,
    ) -> Store:
        """Open a store, created when it is not there, and repair what was left unfinished.

        Parameters
        ----------
        config : Config
            Settings; `using` gives the same store with others.
        embedder : Embedder, optional
            Another embedding model than the configured one; tests bring their own.
        report : callable, optional
            Called with a `Progress` while the store is repaired, by whichever call that was needed.
        readers : Readers, optional
            What reads files; processes of their own when left out.
        sockets : Sockets, optional
            What leads out of this process.
        crashed : bool
            Whether the engine that had the store open before crashed; what it worked on is then suspected.
        """
        place.prepare(config.store)
        sockets = sockets or Sockets()
        with contextlib.ExitStack() as resources:
            catalogue = Catalogue(config.store / _CATALOGUE)
            resources.callback(catalogue.close)
            resources.callback(place.restrict, config.store)
            if unusable := catalogue.fulltext.unusable():
                report(Progress("check"))
                with catalogue.transaction():
                    catalogue.fulltext.make_anew(unusable)
            chroma = ChromaFolders(config.store / "chroma", catalogue, report, config.chroma_texts)
            resources.callback(chroma.close)
            suspects.settle(catalogue, crashed)
            staged.drop(catalogue)
            chroma.sweep()
            if forget.is_due(catalogue):
                report(Progress("scrub"))
                try:
                    forget.clean(catalogue, chroma)
                except StoreError as error:  # it stays due
                    if error.code not in CAN_WAIT:
                        raise
            shared = SharedServer(config.shared_host, sockets.shared)
            models = Embedders(sockets.chat, embedder)
            return cls._made(config, (catalogue, chroma), models, readers or Readers(), shared, resources)

    @classmethod
    def open_read_only(cls, config: Config, unwritable: StoreError, embedder: Embedder | None) -> Store:
        """Open a store that can only be read.

        Parameters
        ----------
        config, embedder
            As for `open`.
        unwritable : StoreError
            Why the store cannot be written.
        """
        with contextlib.ExitStack() as resources:
            catalogue = Catalogue(config.store / _CATALOGUE, mode="immutable")
            resources.callback(catalogue.close)
            models = Embedders(None, embedder)
            return cls._made(config, (catalogue, unwritable), models, Readers(), SharedServer(), resources)

    @classmethod
    def _made(
        cls,
        config: Config,
        files: tuple[Catalogue, ChromaFolders | StoreError],
        embedders: Embedders,
        readers: Readers,
        shared: SharedServer,
        resources: contextlib.ExitStack,
    ) -> Store:
        tables, servers = Tables(), ChatServers(embedders.ollama_socket)
        for each in (readers, tables, servers, shared):
            resources.callback(each.close)
        distant = DistantVectors(files[0], lambda: shared.door(config, _QUESTION_SECONDS))
        return cls(config, *files, readers, tables, embedders, servers, resources.pop_all(), shared, distant)

    def using(self, config: Config) -> Store:
        """Return this store with other settings; what is open is shared."""
        return dataclasses.replace(self, config=dataclasses.replace(config, store=self.config.store))

    def close(self) -> None:
        """Release every file and process; a second time it does nothing."""
        self.resources.close()

    def restrict(self) -> None:
        """Take from everybody else what rights they have to the store's files, if it can be written."""
        if self.is_writable:
            place.restrict(self.config.store)

    @property
    def is_writable(self) -> bool:
        """Whether the store can be changed."""
        return isinstance(self.chroma, ChromaFolders)

    def check_writable(self) -> None:
        """Raise the reason why the store cannot be written, if there is one."""
        if isinstance(self.chroma, StoreError):
            raise self.chroma

    @property
    def folders(self) -> ChromaFolders:
        """The vector indexes.

        Raises
        ------
        StoreError
            The reason why the store cannot be written.
        """
        if isinstance(self.chroma, StoreError):
            raise self.chroma
        return self.chroma

    @property
    def embedder(self) -> Embedder:
        """The configured embedding model; it is opened when it is first needed."""
        return self.embedders.get(self.config)

    @property
    def reranker(self) -> CrossEncoder | None:
        """The configured reranker, if there is one; it is loaded when it is first needed.

        Raises
        ------
        EmbedderError
        """
        return self.rerankers.get(self.config)

    @property
    def limits(self) -> Limits:
        """What reading one file may take."""
        return Limits(self.config.reader_timeout_s, self.config.max_file_bytes)

    def chat_server(self) -> Ollama:
        """Return the connection to the configured chat model's server."""
        return self.chat_servers.get(self.config)

    def door(self) -> Door:
        """Return the door to the server of shared collections; errors as `SharedServer.door` has them."""
        return self.shared_server.door(self.config)

    # collections -------------------------------------------------------------------------------

    def collection(self, name: str) -> Collection:
        """Return the collection of a name, whatever model it was built with.

        Raises
        ------
        UnknownCollectionError
            With the closest name.
        """
        collection = self.catalogue.registry.find(name)
        if collection is None:
            raise UnknownCollectionError.for_name(name, [c.name for c in self.catalogue.registry.active()])
        return collection

    def names(self, wanted: str | Sequence[str]) -> list[str]:
        """Return the names of the collections that are wanted, each once; ``all`` means every one.

        Raises
        ------
        UsageError
            For none.
        """
        given = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
        if EVERY_COLLECTION in given and self.catalogue.registry.find(EVERY_COLLECTION) is None:
            given = [collection.name for collection in self.catalogue.registry.active()] or [DEFAULT_COLLECTION]
        if not given:
            raise UsageError("No collection is named.", f"Name one, or {EVERY_COLLECTION!r}.")
        return given

    def searchable(self, name: str) -> Collection:
        """Return the collection of a name, built with the configured embedding model.

        Raises
        ------
        UnknownCollectionError, EmbedderMismatchError
        """
        collection = self.collection(name)
        if collection.fingerprint != self.embedder.fingerprint:
            remedy = f"Set embedder back to {collection.embedder}."
            if self.catalogue.origins.get(collection.id) is None:
                remedy = (
                    f"Switch it with: jupyter localai rebuild -c {shlex.quote(name)}. "
                    f"Or set embedder back to {collection.embedder}."
                )
            raise EmbedderMismatchError(
                f"Collection {name!r} was built with the embedding model {collection.embedder}; "
                f"the configured one is {self.embedder.name}.",
                remedy,
            )
        return collection

    def create(self, name: str, active: bool = True) -> Collection:
        """Add an empty collection for the configured embedding model."""
        embedder, registry = self.embedder, self.catalogue.registry
        if all(other.fingerprint != embedder.fingerprint for other in registry.all()):
            self.catalogue.forget(files_key(embedder.fingerprint))
        with self.catalogue.transaction():
            return registry.create(name, chroma_stem(name), embedder.name, embedder.fingerprint, active)

    def rename(self, name: str, new: str) -> None:
        """Give a collection another name, also in what was asked of it.

        Raises
        ------
        UsageError
            For a name that cannot be used, or is in use.
        UnknownCollectionError
        """
        self.collection(name)
        validate.check_name(new)
        if self.catalogue.registry.find(new) is not None or new == EVERY_COLLECTION:
            raise UsageError(f"There is a collection {new!r} already.", "Choose another name.", code="name_taken")
        with self.catalogue.transaction():
            self.catalogue.registry.rename(name, new)
            self.catalogue.conversations.rename_collection(name, new)

    def nearest(self, collection: Collection) -> Nearest:
        """Return what finds the chunks nearest to a vector: Chroma, or all vectors where Chroma cannot write.

        Where a server keeps the vectors, it is asked.
        """
        if self.catalogue.origins.is_distant(collection.id):
            return functools.partial(self.distant.query, collection)
        if isinstance(self.chroma, ChromaFolders):
            try:
                if self.chroma.has(collection):
                    self.chroma.open(collection)
                return functools.partial(self.chroma.query, collection)
            except StoreError as error:
                if error.code != "disk_full":
                    raise
        return functools.partial(exact.query, self.catalogue, collection)

"""One open store: documents go in through `index`, questions through `search` and `ask`.

The engine knows nothing of who calls it: requests come in as plain values, results and
progress go out as values and events of `schema`. Whoever opens an engine must own the store
(`service.ownership`).
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import os
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from . import checks, privacy
from .answer import models as chat_models
from .answer.extract import extract, is_relevant
from .answer.generate import choose, generate
from .answer.retrieve import Nearest, retrieve
from .config import DEFAULT_COLLECTION, Config
from .errors import EmbedderMismatchError, OllamaError, StoreError, UnknownCollectionError, UsageError
from .index import exact, forget, place
from .index.catalogue import Catalogue
from .index.embed import Embedder
from .index.embedders import Embedders
from .index.folders import ChromaFolders
from .index.registry import Collection
from .index.store import chroma_stem
from .indexing import Indexing
from .ingest.discover import matches
from .ingest.read import load, read
from .ollama import Ollama
from .rebuilding import rebuild
from .schema import Answer, CollectionInfo, Document, Event, Hits, Models, Passages, Progress, Rules, Status, Token


class Engine:
    """One open store.

    Parameters
    ----------
    config : Config
        Settings; `using` gives the same engine with others.
    embedder : Embedder, optional
        Another embedding model than the configured one; tests bring their own.
    unwritable : StoreError, optional
        Why the store cannot be written; it can still be searched, by comparing with every vector.
    report : callable, optional
        Called with a `Progress` while the store is put right, whatever call found that it had to be.
    ollama_socket : str, optional
        Path of a Unix socket that leads to the chat model's server; without it the server is contacted directly.

    Raises
    ------
    StoreError
        When the store cannot be created, read or written.
    """

    def __init__(
        self,
        config: Config,
        embedder: Embedder | None = None,
        unwritable: StoreError | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
        ollama_socket: str | None = None,
    ) -> None:
        self.config = config
        self._loaded_embedder = embedder
        self._embedders = Embedders()
        self._ollama_socket = ollama_socket
        self._unwritable = unwritable
        self._folders: ChromaFolders | None = None
        path = config.store / "catalogue.sqlite"
        if unwritable is not None:
            self._catalogue = Catalogue(path, mode="immutable")
            return
        place.prepare(config.store)
        self._catalogue = Catalogue(path)
        self._folders = ChromaFolders(config.store / "chroma", self._catalogue, report)
        if forget.is_due(self._catalogue):
            report(Progress("scrub"))
            forget.clean(self._catalogue, self._folders)

    def using(self, config: Config) -> Engine:
        """Return this engine with the settings of one request; both share the open store and the embedding models."""
        view = copy.copy(self)
        view.config = dataclasses.replace(config, store=self.config.store)
        return view

    def close(self) -> None:
        """Release every file of the store; again, it does nothing."""
        if self._folders is not None:
            self._folders.close()
            self._folders = None
            place.restrict(self.config.store)
        self._catalogue.close()

    def index(
        self,
        paths: Sequence[str] = (),
        collection: str = DEFAULT_COLLECTION,
        rules: Rules | None = None,
        dry_run: bool = False,
    ) -> Iterator[Event]:
        """Bring a collection up to date with folders and files.

        Parameters
        ----------
        paths : sequence of str
            Roots to add or refresh; none refreshes every root the collection knows.
        collection : str
            Created when it does not exist and `paths` are given.
        rules : Rules, optional
            What to include and exclude under `paths`; remembered for the next refresh.
        dry_run : bool
            Only tell what would happen.

        Yields
        ------
        Progress, then one IndexReport
            Stopping early (closing the generator) keeps what is already indexed.

        Raises
        ------
        UsageError, UnknownCollectionError, EmbedderError, EmbedderMismatchError, StoreError
        """
        checks.check_name(collection)
        folders = self._writable()
        target = self._existing(collection)
        if paths:
            roots = {os.path.realpath(os.path.expanduser(path)): rules or Rules() for path in paths}
            if target is None and not dry_run and any(os.path.exists(root) for root in roots):
                target = self._create(collection)
            if not dry_run:
                with self._catalogue.transaction():
                    for root in roots:
                        self._catalogue.registry.recall(root)
        elif target is None:
            raise self._unknown(collection)
        else:
            roots = self._catalogue.registry.roots(target)
        run = Indexing(collection, target, self._catalogue, folders, self._embedder(), self.config, dry_run)
        try:
            yield from run.run(roots)
        finally:
            place.restrict(self.config.store)

    def rebuild(self, collection: str | None = None) -> Iterator[Event]:
        """Build the vector index anew from the catalogue, and give back unused room on the disk.

        A collection whose embedding model is not the configured one is built with that one, from its
        files; the old version answers until the new one is complete.

        Parameters
        ----------
        collection : str, optional
            All of them when left out.

        Yields
        ------
        Progress, then one RebuildReport

        Raises
        ------
        UnknownCollectionError, StoreError
            ``root_missing`` when files are needed that are not there.
        """
        folders = self._writable()
        targets = [c for c in self._catalogue.registry.active() if collection in (None, c.name)]
        if collection is not None and not targets:
            raise self._unknown(collection)
        try:
            yield from rebuild(targets, self._catalogue, folders, self._embedder(), self.config)
        finally:
            place.restrict(self.config.store)

    def forget(self, paths: Sequence[str] = (), collection: str | None = None) -> Iterator[Event]:
        """Remove documents, or a whole collection, so that nothing of them stays in the store.

        Parameters
        ----------
        paths : sequence of str
            Files and folders, whether or not they still exist; they are removed from every collection.
        collection : str, optional
            Remove this collection instead.

        Yields
        ------
        Progress, then one ForgetReport

        Raises
        ------
        UnknownCollectionError, StoreError
            ``not_indexed`` for a path of which nothing is indexed.
        """
        folders = self._writable()
        if collection is not None and self._catalogue.registry.find(collection) is None:
            raise self._unknown(collection)
        try:
            yield from forget.forget(paths, collection, self._catalogue, folders)
        finally:
            place.restrict(self.config.store)

    def search(self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, files: str | None = None) -> Hits:
        """Return the `k` best hits for `query`.

        Parameters
        ----------
        query : str
            A question or some words; at most 10,000 characters.
        k : int
            How many hits, adjacent chunks counted as one; 1 to 1000.
        collection : str
            Where to search.
        files : str, optional
            Glob; only documents whose path relative to their root, or base name, matches.

        Raises
        ------
        UsageError
            For an empty or far too long query, or `files` that match no document.
        UnknownCollectionError
            With the closest name.
        """
        started = time.perf_counter()
        query = checks.check_question(query, k)
        target = self._existing(collection)
        if target is None:
            raise self._unknown(collection)
        hits = retrieve(
            query,
            k,
            catalogue=self._catalogue,
            nearest=self._nearest(target),
            embedder=self._embedder(),
            collection=target,
            document_ids=self._matching(target, files) if files else None,
        )
        return Hits(query, collection, tuple(hits), time.perf_counter() - started)

    def ask(
        self,
        question: str,
        k: int = 6,
        collection: str = DEFAULT_COLLECTION,
        files: str | None = None,
        model: str = "",
        extractive: bool = False,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Answer a question from a collection, with the chat model when there is one.

        Without Ollama or without a model the answer is made of sentences of the passages, with a
        warning; the model is not asked when no passage has to do with the question. Setting `stop` ends the
        chat model's work, before its first word, too.

        Yields
        ------
        Passages, then Token for each piece of a chat model's text, then one Answer

        Raises
        ------
        UsageError, UnknownCollectionError
            As for `search`.
        Cancelled
            When `stop` was set.
        """
        started = time.perf_counter()
        hits = self.search(question, k, collection, files)
        yield Passages(hits.hits)
        warnings: tuple[str, ...] = ()
        if not extractive and any(is_relevant(hits.query, hit) for hit in hits):
            try:
                for event in self._generated(hits, model or self.config.model, stop):
                    if isinstance(event, Answer):
                        event = dataclasses.replace(event, seconds=time.perf_counter() - started)
                    yield event
                return
            except OllamaError as error:
                warnings = (f"{error.message} {error.remedy}".strip(),)
        answer = extract(hits.query, hits.hits, self._embedder(), warnings=warnings)
        yield dataclasses.replace(answer, seconds=time.perf_counter() - started)

    def _generated(self, hits: Hits, model: str, stop: threading.Event | None) -> Iterator[Token | Answer]:
        with self._ollama() as ollama:
            chosen = choose(ollama, model)
            context_tokens, embedder = self.config.context_tokens, self._embedder()
            yield from generate(hits.query, hits.hits, ollama, chosen, context_tokens, embedder, stop)

    def models(self) -> Models:
        """Return the chat models that Ollama has, and some that would suit this machine.

        Raises
        ------
        OllamaError, PrivacyError
        """
        with self._ollama() as ollama:
            return chat_models.describe(ollama)

    def pull(self, model: str, stop: threading.Event | None = None) -> Iterator[Progress]:
        """Have Ollama download a chat model, until `stop` is set.

        Raises
        ------
        OllamaError, PrivacyError, Cancelled
        """
        with self._ollama() as ollama:
            yield from chat_models.pull(ollama, model, stop)

    def status(self) -> Status:
        """Return counts, size on disk and how the network is kept out."""
        states = self._catalogue.count_states()
        collections = tuple(self._catalogue.describe())
        return Status(
            documents=self._catalogue.count_documents(),
            chunks=sum(info.chunks for info in collections),
            pending=states.get("pending", 0),
            failed=states.get("failed", 0),
            collections=collections,
            bytes=sum(file.stat().st_size for file in self.config.store.rglob("*") if file.is_file()),
            engine={"pid": os.getpid(), "store": str(self.config.store), "read_only": self._folders is None},
            privacy={"enforcement": privacy.enforcement()},
        )

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return self._catalogue.describe()

    # parts, opened when first needed -----------------------------------------------------------

    def _embedder(self) -> Embedder:
        return self._loaded_embedder or self._embedders.get(self.config)

    def _ollama(self) -> Ollama:
        return Ollama(self.config.ollama_host, self.config.allow_hosts, self._ollama_socket)

    def _writable(self) -> ChromaFolders:
        if self._folders is None:
            assert self._unwritable is not None
            raise self._unwritable
        return self._folders

    def _nearest(self, collection: Collection) -> Nearest:
        if self._folders is not None:
            try:
                self._folders.open(collection)
                return functools.partial(self._folders.query, collection)
            except StoreError as error:
                if error.code != "disk_full":
                    raise
        return functools.partial(exact.query, self._catalogue, collection)

    def _existing(self, name: str) -> Collection | None:
        collection = self._catalogue.registry.find(name)
        if collection is not None and collection.fingerprint != self._embedder().fingerprint:
            raise EmbedderMismatchError(
                f"Collection {name!r} was built with the embedding model {collection.embedder}; "
                f"the configured one is {self._embedder().name}.",
                f"Switch it with: jupyter localai rebuild -c {shlex.quote(name)}. "
                f"Or set embedder back to {collection.embedder}.",
            )
        return collection

    def _create(self, name: str) -> Collection:
        embedder = self._embedder()
        with self._catalogue.transaction():
            return self._catalogue.registry.create(name, chroma_stem(name), embedder.name, embedder.fingerprint)

    def _unknown(self, name: str) -> UnknownCollectionError:
        return UnknownCollectionError.for_name(name, [c.name for c in self._catalogue.registry.active()])

    def _matching(self, collection: Collection, pattern: str) -> list[int]:
        found = []
        for document_id, path, root in self._catalogue.readable(collection):
            relative = os.path.basename(path) if path == root else os.path.relpath(path, root)
            if matches(pattern, relative.replace(os.sep, "/")):
                found.append(document_id)
        if not found:
            raise UsageError(
                f"No document of collection {collection.name!r} matches {pattern!r}.",
                "Check the pattern; for example '*.pdf' or 'reports/*'.",
                code="no_matching_file",
            )
        return found


def read_file(path: str, config: Config) -> Document:
    """Return what a reader sees in one file; needs no store.

    Raises
    ------
    ReadError
        As `ingest.read.read`.
    """
    absolute = os.path.abspath(os.path.expanduser(path))
    return read(absolute, load(absolute, config.max_file_bytes))

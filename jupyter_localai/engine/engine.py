"""One open store: documents go in through `index`, questions through `search` and `ask`.

The engine knows nothing of who calls it: requests come in as plain values, results and
progress go out as values and events of `results`. Whoever opens an engine must own the store
(`service.protocol.ownership`).
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
from typing import Any, Literal

from ..answer.retrieve import Nearest, retrieve
from ..config import DEFAULT_COLLECTION, Config
from ..embed.base import Embedder
from ..embed.choose import Embedders
from ..errors import EmbedderMismatchError, StoreError, UnknownCollectionError, UsageError
from ..index import contents, exact, forget, place, suspects
from ..index.catalogue import Catalogue
from ..index.folders import ChromaFolders
from ..index.registry import Collection
from ..index.store import chroma_stem
from ..ingest.readers import Limits, Readers, Wanted
from ..ollama import models as chat_models
from ..ollama.server import Ollama
from ..paths import inside, meet
from ..privacy import guard
from ..results.codec import from_json
from ..results.passages import Answer, Conversation, Document, Hits, Located, Rules
from ..results.reports import CollectionInfo, Documents, Event, Models, Progress, Status
from ..results.scores import Evaluation, Question
from ..results.vectors import LIMIT, Vectors
from ..text import language
from . import validate
from .asking import Asking
from .evaluating import evaluate
from .indexing import Indexing
from .locating import locate
from .rebuilding import rebuild
from .sampling import sample
from .scope import matching

_SHOWN_FAILURES = 20


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
    readers : Readers, optional
        What reads files; processes of their own when left out.
    report : callable, optional
        Called with a `Progress` while the store is put right, whatever call found that it had to be.
    ollama_socket : str, optional
        Path of a Unix socket that leads to the chat model's server; without it the server is contacted directly.
    crashed : bool
        Whether the engine that had the store open before crashed; what it worked on is then suspected.

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
        readers: Readers | None = None,
        ollama_socket: str | None = None,
        crashed: bool = False,
    ) -> None:
        self.config = config
        self._readers = readers or Readers()
        self._loaded_embedder = embedder
        self._embedders = Embedders()
        self._ollama_socket = ollama_socket
        self._unwritable = unwritable
        self._folders: ChromaFolders | None = None
        self._chat_servers: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Ollama] = {}
        path = config.store / "catalogue.sqlite"
        if unwritable is not None:
            self._catalogue = Catalogue(path, mode="immutable")
            return
        place.prepare(config.store)
        self._catalogue = Catalogue(path)
        self._folders = ChromaFolders(config.store / "chroma", self._catalogue, report)
        suspects.settle(self._catalogue, crashed)
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
        for server in self._chat_servers.values():
            server.close()
        self._readers.close()
        self._catalogue.close()

    def index(
        self,
        paths: Sequence[str] = (),
        collection: str = DEFAULT_COLLECTION,
        rules: Rules | None = None,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
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
        retry : bool
            Try files again that have failed, though they have not changed.
        refresh : bool
            Look at `paths` only as far as they lie in roots that the collection has, by the rules of these; add none.
        max_documents : int, optional
            Change nothing when more documents would have to be read.

        Yields
        ------
        Progress, then one IndexReport
            Stopping early (closing the generator) keeps what is already indexed.

        Raises
        ------
        UsageError
            ``too_many_documents`` for more than `max_documents`.
        UnknownCollectionError, EmbedderError, EmbedderMismatchError, StoreError
        """
        validate.check_name(collection)
        validate.check_paths(paths)
        if rules not in (None, Rules()) and (refresh or not paths):
            raise UsageError("What to include and exclude was given, but no folder.", "Name the folder it is about.")
        folders = self._writable()
        target = self._existing(collection)
        if target is None and (refresh or not paths):
            raise self._unknown(collection)
        registry = self._catalogue.registry
        named = dict.fromkeys(os.path.realpath(os.path.expanduser(path)) for path in paths)
        added = {} if refresh else dict.fromkeys(named, rules or Rules())
        roots = added
        if target is not None and not added:
            roots = {root: rules for root, rules in registry.roots(target).items() if not named or meet([root], named)}
        only = frozenset(named if refresh else ())
        parts = (self._catalogue, folders, self._embedder(), self._readers, self.config)
        run = Indexing(collection, target, *parts, dry_run, retry, only)
        try:
            yield from run.look(roots, added)
            if max_documents is not None and run.coming > max_documents:
                told = f"{run.coming:,} documents would be indexed, more than {max_documents:,}."
                raise UsageError(told, "Name a smaller folder, or allow more.", code="too_many_documents")
            if target is None and not dry_run and any(os.path.exists(root) for root in added):
                target = self._create(collection)
            if added and not dry_run:
                with self._catalogue.transaction():
                    for root in added:
                        registry.recall(root)
            yield from run.run(target)
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
            ``root_missing`` when files are needed that are not there, ``permission_denied`` or
            ``unreadable`` when they cannot be read now.
        """
        folders = self._writable()
        targets = [c for c in self._catalogue.registry.active() if collection in (None, c.name)]
        if collection is not None and not targets:
            raise self._unknown(collection)
        try:
            yield from rebuild(targets, self._catalogue, folders, self._embedder(), self._readers, self.config)
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
        validate.check_paths(paths)
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
            Glob; only documents whose path relative to their root, or base name, matches. An absolute one is compared
            with whole paths: `glob.escape` of a path means that document alone.

        Raises
        ------
        UsageError
            For an empty or far too long query, or `files` that match no document.
        UnknownCollectionError
            With the closest name.
        """
        started = time.perf_counter()
        query = validate.check_question(query, k)
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
            document_ids=matching(self._catalogue, target, files) if files else None,
        )
        reads = self._embedder().reads(query)
        warnings = None if reads else (language.of_question(self._embedder().name),)
        return Hits(query, collection, tuple(hits), time.perf_counter() - started, warnings)

    def ask(
        self,
        question: str,
        k: int = 6,
        collection: str | None = None,
        files: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Answer a question from a collection, with the chat model when there is one.

        Without Ollama or without a model the answer is made of sentences of the passages, with a
        warning; the model is not asked when no passage has to do with the question. Setting `stop` ends the
        chat model's work, before its first word, too.

        Parameters
        ----------
        question, k, files
            As for `search`.
        collection : str, optional
            When left out, the one the conversation asked last, or the default one.
        model : str
            The chat model; the configured one, the one last used or the largest that fits when empty.
        extractive : bool
            Ask no chat model.
        conversation : str, optional
            The id of an earlier answer's conversation, or ``last``, to go on from there.
        context : str
            Text that the question is about, such as code and its error; at most 20,000 characters. It counts for the
            questions that follow in the conversation, and is kept and deleted with it.
        stop : threading.Event, optional
            Ends the work of the chat model when set.

        Yields
        ------
        Passages, then Progress, Thinking and Token while the chat model works, then one Answer

        Raises
        ------
        UsageError, UnknownCollectionError
            As for `search`.
        UnknownConversationError
        Cancelled
            When `stop` was set.
        """
        question, context = validate.check_question(question, k), validate.check_context(context)
        talk = self._catalogue.conversations.find(conversation or "new")
        asked = collection or self._catalogue.conversations.collection(talk) or DEFAULT_COLLECTION
        asking = Asking(
            search=lambda query: self.search(query, k, asked, files),
            catalogue=self._catalogue,
            embedder=self._embedder(),
            ollama=self._chat_server,
            config=self.config,
            model=model,
            extractive=extractive,
            remembers=self._folders is not None,
            stop=stop or threading.Event(),
        )
        yield from asking.answer(question, talk, context)

    def evaluate(
        self,
        questions: Sequence[Question],
        k: int = 10,
        collection: str = DEFAULT_COLLECTION,
        files: str | None = None,
    ) -> Iterator[Progress | Evaluation]:
        """Search for each question, and measure how well the places are found that it should lead to.

        Parameters
        ----------
        questions : sequence of Question
            At least one, each with at least one place.
        k, collection, files
            As for `search`.

        Yields
        ------
        Progress, then one Evaluation

        Raises
        ------
        UsageError, UnknownCollectionError
            As for `search`.
        """
        if not questions or not all(question.expected for question in questions):
            raise UsageError("A question is needed, and a place for each.", code="no_questions")
        for question in questions:
            validate.check_question(question.question, k)
        target = self._existing(collection)
        if target is None:
            raise self._unknown(collection)
        yield from evaluate(
            questions,
            lambda question: self.search(question, k, collection, files),
            {path: inside(path, root) for _, path, root in self._catalogue.readable(target)},
            collection=collection,
            embedder=target.embedder,
            k=k,
            file=files,
        )

    def vectors(self, collection: str = DEFAULT_COLLECTION, query: str | None = None, limit: int = LIMIT) -> Vectors:
        """Return the vectors of a collection, and of a query.

        Parameters
        ----------
        collection : str
        query : str, optional
            As for `search`.
        limit : int
            Of a larger collection an even sample of so many chunks; 1 to 50,000.

        Raises
        ------
        UsageError, UnknownCollectionError
        """
        query = None if query is None else validate.check_question(query, 1)
        target = self._existing(collection)
        if target is None:
            raise self._unknown(collection)
        asked = None if query is None else self._embedder().embed_query(query)
        return sample(self._catalogue, target, limit, asked)

    def locate(self, path: str, start: int, end: int, quote: str = "") -> Located:
        """Return where a passage that was cited is now.

        Parameters
        ----------
        path : str
            Absolute; of the document as it was cited.
        start, end : int
            Offsets of the span into its text.
        quote : str
            What the span says. Without it nothing that moved can be followed.

        Raises
        ------
        UsageError
        """
        return locate(path, start, end, quote, self._catalogue)

    def conversations(self) -> list[Conversation]:
        """Return every conversation that is remembered, the last changed first, without its answers."""
        return self._catalogue.conversations.all()

    def conversation(self, number: str) -> Conversation:
        """Return one conversation with its answers; ``last`` for the last changed.

        Raises
        ------
        UnknownConversationError
        """
        table = self._catalogue.conversations
        number = table.find(number or "last")
        (found,) = (talk for talk in table.all() if talk.id == number)
        return dataclasses.replace(found, answers=tuple(from_json(Answer, told) for told in table.answers(number)))

    def delete_conversations(self, numbers: Sequence[str]) -> None:
        """Delete conversations for good.

        Raises
        ------
        UnknownConversationError, StoreError
        """
        self._writable()
        table = self._catalogue.conversations
        table.delete([table.find(number or "last") for number in numbers])

    def models(self) -> Models:
        """Return the chat models that Ollama has, and some that would suit this machine.

        Raises
        ------
        OllamaError, PrivacyError
        """
        return chat_models.describe(self._chat_server(), self.config.context_tokens)

    def pull(self, model: str, stop: threading.Event | None = None) -> Iterator[Progress]:
        """Have Ollama download a chat model, until `stop` is set.

        Raises
        ------
        OllamaError, PrivacyError, Cancelled
        """
        yield from chat_models.pull(self._chat_server(), model, stop)

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
            bytes=place.size(self.config.store),
            engine={"pid": os.getpid(), "store": str(self.config.store), "read_only": self._folders is None},
            privacy={"enforcement": guard.enforcement()},
            failures=tuple(self._catalogue.failures(_SHOWN_FAILURES)),
        )

    def tried(self) -> dict[str, dict[str, Any]]:
        """Have this process and a reader ask for a way out; return what `privacy.tried` tells in each."""
        return {"engine": guard.tried(), "reader": self._readers.tried()}

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return self._catalogue.describe()

    def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        state: Literal["ready", "pending", "failed"] | None = None,
        name: str = "",
        under: Sequence[str] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Documents:
        """Return the documents of a collection, by path, a part at a time.

        Parameters
        ----------
        collection : str
        state : {"ready", "pending", "failed"}, optional
            Only those in this state.
        name : str
            Only those with this in their path below their root, in capitals or not.
        under : sequence of str
            Only these files, and what lies in these folders.
        limit, offset : int
            How many, 1 to 1000, and after how many.

        Raises
        ------
        UsageError, UnknownCollectionError
        """
        validate.check_paths(under)
        validate.check_part(limit, offset)
        target = self._catalogue.registry.find(collection)
        if target is None:
            raise self._unknown(collection)
        return contents.documents(self._catalogue, target, state, name, under, limit, offset)

    # parts, opened when first needed -----------------------------------------------------------

    def _embedder(self) -> Embedder:
        return self._loaded_embedder or self._embedders.get(self.config, self._ollama_socket)

    def _chat_server(self) -> Ollama:
        where = (self.config.ollama_host, self.config.allow_hosts, self.config.allow_users)
        if where not in self._chat_servers:
            self._chat_servers[where] = Ollama(*where, self._ollama_socket)
        return self._chat_servers[where]

    def _writable(self) -> ChromaFolders:
        if self._folders is None:
            assert self._unwritable is not None
            raise self._unwritable
        return self._folders

    def _nearest(self, collection: Collection) -> Nearest:
        if self._folders is not None:
            try:
                if self._folders.has(collection):
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


def read_file(path: str, config: Config) -> Document:
    """Return what a reader sees in one file; needs no store.

    Raises
    ------
    ReadError, PrivacyError
    """
    guard.check_available(config.enforce)
    readers = Readers(1)
    try:
        wanted = Wanted(os.path.abspath(os.path.expanduser(path)))
        reading = readers.read(wanted, Limits(config.reader_timeout_s, config.max_file_bytes))
    finally:
        readers.close()
    if reading.error is not None:
        raise reading.error
    assert reading.document is not None
    return reading.document

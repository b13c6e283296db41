"""One open store: documents go in through `index`, questions through `search` and `ask`.

The engine does not know its callers: requests come in as plain values, results and progress go out as values
and events of `results`. The clients' methods of the same names explain the arguments.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from ..config import DEFAULT_COLLECTION, Config
from ..embed.base import Embedder
from ..errors import StoreError
from ..index.contents import Selection
from ..ingest.readers import Readers
from ..ollama import models as chat_models
from ..privacy import guard
from ..results.answers import Suggestions
from ..results.files import Rules
from ..results.passages import Hits, Located
from ..results.reports import CollectionInfo, Documents, Event, Models, Progress, Status
from ..results.scores import Evaluation, Question
from ..results.vectors import LIMIT, Vectors
from ..text import words
from . import (
    evaluating,
    indexing,
    locating,
    rebuilding,
    searching,
    validate,
    views,
    watching,
)
from .conversing import Conversing
from .forgetting import Forgetting
from .selecting import sample
from .sharing import Sharing
from .store import Sockets, Store
from .teaming import Teaming

Names = str | Sequence[str]


class Engine(Conversing, Forgetting, Sharing, Teaming):
    """One open store, seen with the settings of one request; `open` opens one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.config = store.config

    @classmethod
    def open(
        cls,
        config: Config,
        embedder: Embedder | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
        readers: Readers | None = None,
        sockets: Sockets | None = None,
        crashed: bool = False,
    ) -> Engine:
        """Open a store; parameters as `Store.open` has them."""
        return cls(Store.open(config, embedder, report, readers, sockets, crashed))

    @classmethod
    def open_read_only(cls, config: Config, unwritable: StoreError, embedder: Embedder | None = None) -> Engine:
        """Open a store that cannot be written, for the reason given; it can still be searched."""
        return cls(Store.open_read_only(config, unwritable, embedder))

    def using(self, config: Config) -> Engine:
        """Return this engine with the settings of one request; both share all that is open."""
        return Engine(self._store.using(config))

    def close(self) -> None:
        """Release every file of the store; a second time it does nothing."""
        self._store.close()

    def index(
        self,
        paths: Sequence[str] = (),
        collection: str = DEFAULT_COLLECTION,
        rules: Rules | None = None,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
        ocr: bool = False,
    ) -> Iterator[Event]:
        """Bring a collection up to date with folders and files; `rules` are remembered for the next refresh.

        The last event is the IndexReport. Closing the generator early keeps what is already indexed.

        Raises
        ------
        UsageError
            ``too_many_documents`` for more than `max_documents`, ``ocr_missing`` for `ocr` without the extra.
        UnknownCollectionError, EmbedderError, EmbedderMismatchError, StoreError
        """
        task = indexing.task_for(self._store, collection, paths, rules, refresh)
        task = dataclasses.replace(task, dry_run=dry_run, retry=retry, ocr=ocr)
        try:
            yield from indexing.index(self._store, task, max_documents)
        finally:
            self._store.restrict()

    def rebuild(self, collection: str | None = None) -> Iterator[Event]:
        """Build vector indexes from the catalogue, or from the files where the embedding model is another one now.

        The last event is the RebuildReport.

        Raises
        ------
        UnknownCollectionError, StoreError
            ``root_missing`` when files are needed that are not there, ``permission_denied`` or
            ``unreadable`` when they cannot be read now.
        """
        try:
            yield from rebuilding.rebuild(self._store, collection)
        finally:
            self._store.restrict()

    def watch(self, collection: str = DEFAULT_COLLECTION, on: bool = True) -> None:
        """Note that a collection is to follow its folders, or no longer; the engine's process does so."""
        watching.set_watched(self._store, collection, on)

    def watched(self) -> list[watching.Subject]:
        """Return the collections that are to follow their folders; none where nothing can be written."""
        return watching.subjects(self._store) if self._store.is_writable else []

    def rename_collection(self, collection: str, name: str) -> None:
        """Give a collection another name."""
        self._store.check_writable()
        self._store.rename(collection, name)

    def search(
        self, query: str, k: int = 10, collection: Names = DEFAULT_COLLECTION, files: Names | None = None
    ) -> Hits:
        """Return the `k` best hits, in the documents that the globs `files` mean, or ``@name`` in the query."""
        return searching.search(self._store, query, k, collection, files)

    def ask(
        self,
        question: str,
        k: int | None = None,
        collection: Names | None = None,
        files: Names | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
        context_path: str = "",
        fresh: bool = False,
        after: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Answer a question with the chat model, or with sentences of the passages where none can be used.

        Yields
        ------
        Passages, then Progress, Thinking and Token while the chat model works, then one Answer

        Raises
        ------
        UsageError, UnknownCollectionError, UnknownConversationError
        Cancelled
            When `stop` was set; this ends the chat model's work, before its first word, too.
        """
        talk, before = self._store.catalogue.conversations.last(conversation)
        names = self._store.names(collection or before or DEFAULT_COLLECTION)
        from .asking import Asking  # what answering takes need not be there when an engine starts

        most = self.config.passages if k is None else k
        asking = Asking(self._store, names, files, most, model, extractive, fresh, stop or threading.Event())
        yield from asking.answer(question, talk, context, context_path, validate.check_after(after))

    def summarize(
        self,
        collection: Names | None = None,
        files: Names | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        after: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Give an overview of collections, or of the documents that `files` mean; without a `collection` of any.

        Yields and raises as `ask`; no Passages.
        """
        talk, _ = self._store.catalogue.conversations.last(conversation)
        from . import overviews
        from .asking import Asking

        subject = overviews.subject(self._store, collection, files)
        asking = Asking(self._store, subject.names, files, 1, model, extractive, False, stop or threading.Event())
        yield from asking.summarize(subject.question, subject.documents, talk, validate.check_after(after))

    def preload(self, model: str = "", stop: threading.Event | None = None) -> bool:
        """Bring the chat model into memory; return whether that was needed and is done."""
        from . import chatting

        return chatting.preload(self._store, model, stop or threading.Event())

    def suggest(self, collection: str = DEFAULT_COLLECTION) -> Suggestions:
        """Return questions to begin with, made from headings without a chat model."""
        from . import suggesting

        return Suggestions(tuple(suggesting.suggest(self._store, collection)))

    def evaluate(
        self, questions: Sequence[Question], k: int = 10, collection: str = DEFAULT_COLLECTION, files: str | None = None
    ) -> Iterator[Progress | Evaluation]:
        """Search for each question, and measure how well its places are found; the last event is the Evaluation."""
        validate.check_questions(questions, k)
        target = self._store.searchable(collection)
        run = evaluating.Run(target.name, target.embedder, k, files)
        names = evaluating.names(self._store.catalogue, target)
        yield from evaluating.evaluate(questions, lambda text: self.search(text, k, collection, files), names, run)

    def vectors(self, collection: str = DEFAULT_COLLECTION, query: str | None = None, limit: int = LIMIT) -> Vectors:
        """Return the vectors of a collection, or of an even sample of `limit` chunks, and of a query."""
        query = None if query is None else validate.check_question(query, 1)
        target = self._store.searchable(collection)
        embedded = None if query is None else self._store.embedder.embed_query(words.usual_letters(query))
        return sample(self._store.catalogue, self._store.distant, target, limit, embedded)

    def locate(self, path: str, start: int, end: int, quote: str = "", text: bool = False) -> Located:
        """Return where a passage that was cited is now: by its document, its span there, and what it says."""
        return locating.locate(path, start, end, quote, self._store.catalogue, text)

    def models(self) -> Models:
        """Return the chat models that Ollama has, and some that would suit this machine."""
        return chat_models.describe(self._store.chat_server(), self.config.context_tokens)

    def pull(self, model: str, stop: threading.Event | None = None) -> Iterator[Progress]:
        """Have Ollama download a chat model, until `stop` is set."""
        yield from chat_models.pull(self._store.chat_server(), model, stop)

    def status(self) -> Status:
        """Return counts, size on disk and how the network is kept out."""
        return views.status(self._store)

    def tried(self) -> dict[str, dict[str, Any]]:
        """Have this process and a reader ask for a way out; return what `guard.tried` says in each."""
        return {"engine": guard.tried(), "reader": self._store.readers.tried()}

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return views.collections(self._store)

    def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        state: Literal["ready", "pending", "failed"] | None = None,
        name: str = "",
        under: Sequence[str] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Documents:
        """Return the documents of a collection that fit all that is given, by path, a part at a time."""
        return views.documents(self._store, collection, Selection(state, name, under), limit, offset)

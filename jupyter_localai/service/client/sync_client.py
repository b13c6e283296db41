"""What every adapter and every user's program talks to: a light client of the store's engine.

The engine is a process of its own that any number of clients share. It is found or started by `connect`, and
ends by itself when it has had nothing to do for a while.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

from ...config import DEFAULT_COLLECTION, Config, resolve
from ...results.passages import Answer, Conversation, Conversations, Document, Hits, Located, Passages
from ...results.reports import (
    Collections,
    Documents,
    Event,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    Progress,
    RebuildReport,
    Status,
)
from ...results.scores import Evaluation
from ...results.vectors import LIMIT, Vectors
from . import verbs
from .connection import Connection
from .questions import Questions
from .verbs import Paths, Request, Result

Report = Callable[[Progress], None]
Self = TypeVar("Self", bound="Client")


def connect(store: str | os.PathLike[str] | None = None, *, progress: Report | None = None, **settings: Any) -> Client:
    """Open the index: find the engine that serves it, or start one.

    An index that cannot be written, on a read-only or full disk, can still be searched and asked.

    Parameters
    ----------
    store : path, optional
        Folder of the index; ``$LOCALAI_STORE`` or Jupyter's data folder when left out.
    progress : callable, optional
        Called with a `Progress` while the engine starts, and while an index that was damaged or left
        unfinished is put right, which any first call may have to do.
    **settings
        Any field of `config.Config`.

    Returns
    -------
    Client
        Also a context manager.

    Raises
    ------
    EngineUnreachableError, EngineVersionError
        The engine does not start or answer, or is of another version; the remedy says what to do.
    StoreBusyError
        A process that is no engine holds the store.
    ConfigError, StoreError
        A setting is wrong; the store cannot be used.
    """
    client = Client(resolve({"store": store, **settings}), progress)
    client._connection.open()
    return client


class Client:
    """An open index: index folders, search them, ask them. May be used from several threads, and after a fork."""

    def __init__(self, config: Config, progress: Report | None = None) -> None:
        self.config = config
        self._progress = progress or (lambda _: None)
        self._connection = Connection(config, self._progress)
        self._stop: threading.Event | None = None

    def until(self: Self, stop: threading.Event) -> Self:
        """Return this client with calls that raise `Cancelled` within about a second after `stop` is set.

        Their work ends, too. This is how another thread ends a call.
        """
        view = copy.copy(self)
        view._stop = stop
        return view

    @overload
    def index(
        self,
        paths: Paths = ...,
        collection: str = ...,
        *,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        ignore: bool = ...,
        dry_run: bool = ...,
        retry: bool = ...,
        refresh: bool = ...,
        max_documents: int | None = ...,
        background: Literal[False] = ...,
        progress: Report | None = ...,
    ) -> IndexReport: ...
    @overload
    def index(
        self,
        paths: Paths = ...,
        collection: str = ...,
        *,
        include: Sequence[str] = ...,
        exclude: Sequence[str] = ...,
        ignore: bool = ...,
        dry_run: bool = ...,
        retry: bool = ...,
        refresh: bool = ...,
        max_documents: int | None = ...,
        background: Literal[True],
        progress: Report | None = ...,
    ) -> Job: ...
    def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
        background: bool = False,
        progress: Report | None = None,
    ) -> IndexReport | Job:
        """Index folders and files, or refresh all known ones when `paths` is empty.

        Only what changed since the last time is read. An interrupt keeps what is done.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; a folder named here counts even when it is hidden or ignored.
        collection : str
            Created when it does not exist.
        include, exclude : sequence of str
            Globs on the path relative to its folder, or on the file name.
        ignore : bool
            Whether ``.gitignore`` files count.
        dry_run : bool
            Only tell what would happen.
        retry : bool
            Try files again that have failed, though they have not changed.
        refresh : bool
            Look at `paths` only as far as they lie in folders that are indexed already, by the rules these were
            indexed with; add none.
        max_documents : int, optional
            Raise `UsageError` (``too_many_documents``), and change nothing, when more would have to be read.
        background : bool
            Return at once, with a `Job` that can be followed or cancelled.
        progress : callable, optional
            Called with each `Progress`.
        """
        request = verbs.index(
            paths, collection, include, exclude, ignore, dry_run, retry, refresh, max_documents, background
        )
        done: IndexReport | Job = self._result(request, progress)
        return done

    def rebuild(self, collection: str | None = None, *, progress: Report | None = None) -> RebuildReport:
        """Build the vector index of one or all collections anew.

        Nothing is embedded again, unless the setting `embedder` now names another model than a
        collection was built with: then its files are read and embedded anew, and the old version
        answers until the new one is complete.
        """
        report: RebuildReport = self._result(verbs.rebuild(collection), progress)
        return report

    def forget(
        self, paths: Paths = (), *, collection: str | None = None, progress: Report | None = None
    ) -> ForgetReport:
        """Remove documents, or a whole collection, so that nothing of them stays in the index.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; they need not exist any more. What lies in a folder that stays indexed is
            kept out of it until it is named to `index`.
        collection : str, optional
            Forget this collection instead.
        progress : callable, optional
            Called with each `Progress`.
        """
        report: ForgetReport = self._result(verbs.forget(paths, collection), progress)
        return report

    def search(self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, file: str | None = None) -> Hits:
        """Return the `k` best hits; `file` is a glob that limits the documents."""
        hits: Hits = self._result(verbs.search(query, k, collection, file))
        return hits

    def ask(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
    ) -> Answer:
        """Return a cited answer: by the chat model when there is one, else of the best sentences found.

        Parameters
        ----------
        question : str
        collection : str, optional
            When left out, the one the conversation asked last, or ``default``.
        k : int
            Passages to consider.
        file : str, optional
            Glob that limits the documents; an absolute one is compared with whole paths.
        model : str
            The chat model.
        extractive : bool
            Ask no chat model.
        conversation : str, optional
            ``answer.conversation`` of an earlier answer, or ``"last"``: the question is understood as the next
            after it.
        context : str
            Text that the question is about, such as code and its error; at most 20,000 characters.
        """
        events = self.stream(
            question,
            collection,
            k=k,
            file=file,
            model=model,
            extractive=extractive,
            conversation=conversation,
            context=context,
        )
        with contextlib.closing(events):
            return next(event for event in events if isinstance(event, Answer))

    def stream(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
    ) -> Generator[Event, None, None]:
        """Yield `Passages` as soon as they are found, a `Token` per piece of text, then the `Answer`.

        Closing the iterator, or an interrupt, ends the chat model's work. `Thinking` and `Progress` come while
        the model has not begun to answer. Parameters are those of `ask`.
        """
        request = verbs.ask(question, collection, k, file, model, extractive, conversation, context)
        for event in self._events(request):
            if not isinstance(event, Result):
                yield event

    def evaluate(
        self,
        questions: Questions,
        collection: str = DEFAULT_COLLECTION,
        *,
        k: int = 10,
        file: str | None = None,
        compare: Mapping[str, Any] | None = None,
        progress: Report | None = None,
    ) -> Evaluation:
        """Search for each question, and measure how well the places are found that it should lead to.

        Parameters
        ----------
        questions : path, or sequence of dict
            A JSONL file, each line like ``{"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}``, or a
            list of such dicts. Any of ``file`` (a name, a path or a glob), ``page`` and ``quote`` will do; a list of
            values says that any one of them counts. ``expected``, a list of places with these keys, says that all
            of them should be found.
        collection : str
        k : int
            Hits to look at.
        file : str, optional
            Glob that limits the documents.
        compare : mapping, optional
            Ask the same questions again with another ``collection``, ``file`` or ``embedder``.
        progress : callable, optional
            Called with each `Progress`.

        Returns
        -------
        Evaluation
            ``recall``, ``mrr``, ``misses``, ``to_frame()``; what they mean says `jupyter_localai.results.scores`.

        Raises
        ------
        UsageError
            ``bad_question`` with its line, ``no_questions``; and as `search`.
        """
        request = verbs.evaluate(questions, collection, k, file)
        if compare is None:
            evaluation: Evaluation = self._result(request, progress)
            return evaluation
        other, config = verbs.compared(request, compare, self.config)
        evaluation = self._result(request, progress)
        second = self._using(config)._result(other, progress)
        return dataclasses.replace(evaluation, compared=second)

    def vectors(self, collection: str = DEFAULT_COLLECTION, query: str | None = None, *, limit: int = LIMIT) -> Vectors:
        """Return the vectors of a collection as arrays, with the place and the first words of each.

        Parameters
        ----------
        collection : str
        query : str, optional
            Its vector comes along.
        limit : int
            Of a larger collection an even sample of so many chunks; at most 50,000.
        """
        vectors: Vectors = self._result(verbs.vectors(collection, query, limit))
        return vectors

    def locate(self, path: str | os.PathLike[str], start: int, end: int, quote: str = "") -> Located:
        """Return where a passage that was cited is now: whether its file is as it was, and if not, what became of it.

        Parameters
        ----------
        path, start, end, quote
            As a `Citation` has them. Without the quote nothing that moved can be followed.
        """
        located: Located = self._result(verbs.locate(path, start, end, quote))
        return located

    def conversations(self) -> Conversations:
        """Return the conversations that are remembered, the last changed first, without their answers."""
        return Conversations(self._result(verbs.conversations()))

    def conversation(self, number: str = "last") -> Conversation:
        """Return a conversation with its answers.

        Raises
        ------
        UnknownConversationError
        """
        talk: Conversation = self._result(verbs.conversation(number))
        return talk

    def delete_conversations(self, numbers: Sequence[str]) -> None:
        """Delete conversations, leaving nothing of them in the store.

        Raises
        ------
        UnknownConversationError
        """
        self._result(verbs.delete_conversations(numbers))

    def status(self) -> Status:
        """Return counts, size on disk, the engine's jobs, and how the network is kept out."""
        status: Status = self._result(verbs.status())
        return status

    def tried(self) -> dict[str, Any]:
        """Have the engine and a reader ask for a way out; return whether it was refused, as `privacy.tried` tells."""
        told: dict[str, Any] = self._result(verbs.tried())
        return told

    def collections(self) -> Collections:
        """Return every collection with its counts and roots."""
        return Collections(self._result(verbs.collections()))

    def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        state: Literal["ready", "pending", "failed"] | None = None,
        name: str = "",
        *,
        under: Paths = (),
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
            Only those with this in their path below their folder, in capitals or not.
        under : path or sequence of paths
            Only these files, and what lies in these folders.
        limit, offset : int
            How many, 1 to 1000, and after how many.
        """
        documents: Documents = self._result(verbs.documents(collection, state, name, under, limit, offset))
        return documents

    def models(self) -> Models:
        """Return the chat models that Ollama has, and some that would suit this machine.

        Raises
        ------
        OllamaError
            ``ollama_absent`` when nothing answers.
        PrivacyError
            When the setting `ollama_host` leads to another machine.
        """
        models: Models = self._result(verbs.models())
        return models

    def pull(self, model: str, *, progress: Report | None = None) -> None:
        """Have Ollama download a chat model from its library: Ollama, not this package, opens the connection.

        An interrupt ends the download; the next one goes on where it stopped.

        Raises
        ------
        OllamaError
            ``pull_failed``, ``ollama_absent``.
        PrivacyError
            For a model that answers from another machine.
        """
        self._result(verbs.pull(model), progress)

    def jobs(self) -> list[Job]:
        """Return the engine's jobs, whoever started them, the oldest first; some that have ended included."""
        jobs: list[Job] = self._result(verbs.jobs())
        return jobs

    def follow(self, job: str | Job, *, progress: Report | None = None) -> Any:
        """Wait for a job and return its report; an interrupt ends the waiting and not the job.

        Raises
        ------
        UsageError
            ``unknown_job``.
        Cancelled
            When it was cancelled.
        LocalAIError
            What it failed with.
        """
        return verbs.report_of(self._result(verbs.follow(job), progress))

    def cancel(self, job: str | Job) -> Job:
        """Have a job stopped; indexing ends after the current document and keeps what is done."""
        told: Job = self._result(verbs.cancel(job))
        return told

    def close(self) -> None:
        """Let go of the index; the engine goes on for others, and ends when it is idle."""
        self._connection.close()

    def _using(self, config: Config) -> Client:
        view = copy.copy(self)
        view.config, view._connection = config, self._connection.using(config)
        return view

    def _result(self, request: Request, progress: Report | None = None) -> Any:
        """Pass on every `Progress` and return what ends the events."""
        value = None
        with contextlib.closing(self._events(request)) as events:  # an interrupt of `progress` ends the work, too
            for event in events:
                if isinstance(event, Result):
                    value = event.value
                elif isinstance(event, Progress):
                    (progress or self._progress)(event)
        return value

    def _events(self, request: Request) -> Generator[Any, None, None]:
        return verbs.read(self._connection.lines(request, self._stop), request.kind, self.config.quotes)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: str | os.PathLike[str], **settings: Any) -> Document:
    """Return what a reader sees in one file; opens no store, and reads in this process."""
    from ...engine.reading import read_file

    return read_file(os.fspath(path), resolve(settings))


def stop_engine(store: str | os.PathLike[str] | None = None, **settings: Any) -> bool:
    """End a store's engine, also one that no longer answers; return whether there was one.

    Raises
    ------
    StoreBusyError
        When what holds the store is not an engine.
    """
    from .stopping import stop

    return stop(resolve({"store": store, **settings}).store)


def engine_status(store: str | os.PathLike[str] | None = None, **settings: Any) -> dict[str, Any]:
    """Return ``{"running": False}``, or what is known of a store's engine; starts none."""
    from .stopping import describe

    return describe(resolve({"store": store, **settings}).store)


__all__ = ["Answer", "Client", "Passages", "connect", "engine_status", "read", "stop_engine"]

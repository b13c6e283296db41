"""The operations of an engine, by name: one table for the server and for the in-process form.

A call has settings and arguments, emits events of `results`, and ends with a result, all in JSON types. Its
arguments are those of the engine's method of the same name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Any, Literal, NamedTuple

from ...config import DEFAULT_COLLECTION, Config
from ...engine.engine import Engine
from ...engine.watching import Subject
from ...errors import Cancelled, EngineError, LocalAIError, PrivacyError, StoreError, UsageError, did_you_mean
from ...privacy.guard import address, check_active
from ...results.answers import Token
from ...results.base import to_json
from ...results.projects import ExportReport, ImportReport, Lock
from ...results.reports import CompactReport, ForgetReport, IndexReport, Job, Progress, RebuildReport, Status, Watch
from ...results.scores import Evaluation
from ...results.shared import AttachReport, ShareReport, SyncReport
from ..protocol.changes import Changes
from .arguments import decoded, offered
from .jobs import Jobs, Note, Running
from .watching import Watching

Report = Callable[[Progress], None]
_REPORTS = (
    IndexReport,
    RebuildReport,
    ForgetReport,
    CompactReport,
    Evaluation,
    Lock,
    ExportReport,
    ImportReport,
    ShareReport,
    AttachReport,
    SyncReport,
)


class Manner(NamedTuple):
    """How an operation of the engine is run.

    Attributes
    ----------
    touches : tuple of str
        Topics of `Changes` that may be another afterwards.
    is_job : bool
        Whether it can go on by itself.
    writes : bool
        Whether it changes the index; then one at a time.
    chat_model : {"", "tried", "needed"}
        Whether it asks the chat model.
    """

    touches: tuple[str, ...] = ()
    is_job: bool = False
    writes: bool = False
    chat_model: Literal["", "tried", "needed"] = ""


_MANNERS = {
    "index": Manner(("documents",), is_job=True, writes=True),
    "rebuild": Manner(("documents",), is_job=True, writes=True),
    "forget": Manner(("documents", "conversations"), is_job=True, writes=True),
    "compact": Manner(is_job=True, writes=True),
    "export_bundle": Manner(is_job=True, writes=True),
    "import_bundle": Manner(("documents",), is_job=True, writes=True),
    "inspect_bundle": Manner(),
    "share": Manner(is_job=True, writes=True),
    "attach": Manner(("documents",), is_job=True, writes=True),
    "sync": Manner(("documents",), is_job=True, writes=True),
    "detach": Manner(("documents", "conversations"), is_job=True, writes=True),
    "shared_server": Manner(),
    "check_shared_server": Manner(),
    "pull": Manner(("models",), is_job=True, chat_model="needed"),
    "search": Manner(),
    "ask": Manner(("conversations",), chat_model="tried"),
    "summarize": Manner(("conversations",), chat_model="tried"),
    "suggest": Manner(),
    "preload": Manner(chat_model="tried"),
    "locate": Manner(),
    "evaluate": Manner(),
    "vectors": Manner(),
    "lock": Manner(),
    "collections": Manner(),
    "documents": Manner(),
    "models": Manner(chat_model="needed"),
    "conversations": Manner(),
    "conversation": Manner(),
    "change_conversation": Manner(("conversations",)),
    "delete_conversations": Manner(("conversations",)),
    "rate": Manner(("conversations",)),
    "feedback": Manner(),
    "references": Manner(),
    "would_forget": Manner(),
    "rename_collection": Manner(("documents", "conversations"), is_job=True, writes=True),
}
_QUESTIONS = ("search", "ask", "summarize")
_WAIT_SECONDS = 0.1


class Operations:
    """An engine that is being opened or is open, and everything that runs on it.

    Parameters
    ----------
    config : Config
        What is fixed for the engine's life: the chat model's address and the machines allowed.
    open_engine : callable
        Opens it, in a thread of its own; gets what to report progress to.
    facts : callable, optional
        Returns what a `Status` says about the process: additions to ``engine`` and to ``privacy``.
    """

    def __init__(
        self,
        config: Config,
        open_engine: Callable[[Report], Engine],
        facts: Callable[[], tuple[dict[str, Any], dict[str, Any]]] = lambda: ({}, {}),
    ) -> None:
        self.config = config
        self.changes = Changes()
        self.jobs = Jobs(self.changes)
        self._facts = facts
        self._writing = threading.Lock()
        self._callers = threading.local()
        self._tidying: Running | None = None
        self._syncing: Running | None = None
        self._watching: Watching | None = None
        self._opening = Running("open", None, lambda note, stop: self._noting(note, open_engine, self._report))
        self._own: dict[str, Callable[..., Any]] = {
            "ready": _nothing,
            "status": self.status,
            "watch": self.watch,
            "tried": _tried,
            "jobs": self.list_jobs,
            "follow": self.follow,
            "cancel": self.cancel,
        }

    def call(self, name: str, config: Config, arguments: Mapping[str, Any], emit: Note, stop: threading.Event) -> Any:
        """Do one thing and return its result.

        Parameters
        ----------
        name : str
            Of the operation.
        config : Config
            The settings of the request.
        arguments : mapping
            In JSON types.
        emit : callable
            Gets each event, in the calling thread.
        stop : threading.Event
            Set when nobody waits for the result any more.

        Raises
        ------
        UsageError
            ``unknown_operation``, ``wrong_argument``.
        PrivacyError
            ``enforcement_unavailable`` when the request asks for more than this process was started with.
        LocalAIError
            Whatever the engine raises.
        """
        if self._tidying is not None:
            self._tidying.cancel()
        engine = self._opening.follow(emit, stop).using(config)
        method, manner = self._method(name, engine), _MANNERS.get(name, Manner())
        background = manner.is_job and arguments.get("background") is True
        given = decoded(method, {n: v for n, v in arguments.items() if not manner.is_job or n != "background"})
        if name not in self._own:
            check_active(config.enforce)
        if manner.chat_model == "needed":
            self._check_chat_model(config)
        if manner.chat_model == "tried" and not given.get("extractive"):
            with contextlib.suppress(PrivacyError):  # the answer is made without a chat model, and says why
                self._check_chat_model(config)
        if name in _QUESTIONS:
            self._keep_up(engine, given)
        if not manner.is_job:
            given |= offered(method, engine=engine, emit=emit, stop=stop)
            try:
                return to_json(self._noting(emit, _run, method, given, emit, stop))
            finally:
                if manner.touches:
                    self.changes.note(*manner.touches)
        work = functools.partial(self._work, name, method, given)
        job = self.jobs.start(name, given.get("collection"), work, manner.touches)
        if background:
            return to_json(job.describe())
        try:
            return to_json(job.follow(emit, stop))
        finally:
            job.cancel()  # when its only caller has gone; after its end this does nothing

    @property
    def names(self) -> tuple[str, ...]:
        """What can be called."""
        return (*_MANNERS, *self._own)

    def _method(self, name: str, engine: Engine) -> Callable[..., Any]:
        if name in self._own:
            return self._own[name]
        if name not in _MANNERS:
            hint = did_you_mean(name, self.names)
            raise UsageError(f"There is no operation {name!r}.{hint}", code="unknown_operation")
        method: Callable[..., Any] = getattr(engine, name)
        return method

    def status(self, engine: Engine) -> Status:
        """Return the status of the engine and of its process."""
        status = engine.status()
        process, privacy = self._facts()
        jobs = [to_json(dataclasses.replace(job, result=None)) for job in self.jobs.describe()]  # reports can be long
        watching = [to_json(watch) for watch in (self._watching.describe() if self._watching is not None else ())]
        process |= {"jobs": jobs, "watching": watching}
        return dataclasses.replace(status, engine={**status.engine, **process}, privacy={**status.privacy, **privacy})

    def list_jobs(self) -> list[Job]:
        """Return the jobs, the oldest first."""
        return self.jobs.describe()

    def follow(self, job: str, emit: Note, stop: threading.Event) -> Job:
        """Report a job's progress until it is done; the job does not mind when that is stopped."""
        found = self.jobs.find(job)
        found.follow(emit, stop)
        return found.describe()

    def cancel(self, job: str) -> Job:
        """Have a job stopped, and return what is known of it."""
        found = self.jobs.find(job)
        found.cancel()
        return found.describe()

    def keep_watching(self) -> None:
        """Have collections follow their folders from when the engine is open, as `watch` has it."""
        self._watching = Watching(self._watched, self._catch_up, self.changes)

    def are_watching(self) -> bool:
        """Whether any collection follows its folders."""
        return self._watching is not None and self._watching.is_at_work()

    def watch(self, engine: Engine, collection: str = DEFAULT_COLLECTION, on: bool = True) -> Watch:
        """Have a collection follow its folders from now on, or no longer; return how it does."""
        if self._watching is None:
            raise StoreError.unwritable("An index that cannot be written cannot follow its folders.")
        engine.watch(collection, on)
        self.changes.note("documents")
        return self._watching.settled(collection)

    def _watched(self) -> list[Subject]:
        try:
            engine: Engine = self._opening.follow(lambda _: None, threading.Event())
        except LocalAIError:  # it could not be opened; callers get the reason
            return []
        return engine.watched()

    def _catch_up(self, collection: str, paths: list[str]) -> Running:
        engine: Engine = self._opening.follow(lambda _: None, threading.Event())
        given = {"collection": collection, "paths": paths, "refresh": True}
        work = functools.partial(self._work, "index", engine.index, given)
        return self.jobs.start("watch", collection, work, ("documents",))

    def _keep_up(self, engine: Engine, given: Mapping[str, Any]) -> None:
        """Begin to bring attached collections up to date that a question is about, if it is time; it does not wait."""
        with contextlib.suppress(LocalAIError):  # the question itself raises it
            names = engine.stale(given.get("collection"), given.get("conversation"))
            if names and (self._syncing is None or not self._syncing.is_running()):
                work = functools.partial(self._work, "sync", engine.sync, {"collection": names})
                self._syncing = self.jobs.start("follow", ", ".join(names), work, ("documents",))

    def tidy(self) -> None:
        """Begin to clean away what is left of changed documents if that is quick; the next call ends it.

        After a failure it is left to explicit requests.
        """
        if self._opening.state != "done" or self.are_busy():
            return
        if self._tidying is not None and self._tidying.state == "failed":
            return
        engine: Engine = self._opening.follow(lambda _: None, threading.Event())
        if engine.is_quick_to_compact():
            work = functools.partial(self._work, "compact", engine.compact, {})
            self._tidying = self.jobs.start("compact", None, work)

    def are_busy(self) -> bool:
        """Whether some work goes on that is not a call."""
        return self._opening.is_running() or self.jobs.are_running()

    def have_failed(self) -> bool:
        """Whether the engine could not be opened; callers get the reason."""
        return self._opening.state == "failed"

    def close(self, seconds: float) -> None:
        """Stop the jobs, give them some time to do so, and close the engine."""
        self.jobs.cancel()
        if self._watching is not None:
            self._watching.close(seconds)
        self._opening.wait(seconds)
        self.jobs.wait(seconds)
        if self._opening.state == "done":
            self._opening.follow(lambda _: None, threading.Event()).close()

    def _work(
        self, name: str, method: Callable[..., Any], given: dict[str, Any], note: Note, stop: threading.Event
    ) -> Any:
        """Run one job; those that change the store do so one after the other."""
        given |= offered(method, stop=stop)
        if not _MANNERS[name].writes:
            return _run(method, given, note, stop)
        if not self._writing.acquire(blocking=False):
            note(Progress("wait"))
            while not self._writing.acquire(timeout=_WAIT_SECONDS):
                if stop.is_set():
                    raise Cancelled()
            self.changes.note("jobs")
        if name == "index":
            note = self.changes.growing(note)
        try:
            return self._noting(note, _run, method, given, note, stop)
        finally:
            self._writing.release()

    def _noting(self, emit: Note, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call a function; what the store reports meanwhile, in this thread, goes to `emit`."""
        self._callers.emit = emit
        return function(*arguments, **keywords)

    def _report(self, progress: Progress) -> None:
        emit = getattr(self._callers, "emit", None)
        if emit is not None:
            emit(progress)

    def _check_chat_model(self, config: Config) -> None:
        wanted = address(config.ollama_host, config.allow_hosts)
        try:
            fixed = address(self.config.ollama_host, self.config.allow_hosts)
        except PrivacyError:  # refused, so there is no way there
            fixed = "nowhere"
        remedy = "End it with: jupyter localai engine stop. The next command starts a new one."
        if wanted != fixed:
            raise EngineError(
                f"The running engine was started for the chat model at {fixed}, and {wanted} is asked for.",
                remedy,
                code="engine_settings",
            )
        if set(config.allow_users) != set(self.config.allow_users):
            raise EngineError(
                "The running engine was started with another value of the setting allow_users.",
                remedy,
                code="engine_settings",
            )


def _run(method: Callable[..., Any], given: dict[str, Any], emit: Note, stop: threading.Event) -> Any:
    """Call a method; emit the events it yields and return its report, or its plain result.

    Once text of an answer has come, a stop leaves it to the method how to end: it keeps what there is.
    """
    outcome = method(**given)
    if not isinstance(outcome, Generator):
        return outcome
    report, has_begun = None, False
    with contextlib.closing(outcome):
        for event in outcome:
            if isinstance(event, _REPORTS):
                report = event
            elif not stop.is_set():
                has_begun = has_begun or isinstance(event, Token)
                emit(event)
            elif not has_begun:
                raise Cancelled()
    if has_begun and stop.is_set():
        raise Cancelled()
    return report


def _tried(engine: Engine) -> dict[str, dict[str, Any]]:
    return engine.tried()


def _nothing() -> None:
    """Do nothing: who calls it has waited until the engine is open."""

"""The operations of an engine, by name: one table for the server and for the in-process form.

A call has settings and arguments, emits events of `results`, and ends with a result, all in JSON types. Its
arguments are those of the engine's method of the same name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import threading
import typing
from collections.abc import Callable, Generator, Mapping
from typing import Any, Literal, NamedTuple

from ...config import Config
from ...engine.engine import Engine
from ...errors import Cancelled, EngineError, PrivacyError, UsageError, did_you_mean
from ...privacy.guard import address, check_active
from ...results.base import to_json
from ...results.codec import from_json
from ...results.projects import Lock
from ...results.reports import CompactReport, ForgetReport, IndexReport, Job, Progress, RebuildReport, Status
from ...results.scores import Evaluation
from ..protocol.changes import Changes
from .jobs import Jobs, Note, Running

Report = Callable[[Progress], None]
_REPORTS = (IndexReport, RebuildReport, ForgetReport, CompactReport, Evaluation, Lock)


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
    "pull": Manner(("models",), is_job=True, chat_model="needed"),
    "search": Manner(),
    "ask": Manner(("conversations",), chat_model="tried"),
    "summarize": Manner(("conversations",), chat_model="tried"),
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
    "delete_conversations": Manner(("conversations",)),
}
_WAIT_SECONDS = 0.1
_FROM_HERE = ("engine", "emit", "stop")  # parameters that no client gives


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
        self._opening = Running("open", None, lambda note, stop: self._noting(note, open_engine, self._report))
        self._own: dict[str, Callable[..., Any]] = {
            "ready": _nothing,
            "status": self.status,
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
        given = _decoded(method, {n: v for n, v in arguments.items() if not manner.is_job or n != "background"})
        if name not in self._own:
            check_active(config.enforce)
        if manner.chat_model == "needed":
            self._check_chat_model(config)
        if manner.chat_model == "tried" and not given.get("extractive"):
            with contextlib.suppress(PrivacyError):  # the answer is made without a chat model, and says why
                self._check_chat_model(config)
        if not manner.is_job:
            given |= _offered(method, engine=engine, emit=emit, stop=stop)
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
        return dataclasses.replace(
            status, engine={**status.engine, **process, "jobs": jobs}, privacy={**status.privacy, **privacy}
        )

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
        self._opening.wait(seconds)
        self.jobs.wait(seconds)
        if self._opening.state == "done":
            self._opening.follow(lambda _: None, threading.Event()).close()

    def _work(
        self, name: str, method: Callable[..., Any], given: dict[str, Any], note: Note, stop: threading.Event
    ) -> Any:
        """Run one job; those that change the store do so one after the other."""
        given |= _offered(method, stop=stop)
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
    """Call a method; emit the events it yields and return its report, or its plain result."""
    ends_itself = "stop" in given  # and keeps what it has done until then
    outcome = method(**given)
    if not isinstance(outcome, Generator):
        return outcome
    report = None
    with contextlib.closing(outcome):
        for event in outcome:
            if isinstance(event, _REPORTS):
                report = event
            elif stop.is_set():
                if not ends_itself:
                    raise Cancelled()
            else:
                with contextlib.suppress(Cancelled) if ends_itself else contextlib.nullcontext():
                    emit(event)
    return report


def _tried(engine: Engine) -> dict[str, dict[str, Any]]:
    return engine.tried()


def _nothing() -> None:
    """Do nothing: who calls it has waited until the engine is open."""


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """Return each parameter's type hint, and whether it must be given; a bound method's without the first."""
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters.items()
    return {name: (hints[name], p.default is p.empty) for name, p in parameters if name in hints}


def _taken(method: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    return _parameters(getattr(method, "__func__", method))


def _offered(method: Callable[..., Any], **offered: Any) -> dict[str, Any]:
    """Return those of what is offered that the method takes."""
    taken = _taken(method)
    return {name: value for name, value in offered.items() if name in taken}


def _decoded(method: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a method's arguments made of JSON.

    Raises
    ------
    UsageError
        ``wrong_argument``.
    """
    taken = {name: told for name, told in _taken(method).items() if name not in _FROM_HERE}
    given = {}
    for name, value in arguments.items():
        if name not in taken:
            raise UsageError(f"There is no argument {name!r}.{did_you_mean(name, taken)}", code="wrong_argument")
        try:
            given[name] = from_json(taken[name][0], value)
        except ValueError as error:
            raise UsageError(f"The argument {name} is wrong: {error}.", code="wrong_argument") from None
    missing = [name for name, (_, needed) in taken.items() if needed and name not in given]
    if missing:
        raise UsageError(f"The argument {missing[0]} is missing.", code="wrong_argument")
    return given

"""Work that continues without its caller: clients can follow or cancel it, and followers do not slow it down."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

from ...errors import Cancelled, LocalAIError, UsageError, from_wire, to_wire
from ...results.base import to_json
from ...results.reports import Job, Progress
from ..protocol.changes import Changes
from ..protocol.failures import internal

_KEPT = 50
_PASSING = ("watch", "follow")  # kinds of jobs that are forgotten when they have ended: there are very many
_POLL_SECONDS = 0.1  # between two looks of a follower at whether to stop
Note = Callable[[Any], None]


class Running:
    """One job in a thread of its own.

    Parameters
    ----------
    kind : str
        The operation.
    collection : str, optional
        What it changes.
    work : callable
        ``work(note, stop)`` reports progress with `note`, ends soon once `stop` is set, and returns the result.
    ended : callable, optional
        Called at the end, in the job's thread.
    """

    def __init__(
        self,
        kind: str,
        collection: str | None,
        work: Callable[[Note, threading.Event], Any],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = secrets.token_hex(4)
        self.kind, self._collection, self._started = kind, collection, time.time()
        self.state: Literal["running", "done", "failed", "cancelled"] = "running"
        self._progress: Progress | None = None
        self._result: Any = None
        self._error: LocalAIError | None = None
        self._changes = 0
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._ended = ended
        self._thread = threading.Thread(target=self._run, args=(work,), name=f"localai-{kind}", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[Note, threading.Event], Any]) -> None:
        state: Literal["done", "failed", "cancelled"]
        result: Any = None
        error: LocalAIError | None = None
        try:
            result, state = work(self._note, self._stop), "done"
        except Cancelled as stopped:
            state, error = "cancelled", stopped
        except LocalAIError as told:
            state, error = "failed", told
        except BaseException as unforeseen:
            state, error = "failed", internal(unforeseen)
        with self._changed:
            self.state, self._result, self._error = state, result, error
            self._changes += 1
            self._changed.notify_all()
        self._ended()

    def _note(self, progress: Progress) -> None:
        with self._changed:
            self._progress = progress
            self._changes += 1
            self._changed.notify_all()

    def cancel(self) -> None:
        """Have it stopped after what it is doing just now; afterwards it does nothing."""
        self._stop.set()

    def is_running(self) -> bool:
        return self.state == "running"

    def wait(self, seconds: float) -> None:
        """Wait for its end, but not longer."""
        self._thread.join(seconds)

    def follow(self, emit: Note, stop: threading.Event) -> Any:
        """Report its latest progress whenever there is one, until it ends, and return its result.

        Raises
        ------
        Cancelled
            When `stop` was set; the job goes on. When the job was cancelled.
        LocalAIError
            What the job failed with.
        """
        seen, shown = 0, None
        while not stop.is_set():
            with self._changed:
                if self._changes == seen:
                    self._changed.wait(_POLL_SECONDS)
                seen, progress, running = self._changes, self._progress, self.is_running()
            if progress is not None and progress is not shown:
                shown = progress
                emit(progress)
            if not running:
                if self._error is not None:
                    raise from_wire(to_wire(self._error))  # each follower its own, with its own traceback
                return self._result
        raise Cancelled()

    def outcome(self) -> tuple[Any, LocalAIError | None]:
        """Return its result and what it failed with; both None while it runs."""
        with self._changed:
            return self._result, self._error

    def describe(self) -> Job:
        """Return its description."""
        with self._changed:
            return Job(
                self.id,
                self.kind,
                self.state,
                self._started,
                self._collection,
                self._progress,
                to_json(self._result) if self._result is not None else None,
                self._error.to_dict() if self._error is not None else None,
            )


class Jobs:
    """The jobs of an engine, those that ended lately included.

    Parameters
    ----------
    changes : Changes
        Notified of each job that starts or ends, and of what it changed.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._all: OrderedDict[str, Running] = OrderedDict()
        self._lock = threading.RLock()  # a signal's handler may cancel in the middle of anything here

    def start(
        self,
        kind: str,
        collection: str | None,
        work: Callable[[Note, threading.Event], Any],
        touches: tuple[str, ...] = (),
    ) -> Running:
        """Start one; at its end, these topics are said to have changed."""
        job = Running(kind, collection, work, lambda: self._changes.note("jobs", *touches))
        with self._lock:
            for other in [o for o in self._all.values() if o.kind in _PASSING and not o.is_running()]:
                del self._all[other.id]
            self._all[job.id] = job
            ended = [other.id for other in self._all.values() if not other.is_running()]
            for name in ended[: max(0, len(self._all) - _KEPT)]:
                del self._all[name]
        self._changes.note("jobs")
        return job

    def find(self, name: str) -> Running:
        """Return the job of that id.

        Raises
        ------
        UsageError
            ``unknown_job``.
        """
        with self._lock, contextlib.suppress(KeyError):
            return self._all[name]
        raise UsageError(f"There is no job {name!r}.", "Those there are: jupyter localai status.", code="unknown_job")

    def describe(self) -> list[Job]:
        """Return all of them, the oldest first."""
        with self._lock:
            listed = [job for job in self._all.values() if job.is_running() or job.kind not in _PASSING]
            return [job.describe() for job in listed]

    def are_running(self) -> bool:
        return self.count() > 0

    def count(self) -> int:
        """Return how many are running."""
        with self._lock:
            return sum(job.is_running() for job in self._all.values())

    def cancel(self) -> None:
        """Have all of them stopped."""
        with self._lock:
            for job in self._all.values():
                job.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of all of them, but not longer; return whether they have ended."""
        until = time.monotonic() + seconds
        with self._lock:
            running = [job for job in self._all.values() if job.is_running()]
        for job in running:
            job.wait(max(0.0, until - time.monotonic()))
        return not self.are_running()

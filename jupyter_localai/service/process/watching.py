"""Collections that follow their folders: what changes there is indexed within seconds, as long as the engine runs.

Each has a thread that gathers news and begins runs of indexing, one at a time. A run that found nothing to do is
followed by a rest in proportion, so that a folder that never comes to rest costs a bounded part of a core.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator

from ...engine import watching
from ...engine.watching import Pending, Subject, Watched
from ...errors import LocalAIError
from ...results.reports import IndexReport, Watch
from ..protocol.changes import Changes
from .jobs import Running

_log = logging.getLogger(__name__)
Begin = Callable[[str, list[str]], Running]
_REST = 3  # times as long as a run that found nothing
_POLL = 1000  # likewise, between two looks at what the system does not report: a thousandth of a core
_POLL_SECONDS = (10.0, 600.0)  # but never sooner, nor later
_AGAIN_SECONDS = 60  # after a failure
_SETTLE_SECONDS = 5


class Watching:
    """The collections of an engine that follow their folders.

    Parameters
    ----------
    subjects : callable
        Returns what should be followed now.
    begin : callable
        ``begin(collection, paths)`` starts to index these paths, or all folders of the collection without any.
    changes : Changes
        Whatever changes in the engine, collections and folders may be others.
    """

    def __init__(self, subjects: Callable[[], list[Subject]], begin: Begin, changes: Changes) -> None:
        self._subjects, self._begin, self._changes = subjects, begin, changes
        self._followed: dict[str, Follower] = {}
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="localai-watching", daemon=True)
        self._thread.start()

    def is_at_work(self) -> bool:
        """Whether any collection follows its folders."""
        return bool(self._followed)

    def describe(self) -> list[Watch]:
        """Return how each does it, by name."""
        return [self._followed[name].describe() for name in sorted(self._followed)]

    def settled(self, name: str) -> Watch:
        """Return how a collection is followed, once that is known; "off" if it is not."""
        self._wake.set()
        until = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < until:
            wanted = {subject.name: subject for subject in self._subjects()}.get(name)
            found = self._followed.get(name)
            if wanted is None and found is None:
                break
            if wanted is not None and found is not None and found.subject == wanted and found.is_known.wait(0.1):
                break
            time.sleep(0.02)
        found = self._followed.get(name)
        return found.describe() if found is not None else Watch(name, "off")

    def close(self, seconds: float) -> None:
        """Follow nothing any more."""
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._changes.heard(self._wake.set):
            while not self._stop.is_set():
                self._wake.clear()
                self._compare(self._subjects())
                self._wake.wait()
        self._compare([])

    def _compare(self, subjects: list[Subject]) -> None:
        wanted = {subject.name: subject for subject in subjects}
        for name, follower in list(self._followed.items()):
            if follower.subject != wanted.get(name):
                follower.stop()
                del self._followed[name]
        for name, subject in wanted.items():
            if name not in self._followed:
                self._followed[name] = Follower(subject, self._begin)


class Follower:
    """Follows the folders of one collection in a thread of its own, until `stop`."""

    def __init__(self, subject: Subject, begin: Begin) -> None:
        self.subject = subject
        self.is_known = threading.Event()
        self._begin = begin
        self._how = Watch(subject.name, "system", len(subject.roots))
        self._failure: Watch | None = None
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="localai-watch", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def describe(self) -> Watch:
        return self._failure or self._how

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._follow(watching.watched(self.subject))
                except (FileNotFoundError, PermissionError):  # a folder changed while it was being listed
                    self._stop.wait(1)
        except Exception as error:
            _log.exception("a collection is not watched any more")
            message = f"An unexpected error ended it ({type(error).__name__})."
            self._failure = dataclasses.replace(self._how, how="off", code="internal", message=message)
            self.is_known.set()

    def _follow(self, watched: Watched) -> None:
        """Index what changes, until folders have come or gone, or it is time to look at everything."""
        pending, runs = Pending(watched), _Runs(self.subject.name, self._begin)
        for changed in self._news(watched):
            pending.add(changed)
            pending.is_everything |= watched.is_outdated()
            if runs.is_resting():
                continue
            self._failure = self._told(runs)
            if runs.are_none or runs.error is not None:
                runs.begin([])
            elif pending.is_everything or (self._how.how == "polling" and runs.is_time(self._how.seconds)):
                return
            elif pending.paths:
                runs.begin(pending.take())

    def _news(self, watched: Watched) -> Iterator[set[tuple[bool, str]]]:
        """Yield what the system reports; where it does not, nothing, every second."""
        self._tell(watched.why)
        source = watching.news(watched, self._stop)
        try:
            yield next(source, set())
        except (FileNotFoundError, PermissionError):
            raise
        except (OSError, RuntimeError):
            self._tell(watching.unreported(self.subject, len(watched.folders)))
            source = watching.news(Watched(frozenset(), frozenset()), self._stop)
        yield from source

    def _tell(self, why: Watch | None) -> None:
        self._how = why or Watch(self.subject.name, "system", len(self.subject.roots))
        if self._how.how == "polling":
            self._how = dataclasses.replace(self._how, seconds=_POLL_SECONDS[0])
        self.is_known.set()

    def _told(self, runs: _Runs) -> Watch | None:
        """Return what the last run failed with, if it did; note how long looking takes."""
        if self._how.how == "polling" and runs.idle_seconds:
            low, high = _POLL_SECONDS
            self._how = dataclasses.replace(self._how, seconds=min(high, max(low, _POLL * runs.idle_seconds)))
        if runs.error is None:
            return None
        error = runs.error
        return dataclasses.replace(self._how, code=error.code, message=error.message, remedy=error.remedy)


class _Runs:
    """The runs of one follower, one at a time."""

    def __init__(self, collection: str, begin: Begin) -> None:
        self._collection, self._start = collection, begin
        self._run: Running | None = None
        self._began = self._looked = self._rest_until = 0.0
        self.are_none, self._is_look = True, False
        self.idle_seconds = 0.0
        self.error: LocalAIError | None = None

    def begin(self, paths: list[str]) -> None:
        self.are_none = False
        self._began, self._is_look = time.monotonic(), not paths
        if self._is_look:
            self._looked = self._began
        self._run = self._start(self._collection, paths)

    def is_resting(self) -> bool:
        """Whether one is at work, or the next one should wait."""
        if self._run is not None and not self._run.is_running():
            self._end(self._run)
            self._run = None
        return self._run is not None or time.monotonic() < self._rest_until

    def is_time(self, seconds: float) -> bool:
        """Whether all folders were last looked at longer ago than that."""
        return time.monotonic() >= self._looked + seconds

    def _end(self, run: Running) -> None:
        result, error = run.outcome()
        took = time.monotonic() - self._began
        self.error = error
        if self._is_look:
            self.idle_seconds = 0.0
        if error is not None:
            self._rest_until = time.monotonic() + _AGAIN_SECONDS
        elif not isinstance(result, IndexReport) or not _has_changed(result):
            if self._is_look:
                self.idle_seconds = result.seconds if isinstance(result, IndexReport) else took
            self._rest_until = time.monotonic() + _REST * took


def _has_changed(report: IndexReport) -> bool:
    return any((report.added, report.updated, report.removed, report.moved))

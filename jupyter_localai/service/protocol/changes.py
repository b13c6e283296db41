"""Announcements of what kinds of things change in an engine, so that clients need not poll.

An announcement says which kind of thing changed, never what it is: no name, number or word of it.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

from ...results.reports import Progress

TOPICS = ("jobs", "documents", "conversations", "models")
_FIRST_SECONDS = 1.0


class Changes:
    """Remembers of each topic when it changed last, counted in changes. From any thread, and without a lock.

    A signal's handler may call `end` in the middle of anything here.
    """

    def __init__(self) -> None:
        self._ticks = itertools.count(1)
        self._last = dict.fromkeys(TOPICS, 0)
        self._listeners: set[Callable[[], None]] = set()
        self.are_over = False

    def note(self, *topics: str) -> None:
        """Something of these topics changed."""
        for topic in topics:
            self._last[topic] = next(self._ticks)
        self._notify()

    def last(self) -> dict[str, int]:
        """Return a number for each topic, which is another whenever something of it changed."""
        return dict(self._last)

    def end(self) -> None:
        """End all announcements."""
        self.are_over = True
        self._notify()

    @contextlib.contextmanager
    def heard(self, notify: Callable[[], None]) -> Iterator[None]:
        """Call `notify` whenever something changes, and at the end."""
        self._listeners.add(notify)
        try:
            yield
        finally:
            self._listeners.discard(notify)

    def growing(self, note: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return `note` for a run of indexing, which says now and then, ever more seldom, that documents came in."""
        started, wait = time.monotonic(), _FIRST_SECONDS

        def noting(event: Any) -> None:
            nonlocal wait
            note(event)
            if _is_growth(event) and time.monotonic() >= started + wait:
                wait = 2 * (time.monotonic() - started)
                self.note("documents")

        return noting

    def _notify(self) -> None:
        for notify in tuple(self._listeners):
            notify()


def _is_growth(event: Any) -> bool:
    return isinstance(event, Progress) and event.stage == "index" and event.done > 0

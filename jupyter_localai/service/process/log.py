"""The log in the store: what both processes write, without text of documents or questions, bounded in size."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ...privacy import trust

LOG = "engine.log"
MOST_BYTES = 1 << 19  # of the log, and again of the one before it
_MOST_RECORD = 1 << 13  # characters


class Limited(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to standard error, and turns the log when that has become long.

    Parameters
    ----------
    store : Path
    turned : callable
        Called after the log was turned: other processes that write to it take it over again.
    """

    def __init__(self, store: Path, turned: Callable[[], None]) -> None:
        super().__init__(sys.stderr)
        self._store, self._turned = store, turned

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        self.limit()

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if len(text) <= _MOST_RECORD else f"{text[:_MOST_RECORD]} …"

    def limit(self) -> None:
        """Turn the log if it is too long, by whatever was written to it; where there is no way to, empty it."""
        if os.fstat(2).st_size <= MOST_BYTES:
            return
        try:
            turn(self._store)
            take_over(self._store)
        except OSError:  # without a descriptor, as when a flood of connections has taken them all
            with contextlib.suppress(OSError):
                os.ftruncate(2, 0)
            return
        self._turned()


def take_over(store: Path) -> None:
    """Let what this process writes from here on go to the log; where that cannot be written, nowhere."""
    try:
        log = trust.open_own(store / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def turn(store: Path) -> None:
    """Put a log that is long aside, where it replaces the one before."""
    log = store / LOG
    if log.exists() and log.stat().st_size > MOST_BYTES:
        os.replace(log, log.with_suffix(".log.old"))


def start(store: Path, turned: Callable[[], None]) -> Limited:
    """Take over, and have our own news and others' warnings written with their time.

    Parameters
    ----------
    store, turned
        As `Limited` takes them.
    """
    take_over(store)
    handler = Limited(store, turned)
    form = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(handlers=[handler], level=logging.WARNING, format=form)
    logging.getLogger("jupyter_localai").setLevel(logging.INFO)
    faulthandler.enable()
    return handler

"""The log in the store: what both processes write, with no text of documents or questions in it."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from pathlib import Path

from ...privacy import trust

LOG = "engine.log"
_MOST_BYTES = 1 << 20


def take_over(store: Path) -> None:
    """Let what this process writes from here on go to the log; where that cannot be written, nowhere."""
    try:
        log = trust.open_own(store / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)


def turn(store: Path) -> bool:
    """Put a log that is long aside, where it replaces the one before; return whether it was."""
    log = store / LOG
    if not log.exists() or log.stat().st_size <= _MOST_BYTES:
        return False
    os.replace(log, log.with_suffix(".log.old"))
    return True


def start(store: Path) -> None:
    """Take over, and have our own news and others' warnings written with their time."""
    take_over(store)
    form = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)
    logging.getLogger("jupyter_localai").setLevel(logging.INFO)
    faulthandler.enable()

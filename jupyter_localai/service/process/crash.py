"""How an engine ended: the gate records a crash, and the next engine reads the record.

Only what a document may have caused counts: errors of native code, and processes that the system ended because
they took too much memory. A process that somebody killed has not crashed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from pathlib import Path

from ...privacy import trust

_log = logging.getLogger(__name__)
_FILE = "crashed"
_OF_NATIVE_CODE = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE")
# Windows' (ntstatus.h): access violation, page that cannot be read in, illegal instruction, division by zero, stack
# overflow, broken heap, and what ``abort`` and checks of the C library end by
_OF_WINDOWS = frozenset((0xC0000005, 0xC0000006, 0xC000001D, 0xC0000094, 0xC00000FD, 0xC0000374, 0xC0000409))


def note(store: Path, status: int, killed_before: int) -> None:
    """Leave a note in the store if a process with this exit status crashed.

    Parameters
    ----------
    store : Path
    status : int
        As `subprocess` reports it: negative for a signal, on Windows the code of the exception.
    killed_before : int
        What `killed_for_memory` returned when the process was started.
    """
    native = {-getattr(signal, name) for name in _OF_NATIVE_CODE if hasattr(signal, name)}
    memory = status == -getattr(signal, "SIGKILL", 0) and killed_for_memory() > killed_before
    if status in native or status in _OF_WINDOWS or memory:
        with contextlib.suppress(OSError):
            os.close(trust.open_own(store / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))


def take_notice(store: Path) -> bool:
    """Return whether the last engine crashed; then that is settled."""
    try:
        (store / _FILE).unlink()
    except OSError:
        return False
    _log.warning("the engine before this one crashed")
    return True


def killed_for_memory() -> int:
    """Return how many processes the system has ended for want of memory since it started; 0 where that is unknown."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
    except (OSError, ValueError):
        return 0

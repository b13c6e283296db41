"""End an engine, also one that does not answer, and report its state without starting one."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from ...errors import EngineUnreachableError, StoreBusyError
from ...lines import Line, NotReached
from ...privacy import trust
from ..protocol.ownership import Ownership, is_held, owner, owner_pid
from ..protocol.wire import Address, connection_file
from .channel import Reply
from .launch import find

_ASK_SECONDS = 5.0
_END_SECONDS = 15.0
_POLL_SECONDS = 0.05


def stop(store: Path) -> bool:
    """End the store's engine; return whether there was one.

    It is asked first. One that does not answer or does not end is ended by force, if it is an engine of
    this store that holds its lock.

    Raises
    ------
    StoreBusyError
        When what holds the store is not an engine.
    StoreError
        As `trust.check`.
    """
    trust.check(store)
    if not is_held(store):
        _sweep(store)
        return False
    pid = owner_pid(store)
    address = Address.read(store)
    asked = False
    if address is not None:
        with (
            contextlib.suppress(NotReached, EngineUnreachableError),
            Reply(address, "POST", "/stop", seconds=_ASK_SECONDS),
        ):
            asked = True
    if not (asked and _ends(store, _END_SECONDS)):
        _end_by_force(store, pid)
    _sweep(store)
    return True


def describe(store: Path) -> Line:
    """Return ``{"running": False}``, or what is known of the engine: ``calls`` answered, ``jobs`` at work."""
    found = find(store)
    if found is None:
        return {"running": False, "store": str(store)}
    address, hello = found
    return {
        "running": True,
        "store": str(store),
        "pid": address.pid,
        "gate_pid": address.gate_pid,
        "version": address.version,
        "protocol": hello.get("protocol"),
        "transport": address.transport,
        "enforcement": hello.get("enforcement"),
        "started": address.started,
        "uptime_s": round(time.time() - address.started, 1),
        "memory_bytes": _memory(address.pid),
        "gate_memory_bytes": _memory(address.gate_pid),
        "busy": hello.get("busy"),
        "calls": hello.get("calls"),
        "jobs": hello.get("jobs"),
    }


def _ends(store: Path, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while is_held(store):
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _end_by_force(store: Path, pid: int | None) -> None:
    if pid is None or not _is_engine(pid, store):
        raise StoreBusyError(
            f"The store {store} is in use by {owner(store)}, which is not an engine.", "End it by its own means."
        )
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(OSError):  # it has ended just now, which each system says in another way
            os.kill(pid, number)
        if _ends(store, _ASK_SECONDS):
            return
    raise EngineUnreachableError(f"The engine (process {pid}) cannot be ended.", f"End it with: kill -9 {pid}")


def _is_engine(pid: int, store: Path) -> bool:
    """Whether that process is an engine of this store, and not another one that got its number."""
    import psutil

    try:
        words: list[str] = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    if "jupyter_localai.service" not in words or "--store" not in words[:-1]:
        return False
    return os.path.realpath(words[words.index("--store") + 1]) == os.path.realpath(store)


def _memory(pid: int) -> int | None:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


def _sweep(store: Path) -> None:
    """Remove the connection file of an engine that is no more."""
    if os.path.exists(connection_file(store)):
        with contextlib.suppress(Exception):  # another one may start just now; then the file is its own
            ownership = Ownership(store)
            with contextlib.suppress(FileNotFoundError):
                connection_file(store).unlink()
            ownership.release()

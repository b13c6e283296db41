"""Find the engine of a store, or start one.

The connection file is only a hint: the engine that answers there must name the store. If several engines start
at once, one gets the lock; the others end, and their clients find the one that has it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ...config import Config
from ...errors import EngineUnreachableError, EngineVersionError, StoreBusyError, from_wire
from ...lines import Line, NotReached, NotTheProtocol, parsed
from ...privacy import trust
from ...results.base import to_json
from ...results.reports import Progress
from ..protocol import runtime
from ..protocol.wire import PROTOCOL, SETTINGS, Address, connection_file
from .channel import STOP, Reply

Report = Callable[[Progress], None]
_START_SECONDS = 60.0
_OTHER_SECONDS = 5.0  # for another process that holds the lock to say where it listens
_ENDING_SECONDS = 20.0  # for an engine that no longer listens to close its store
_ROOM_SECONDS = 30.0  # for an older engine to finish
_POLL_SECONDS = 0.05


def find(store: Path) -> tuple[Address, Line] | None:
    """Return where the store's engine listens, and how it presents itself; None when there is none.

    Raises
    ------
    EngineUnreachableError
        ``engine_silent`` when it is there and does not answer.
    StoreError
        As `trust.check`.
    """
    trust.check(store)
    address = Address.read(store)
    if address is None or not _may_be_there(address):
        return None
    try:
        with Reply(address, "GET", "/hello") as reply:
            hello = next(reply.lines(), {})
    except NotReached:
        return None
    except EngineUnreachableError as error:
        if error.code == "not_an_engine":
            return None
        raise
    same = os.path.realpath(str(hello.get("store"))) == os.path.realpath(store)
    return (address, hello) if same else None


def connect(config: Config, report: Report) -> Address:
    """Return where the engine of the configured store listens, after starting one if there is none.

    Parameters
    ----------
    config : Config
        What an engine is started with.
    report : callable
        Called with a `Progress` when the client has to wait.

    Raises
    ------
    EngineUnreachableError
        ``engine_silent``, ``engine_start``.
    EngineVersionError
        Another version's engine does not make room.
    StoreBusyError
        The store is in use by something that is no engine.
    LocalAIError
        What kept the engine from starting.
    """
    started = time.monotonic()
    while time.monotonic() < started + _START_SECONDS:
        found = find(config.store)
        if found is not None and _suits(*found):
            return found[0]
        report(Progress("start"))
        if found is not None:
            _replace(config.store, *found)
        if not _start(config):
            is_engine = os.path.exists(connection_file(config.store))
            if time.monotonic() > started + (_ENDING_SECONDS if is_engine else _OTHER_SECONDS):
                raise _busy(config.store)
            _wait_for_file(config.store, 1.0)
    raise EngineUnreachableError("The engine did not start in time.", STOP, code="engine_start")


def _may_be_there(address: Address) -> bool:
    """Whether a file that may be old can be trusted so far as to knock there."""
    if address.socket is not None:
        return runtime.is_private(Path(address.socket).parent)
    if os.name == "nt":  # where signal 0 would be Ctrl-C
        import psutil

        return bool(psutil.pid_exists(address.pid))
    try:
        os.kill(address.pid, 0)
    except OSError:  # it is no more, or the number is now another user's
        return False
    return True


def _suits(address: Address, hello: Line) -> bool:
    """Whether an engine can be talked to.

    Raises
    ------
    EngineVersionError
        When it is newer than we are.
    """
    protocol = hello.get("protocol")
    if not isinstance(protocol, int) or protocol > PROTOCOL:
        raise EngineVersionError(
            f"The running engine is of a newer version ({address.version}).",
            "Upgrade here, too, and restart the kernel: pip install --upgrade jupyter-localai.",
        )
    if protocol < PROTOCOL or hello.get("finishing"):
        return False
    # files that changed below an engine are an upgrade; one that is at work is left alone, it still understands us
    return not hello.get("outdated") or bool(hello.get("busy"))


def _replace(store: Path, address: Address, hello: Line) -> None:
    """Ask an engine to finish, if it does not do so already, and wait until it has."""
    from ..protocol.ownership import is_held

    with contextlib.suppress(NotReached), Reply(address, "POST", "/finish") as reply:
        for _ in reply.lines():
            pass
    until = time.monotonic() + _ROOM_SECONDS
    while is_held(store):
        if time.monotonic() > until:
            if hello.get("protocol") == PROTOCOL:
                raise EngineUnreachableError("The engine is about to end, and still at work.", STOP)
            raise EngineVersionError(f"The running engine is of an older version ({address.version}) and busy.", STOP)
        time.sleep(_POLL_SECONDS)


def _start(config: Config) -> bool:
    """Start a gate and its engine; return False when another process holds the store.

    They outlive this process, its terminal and its signals.

    Raises
    ------
    EngineUnreachableError
        ``engine_start`` with its last words.
    LocalAIError
        The engine's own.
    """
    news = _spawn(config)
    said: list[str] = []
    try:
        while (line := news.get(timeout=_START_SECONDS)) is not None:
            report = _report_in(line)
            if report.get("state") == "serving":
                return True
            if report.get("state") == "taken":
                return False
            if report.get("state") == "failed":
                raise from_wire(report["error"])
            said.append(line.strip())
    except queue.Empty:
        said.append(f"nothing for {_START_SECONDS:.0f} s")
    words = f" ({said[-1][:300]})" if said else ""
    raise EngineUnreachableError(
        f"The engine does not start{words}.", "Look at engine.log in the store.", code="engine_start"
    )


def _spawn(config: Config) -> queue.SimpleQueue[str | None]:
    """Start the processes; return the lines they write until their log takes over, and None at the end."""
    path = os.pathsep.join(os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)
    environment = {**os.environ, SETTINGS: json.dumps(to_json(config)), "PYTHONSAFEPATH": "1"}
    if path:
        environment["PYTHONPATH"] = path
    gate = subprocess.Popen(
        [sys.executable, "-m", "jupyter_localai.service.process.gate"],
        env=environment,
        cwd=os.path.abspath(os.sep),  # the caller's folder may go, and may hold modules that look like Python's own
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        # on Windows a console that is not seen: without any, each process below would open a window of its own
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    news: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        assert gate.stdout is not None
        with gate.stdout:
            for line in gate.stdout:
                news.put(line)
        news.put(None)
        gate.wait()  # or it stays as a zombie while we live

    threading.Thread(target=listen, name="localai-start", daemon=True).start()
    return news


def _busy(store: Path) -> StoreBusyError:
    from ..protocol.ownership import owner

    return StoreBusyError(f"The store {store} is in use by {owner(store)}.", "Wait for it or end it, then try again.")


def _report_in(line: str) -> Line:
    with contextlib.suppress(NotTheProtocol):
        return parsed(line)
    return {}


def _wait_for_file(store: Path, seconds: float) -> None:
    """Wait until the engine that was faster can be found."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and find(store) is None:
        time.sleep(_POLL_SECONDS)

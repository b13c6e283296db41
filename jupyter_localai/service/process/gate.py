"""The gate: the small parent of an engine, and its only way out.

``python -m jupyter_localai.service.process.gate`` starts one engine, forwards a Unix socket each to the chat model and
to the server of shared collections, whose addresses were fixed when it started, and counts what passes. It also has the
listening socket for clients over loopback (`door`). It restarts nothing. Gate and engine end together: each notices the
end of their common socket. The store's path is in the engine's arguments and not in the gate's; settings come in an
environment variable. Since the gate may connect where the engine may not, its memory is closed to the engine and to the
user's other programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...errors import PrivacyError
from ...privacy import guard, seatbelt, seccomp, shared_host
from ..protocol import runtime
from ..protocol.wire import ENDS_WITH, GATE, SETTINGS
from . import crash, log
from .door import Door
from .forward import Forwarder
from .way import Way

_END_SECONDS = 20  # for an engine to close its store
_LOOK_SECONDS = 2.0


def main() -> int:
    """Run one engine to its end and return its exit status."""
    seccomp.close_memory()
    settings = json.loads(os.environ.pop(SETTINGS))
    folder = runtime.make() if hasattr(socket, "AF_UNIX") else None
    try:
        ways = _ways(settings, folder) if folder is not None else {}
        told = {"pid": os.getpid(), "folder": folder and str(folder), "ways": list(ways)}
        if folder is not None and settings.get("transport") == "loopback":
            told |= _open_door(folder)
        return _run(settings, ways, told)
    finally:
        if folder is not None:
            runtime.remove(folder)


def _ways(settings: dict[str, Any], folder: Path) -> dict[str, Forwarder]:
    """Return what leads out, by the name of its socket; an address that is refused has none.

    The engine reports the refusal to clients that need that server.
    """
    targets: dict[str, Callable[[], Sequence[tuple[str, int]]]] = {}
    shared = None
    with contextlib.suppress(PrivacyError):
        if settings.get("shared_host"):
            shared = shared_host.SharedHost(shared_host.address(settings["shared_host"]))
            targets[runtime.SHARED] = shared.targets
    stays = True
    with contextlib.suppress(PrivacyError):
        parts = urlsplit(guard.address(str(settings["ollama_host"]), settings.get("allow_hosts") or ()))
        host, port = parts.hostname or "", parts.port or 0
        stays = guard.is_loopback(host)
        numeric = ("127.0.0.1", "::1") if host == "localhost" else (host,)  # no look-up of what is known
        targets[runtime.CHAT] = lambda: [(name, port) for name in numeric]
    if stays:
        guard.refuse_network(shared.permits if shared else None)
    users = settings.get("allow_users") or ()
    return {name: _forwarder(runtime.bound(folder / name), where, users) for name, where in targets.items()}


def _forwarder(
    listener: socket.socket, targets: Callable[[], Sequence[tuple[str, int]]], users: Sequence[str]
) -> Forwarder:
    forwarder = Forwarder(listener, lambda near: way(near))
    way = Way(targets, users, forwarder.count)
    return forwarder


def _open_door(folder: Path) -> dict[str, Any]:
    """Listen for clients over loopback, and return what the engine has to know of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    told = {"port": listener.getsockname()[1], "token": secrets.token_urlsafe(32)}
    Forwarder(listener, Door(str(folder / runtime.ENGINE), **told))
    return told


def _run(settings: dict[str, Any], ways: dict[str, Forwarder], told: dict[str, Any]) -> int:
    ours, theirs = socket.socketpair() if os.name != "nt" else (None, None)
    command = [sys.executable, "-m", "jupyter_localai.service", "--store", str(settings["store"])]
    if theirs is not None:
        told["line"] = theirs.fileno()
    if settings.get("enforce") != "process":
        command = seatbelt.inside(command, told["folder"])
    killed_before = crash.killed_for_memory()
    environment = {**os.environ, GATE: json.dumps(told), SETTINGS: json.dumps(settings)}
    engine = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL if theirs is not None else subprocess.PIPE,  # where the engine notices our end
        pass_fds=() if theirs is None else (theirs.fileno(),),
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the engine, too
    if ours is not None and theirs is not None:
        theirs.close()

        def end(*_: object) -> None:
            with contextlib.suppress(OSError):  # the second time
                ours.shutdown(socket.SHUT_RDWR)

        signal.signal(signal.SIGTERM, end)
        threading.Thread(target=_follow, args=(os.environ.get(ENDS_WITH, ""), end), daemon=True).start()
        _answer(ours, ways, Path(settings["store"]))
    try:
        status = engine.wait(_END_SECONDS if ours is not None else None)
    except subprocess.TimeoutExpired:
        engine.kill()
        return engine.wait()
    crash.note(Path(settings["store"]), status, killed_before)
    return status


def _follow(pid: str, end: Callable[[], None]) -> None:
    """Call `end` when a process has ended; never if it was gone before, as for a shell that has outlived it."""
    if not pid.isdecimal():
        return
    import psutil

    try:
        process = psutil.Process(int(pid))
    except psutil.Error:
        return
    with contextlib.suppress(psutil.Error):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(_LOOK_SECONDS)
    end()


def _answer(line: socket.socket, ways: dict[str, Forwarder], store: Path) -> None:
    """Do what the engine asks for, until it ends."""
    with contextlib.suppress(OSError), line.makefile("rw", encoding="ascii") as file:
        for word in file:
            if word == "counters\n":
                file.write(json.dumps({name: way.counters for name, way in ways.items()}) + "\n")
                file.flush()
            elif word == "log\n":
                log.take_over(store)


if __name__ == "__main__":
    sys.exit(main())

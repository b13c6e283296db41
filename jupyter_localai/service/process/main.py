"""The engine's process: the store's lock, a socket, the connection file, and an end when it is idle.

It runs below a gate. An environment variable from the gate names the socket to the chat model and the token of
clients over loopback. The engine has no network socket, whatever a library tries. Where there are no Unix sockets, it
listens at loopback itself, and the system's kernel refuses nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__
from ...config import Config, received
from ...errors import LocalAIError, StoreBusyError, to_wire
from ...privacy import guard, seccomp
from ..protocol import runtime
from ..protocol.ownership import Ownership
from ..protocol.wire import GATE, PROTOCOL, SETTINGS, STATUS_TAKEN, Address, connection_file
from . import crash, log
from .lifeline import Lifeline

if TYPE_CHECKING:
    from .operations import Operations

_log = logging.getLogger(__name__)
_CLOSE_SECONDS = 10
_TIDY_SECONDS = 600  # without a call, after which remains of changed documents are cleaned away
_TOUCH_SECONDS = 3600  # programs that clean the folder for temporary files spare what is new


def run() -> int:
    """Own the store, serve it until there is nothing to do, and return the exit status."""
    guard.stay_offline()
    guard.leave_out_foreign_settings()
    told = json.loads(os.environ.pop(GATE))
    config = received(json.loads(os.environ.pop(SETTINGS)))
    has_unix = told["folder"] is not None
    port = None if has_unix else socket.create_server(("127.0.0.1", 0))
    (guard.refuse_sockets if has_unix else guard.refuse_network)()
    seccomp.leave_no_image()
    try:
        guard.enforce(config.enforce, possible=has_unix)
        ownership = Ownership(config.store)
    except StoreBusyError:
        _tell({"state": "taken"})
        return STATUS_TAKEN
    except LocalAIError as error:
        _tell({"state": "failed", "error": to_wire(error)})
        return 1
    try:
        with contextlib.ExitStack() as at_the_end:
            at_the_end.callback(ownership.release)
            return _serve(config, told, port, at_the_end)
    except LocalAIError as error:
        _tell({"state": "failed", "error": to_wire(error)})
        return 1


def _serve(config: Config, told: dict[str, Any], port: socket.socket | None, at_the_end: contextlib.ExitStack) -> int:
    store = config.store
    os.environ["SQLITE_TMPDIR"] = str(store)  # Chroma's SQLite may put text into such files
    _clean_up_after(Address.read(store), told["folder"])
    listener, address = _listen(told, port)
    at_the_end.callback(listener.close)
    if told["folder"]:
        at_the_end.callback(runtime.remove, Path(told["folder"]))  # the gate may have been killed
    address.write(store)
    at_the_end.callback(_remove_own, store)
    with contextlib.suppress(OSError):  # a disk that is full
        log.turn(store)
    _tell({"state": "serving", "pid": os.getpid()})
    lifeline = Lifeline(told.get("line"))
    written = log.start(store, lambda: lifeline.ask("log"))
    _log.info("serves")

    from ...engine.engine import Engine  # here, so that clients find this process before the large libraries are loaded
    from ...engine.store import Sockets
    from .operations import Operations, Report
    from .server import Server

    ways = {name: str(Path(told["folder"]) / name) for name in told["ways"]}
    sockets = Sockets(ways.get(runtime.CHAT), ways.get(runtime.SHARED))
    crashed = crash.take_notice(store)

    def open_engine(report: Report) -> Engine:
        return Engine.open(config, report=report, sockets=sockets, crashed=crashed)

    def facts() -> tuple[dict[str, Any], dict[str, Any]]:
        process = {"gate_pid": address.gate_pid, "version": address.version, "protocol": PROTOCOL}
        process |= {"transport": address.transport, "started": address.started, "idle_minutes": config.idle_minutes}
        counted = lifeline.counters()
        privacy: dict[str, Any] = {"chat_model": counted.get(runtime.CHAT, {})}
        if config.shared_host:
            privacy["shared"] = {"address": config.shared_host, **counted.get(runtime.SHARED, {})}
        return process, privacy

    operations = Operations(config, open_engine, facts)
    server = Server(operations, address, str(store))
    lifeline.start(server.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    lifeline.ask("log")
    operations.keep_watching()
    server.run(listener, _watcher(config, address, written, operations))
    _log.info("ends")
    operations.close(_CLOSE_SECONDS)
    return 1 if operations.have_failed() else 0


def _listen(told: dict[str, Any], port: socket.socket | None) -> tuple[socket.socket, Address]:
    """Return where to serve, `port` or a Unix socket, and how clients get there: by that socket, or over loopback."""
    ours = {"pid": os.getpid(), "gate_pid": told["pid"], "protocol": PROTOCOL, "version": __version__}
    ours |= {"started": time.time(), "folder": told["folder"]}
    if port is not None:
        listener = port
        told = {"port": port.getsockname()[1], "token": secrets.token_urlsafe(32)}
    else:
        listener = runtime.bound(Path(told["folder"]) / runtime.ENGINE)
    if "port" in told:
        address = Address(**ours, transport="loopback", port=told["port"], token=told["token"])
    else:
        address = Address(**ours, transport="unix", socket=listener.getsockname())
    listener.listen(128)
    return listener, address


def _watcher(config: Config, address: Address, written: log.Limited, operations: Operations) -> Callable[[Any], None]:
    """Return what is done every second: end an engine that nobody needs or can find, and tidy before."""
    store, folder, touched = config.store, address.folder, time.monotonic()

    def watch(server: Any) -> None:
        nonlocal touched
        idle = server.idle_seconds()
        if config.idle_minutes and idle >= config.idle_minutes * 60 and not operations.are_watching():
            _log.info("has been idle for %.0f s", idle)
            server.stop()
        elif (server.has_failed() and idle >= 1) or not os.path.exists(connection_file(store)):
            server.stop()
        elif idle >= min(_TIDY_SECONDS, (config.idle_minutes or math.inf) * 30):
            operations.tidy()
        written.limit()  # native code writes past the handler
        if folder and time.monotonic() - touched > _TOUCH_SECONDS:
            touched = time.monotonic()
            with contextlib.suppress(OSError):
                for path in (folder, *(entry.path for entry in os.scandir(folder))):
                    os.utime(path)

    return watch


def _clean_up_after(previous: Address | None, folder: str | None) -> None:
    """Remove the sockets of an engine that was killed; the holder of the lock knows that it is gone."""
    left = previous.runtime() if previous is not None else None
    if left is not None and str(left) != folder:
        runtime.remove(left)


def _remove_own(store: Path) -> None:
    found = Address.read(store)
    if found is not None and found.pid == os.getpid():
        with contextlib.suppress(OSError):
            connection_file(store).unlink()


def _tell(news: dict[str, Any]) -> None:
    """Report the outcome to the process that started us, which may be gone."""
    with contextlib.suppress(OSError):
        print(json.dumps(news), flush=True)


def main(status: Callable[[], int] = run) -> None:
    """Run and end, whatever threads of libraries are left."""
    code = status()
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(1)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)

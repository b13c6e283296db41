"""The engine's process: the store's lock, a socket, the connection file, and an end when nothing is to do.

It runs below a gate, which tells it by an environment variable where the way to the chat model is. It opens no
network socket, whatever a library tries; the one of the loopback transport is there before that is enforced.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ... import __version__
from ...config import Config, received
from ...errors import LocalAIError, StoreBusyError, to_wire
from ...privacy import guard
from ..protocol import runtime
from ..protocol.ownership import Ownership
from ..protocol.wire import GATE, PROTOCOL, SETTINGS, STATUS_TAKEN, Address, connection_file
from . import crash, log
from .lifeline import Lifeline

_log = logging.getLogger(__name__)
_CLOSE_SECONDS = 10
_TOUCH_SECONDS = 3600  # programs that clean the folder for temporary files spare what is new


def run() -> int:
    """Own the store, serve it until there is nothing to do, and return the exit status."""
    guard.stay_offline()
    told = json.loads(os.environ.pop(GATE))
    config = received(json.loads(os.environ.pop(SETTINGS)))
    unix = config.transport != "loopback" and told["folder"] is not None
    port = None if unix else socket.create_server(("127.0.0.1", 0))
    (guard.refuse_sockets if unix else guard.refuse_network)()
    _leave_no_core()
    try:
        guard.enforce(config.enforce)
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
    log.start(store)
    _log.info("serves")

    from ...engine.engine import Engine  # here, so that clients find this process before the large libraries are loaded
    from .operations import Operations, Report
    from .server import Server

    chat = str(Path(told["folder"]) / runtime.CHAT) if told["chat"] else None
    lifeline = Lifeline(told.get("line"))

    crashed = crash.take_notice(store)

    def open_engine(report: Report) -> Engine:
        return Engine.open(config, report=report, ollama_socket=chat, crashed=crashed)

    def facts() -> tuple[dict[str, Any], dict[str, Any]]:
        process = {"gate_pid": address.gate_pid, "version": address.version, "protocol": PROTOCOL}
        process |= {"transport": address.transport, "started": address.started, "idle_minutes": config.idle_minutes}
        return process, {"chat_model": lifeline.counters()}

    operations = Operations(config, open_engine, facts)
    server = Server(operations, address, str(store))
    lifeline.start(server.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    lifeline.ask("log")
    server.run(listener, _watcher(config, address, told["folder"]))
    _log.info("ends")
    operations.close(_CLOSE_SECONDS)
    return 1 if operations.have_failed() else 0


def _listen(told: dict[str, Any], port: socket.socket | None) -> tuple[socket.socket, Address]:
    """Return where to serve: on `port`, or a socket bound here, since servers that bind one let everybody use it."""
    ours = {"pid": os.getpid(), "gate_pid": told["pid"], "protocol": PROTOCOL, "version": __version__}
    ours |= {"started": time.time(), "transport": "loopback" if port else "unix"}
    if port is None:
        path = str(Path(told["folder"]) / runtime.ENGINE)
        listener = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        address = Address(**ours, socket=path)
    else:
        listener = port
        address = Address(**ours, port=listener.getsockname()[1], token=secrets.token_urlsafe(32))
    listener.listen(128)
    return listener, address


def _leave_no_core() -> None:
    """Have the system write no image of this process's memory when it crashes: documents stand in it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watcher(config: Config, address: Address, folder: str | None) -> Callable[[Any], None]:
    """Return what is done every second: end an engine that nobody needs or can find."""
    store, touched = config.store, time.monotonic()

    def watch(server: Any) -> None:
        nonlocal touched
        idle = server.idle_seconds()
        if config.idle_minutes and idle >= config.idle_minutes * 60:
            _log.info("has been idle for %.0f s", idle)
            server.stop()
        elif (server.has_failed() and idle >= 1) or not os.path.exists(connection_file(store)):
            server.stop()
        if time.monotonic() - touched > _TOUCH_SECONDS:
            touched = time.monotonic()
            with contextlib.suppress(OSError):
                if log.turn(store):
                    log.take_over(store)
                if folder:
                    for path in (folder, *(entry.path for entry in os.scandir(folder))):
                        os.utime(path)

    return watch


def _clean_up_after(previous: Address | None, folder: str | None) -> None:
    """Remove the sockets of an engine that was killed; whoever holds the lock knows that it is gone."""
    if previous is not None and previous.socket:
        left = Path(previous.socket).parent
        if str(left) != folder:
            runtime.remove(left)


def _remove_own(store: Path) -> None:
    found = Address.read(store)
    if found is not None and found.pid == os.getpid():
        with contextlib.suppress(OSError):
            connection_file(store).unlink()


def _tell(news: dict[str, Any]) -> None:
    """Say to whoever started us how it went; they may be gone."""
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

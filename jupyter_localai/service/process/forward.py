"""Bytes from a Unix socket to one address and back, counted."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

_CONNECT_SECONDS = 3.0
_BLOCK = 1 << 16


class Forwarder:
    """Listens at `path` and forwards each connection to the first of `targets` that accepts one.

    When none does, the connection is closed without an answer.

    Parameters
    ----------
    path : Path
        Of the socket to make, with mode 0600.
    targets : sequence of (host, port)
        Other names for one server.

    Attributes
    ----------
    counters : dict
        ``connections``, those among them that found nobody (``unanswered``), and bytes ``sent`` and ``received``.
    """

    def __init__(self, path: Path, targets: Sequence[tuple[str, int]]) -> None:
        self.counters = {"connections": 0, "unanswered": 0, "sent": 0, "received": 0}
        self._targets = targets
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        os.chmod(path, 0o600)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        self._count("connections", 1)
        with near:
            far = self._reach()
            if far is None:
                self._count("unanswered", 1)
                return
            with far:
                back = threading.Thread(target=self._pump, args=(far, near, "received"), daemon=True)
                back.start()
                self._pump(near, far, "sent")
                back.join()

    def _reach(self) -> socket.socket | None:
        for target in self._targets:
            with contextlib.suppress(OSError):
                far = socket.create_connection(target, _CONNECT_SECONDS)
                far.settimeout(None)
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return far
        return None

    def _pump(self, source: socket.socket, target: socket.socket, what: str) -> None:
        """Forward until one side ends, and then end both: a stopped question must stop the chat model, too."""
        try:
            while block := source.recv(_BLOCK):
                target.sendall(block)
                self._count(what, len(block))
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _count(self, what: str, amount: int) -> None:
        with self._lock:
            self.counters[what] += amount

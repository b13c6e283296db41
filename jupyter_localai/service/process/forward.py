"""Forwards connections from a listening socket, counts them and bounds their number."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

MOST_CONNECTIONS = 256
Lead = Callable[[socket.socket], "socket.socket | None"]
_BLOCK = 1 << 16
_PAUSE_SECONDS = 0.1  # when the system has no descriptor left
_DRAIN_SECONDS = 2.0


class Forwarder:
    """Forwards each connection that comes in.

    When more come than may be there, the one that has waited longest to be led on is closed, or the new one if none
    waits.

    Parameters
    ----------
    listener : socket
        Bound, and from here on listened at.
    lead : callable
        Returns where a new connection goes on to, after sending what it read of it; None when it goes nowhere, and has
        been told so. Runs in the connection's thread.

    Attributes
    ----------
    counters : dict
        ``connections``, those among them that went nowhere (``unanswered``), and bytes ``sent`` and ``received``.
    """

    def __init__(self, listener: socket.socket, lead: Lead, most: int = MOST_CONNECTIONS) -> None:
        self.counters = {"connections": 0, "unanswered": 0, "sent": 0, "received": 0}
        self._listener, self._lead, self._most = listener, lead, most
        self._lock = threading.Lock()
        self._waiting: dict[socket.socket, None] = {}  # in the order they came
        self._led = 0
        listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def count(self, what: str, amount: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self.counters[what] = self.counters.get(what, 0) + amount

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                time.sleep(_PAUSE_SECONDS)
                continue
            try:
                if self._has_room(near):
                    threading.Thread(target=self._serve, args=(near,), daemon=True).start()
                    continue
            except RuntimeError:  # the system gives no more threads
                self._leave(near)
            near.close()

    def _has_room(self, near: socket.socket) -> bool:
        with self._lock:
            if len(self._waiting) + self._led >= self._most:
                oldest = next(iter(self._waiting), None)
                if oldest is None:
                    return False
                del self._waiting[oldest]
                end(oldest)  # its thread wakes, and closes it
            self._waiting[near] = None
            return True

    def _serve(self, near: socket.socket) -> None:
        self.count("connections")
        with near:
            far = self._lead_on(near)
            if far is None:
                self.count("unanswered")
                drain(near)
                self._leave(near)
                return
            with far:
                back = threading.Thread(target=self._pump, args=(far, near, "received"), daemon=True)
                back.start()
                self._pump(near, far, "sent")
                back.join()
        with self._lock:
            self._led -= 1

    def _lead_on(self, near: socket.socket) -> socket.socket | None:
        try:
            far = self._lead(near)
        except OSError:
            far = None
        if far is not None:
            with self._lock:
                if near in self._waiting:
                    del self._waiting[near]
                    self._led += 1
                    return far
            far.close()
        return None

    def _leave(self, near: socket.socket) -> None:
        with self._lock:
            self._waiting.pop(near, None)

    def _pump(self, source: socket.socket, target: socket.socket, what: str) -> None:
        """Forward until one side ends, and then end both: a stopped question must stop the chat model, too."""
        try:
            while block := source.recv(_BLOCK):
                target.sendall(block)
                self.count(what, len(block))
        except OSError:
            pass
        for one in (source, target):
            end(one)


def end(connection: socket.socket) -> None:
    """End both directions of a connection and wake its readers and writers."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def drain(connection: socket.socket) -> None:
    """Read what still comes, for a moment: who is in the middle of sending would not see an answer otherwise."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _DRAIN_SECONDS
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(_BLOCK):
                return


def answer(status: int, phrase: str, body: bytes) -> bytes:
    """Return an HTTP response that ends its connection."""
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body

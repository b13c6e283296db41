"""A server on loopback that answers with the bytes it is told to, whatever is asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable

Reply = bytes | Callable[[socket.socket], None]


def reply(status: int = 200, body: object = None, **headers: str) -> bytes:
    """Return an HTTP answer; a body that is no bytes becomes JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(data)}", "Content-Type: application/json"]
    lines += ["Connection: close"]  # as it does, so that no client begins another request on it
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def drip(pieces: Iterable[bytes], pause_s: float) -> Callable[[socket.socket], None]:
    """Return what sends pieces with a pause before each."""

    def send(connection: socket.socket) -> None:
        for piece in pieces:
            time.sleep(pause_s)
            connection.sendall(piece)

    return send


class OddServer:
    """Answers every request with `reply`, bytes or what sends them, until `stop`.

    Attributes
    ----------
    requests : list of bytes
        The head of each request, as it came.
    """

    def __init__(self, reply: Reply = b"") -> None:
        self.reply = reply
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            head = self._read(connection)
            if head:
                self.requests.append(head)
                if isinstance(self.reply, bytes):
                    connection.sendall(self.reply)
                else:
                    self.reply(connection)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)

    def _read(self, connection: socket.socket) -> bytes:
        """Return the head of a request, after reading its body."""
        data = b""
        while b"\r\n\r\n" not in data:
            block = connection.recv(1 << 16)
            if not block:
                return b""
            data += block
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(1 << 16)
        return head

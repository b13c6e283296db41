"""What stands between a client and a server on loopback: it keeps what passes, and can cut it."""

from __future__ import annotations

import contextlib
import socket
import threading


class Wire:
    """Passes on everything to a port, and back.

    Attributes
    ----------
    sent, came : bytearray
        All that clients sent, and all that came back.
    cut : str
        ``request``: the next request is not passed on; ``answer``: it is, and its answer is cut off after some bytes;
        then it is empty again.
    """

    def __init__(self, port: int) -> None:
        self.sent, self.came, self.cut = bytearray(), bytearray(), ""
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as server:
            back = threading.Thread(target=self._pass, args=(server, client, self.came), daemon=True)
            back.start()
            self._pass(client, server, self.sent)
            back.join()

    def _pass(self, source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        kind = "request" if kept is self.sent else "answer"
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 16):
                kept += block
                if self.cut == kind:
                    self.cut = ""
                    if kind == "answer":
                        target.sendall(block[:40])
                    break
                target.sendall(block)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

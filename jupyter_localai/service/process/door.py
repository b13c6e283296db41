"""The gate's door for clients over loopback: only those that have read the connection file get in.

The gate has the listening socket, so that the engine has no network socket. It lets a connection through
to the engine's Unix socket when its first request is complete in time and names the engine and its token. The engine
checks each request again.
"""

from __future__ import annotations

import hmac
import json
import re
import socket
import time
from collections.abc import Mapping

from ...errors import EngineError, to_wire
from .forward import answer

PATIENCE_SECONDS = 10.0
"""How long the head of a request may take to come."""
_MOST_HEAD_BYTES = 1 << 16
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_PHRASES = {401: "Unauthorized", 421: "Misdirected Request"}


class Door:
    """Leads a connection to the engine's socket at `path`.

    Parameters
    ----------
    path : str
    port : int
        Of the door.
    token : str
        What clients must say.
    """

    def __init__(self, path: str, port: int, token: str) -> None:
        self._path, self._port, self._token = path, port, token

    def __call__(self, near: socket.socket) -> socket.socket | None:
        begun = _begun(near)
        if begun is None:
            return None
        refused = refusal(_headers(begun), self._port, self._token)
        if refused is not None:
            status, error = refused
            body = json.dumps({"type": "error", **to_wire(error)}).encode("ascii") + b"\n"
            near.sendall(answer(status, _PHRASES[status], body))
            return None
        near.settimeout(None)
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self._path)
            far.sendall(begun)
        except OSError:
            far.close()
            raise
        return far


def refusal(headers: Mapping[bytes, bytes], port: int, token: str) -> tuple[int, EngineError] | None:
    """Return why a request over loopback is refused, and with which status; None when it is not.

    Clients that have read the connection file know the token. A web page in a browser uses another host name.
    """
    if headers.get(b"host", b"").decode("latin-1") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        return 421, EngineError("This engine does not have that name.", code="wrong_host")
    if not hmac.compare_digest(headers.get(b"authorization", b""), f"Bearer {token}".encode()):
        return 401, EngineError("The token is missing or wrong.", code="wrong_token")
    return None


def _begun(near: socket.socket) -> bytes | None:
    """Return what comes until a head is complete, and perhaps some more; None when it does not come in time."""
    until = time.monotonic() + PATIENCE_SECONDS
    begun = bytearray()
    while not _END_OF_HEAD.search(begun):
        left = until - time.monotonic()
        if left <= 0 or len(begun) > _MOST_HEAD_BYTES:
            return None
        near.settimeout(left)
        block = near.recv(_MOST_HEAD_BYTES)
        if not block:
            return None
        begun += block
    return bytes(begun)


def _headers(begun: bytes) -> dict[bytes, bytes]:
    """Return the headers of a request by their names; one that stands there twice counts for nothing."""
    head = _END_OF_HEAD.split(begun, maxsplit=1)[0]
    found: dict[bytes, bytes] = {}
    for line in head.split(b"\n")[1:]:
        name, _, value = line.partition(b":")
        key = name.lower()
        found[key] = b"" if key in found else value.strip()
    return found

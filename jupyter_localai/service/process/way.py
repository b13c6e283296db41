"""The connection from the gate to a server: one address, and on this machine only a server of a trusted user."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Sequence

from ...privacy import peer
from .forward import answer

_CONNECT_SECONDS = 3.0


class Way:
    """Leads a connection to the first of `targets` that accepts one and belongs to someone who is trusted.

    When all that accept are other users', nothing is sent to them, and the answer says whose the server is.

    Parameters
    ----------
    targets : callable
        Returns (host, port) of each address of the server.
    users : sequence of str
        As `privacy.peer.is_trusted` takes them.
    count : callable
        Called with ``foreign`` when a connection was refused, ``unknown`` when its other end cannot be determined.
    """

    def __init__(
        self, targets: Callable[[], Sequence[tuple[str, int]]], users: Sequence[str], count: Callable[[str], None]
    ) -> None:
        self._targets, self._users, self._count = targets, users, count

    def __call__(self, near: socket.socket) -> socket.socket | None:
        strangers = []
        for target in self._targets():
            with contextlib.suppress(OSError):
                far = socket.create_connection(target, _CONNECT_SECONDS)
                uid = peer.owner(far)
                if uid is not None and not peer.is_trusted(uid, self._users):
                    far.close()
                    strangers.append(uid)
                    continue
                if uid is None:
                    self._count("unknown")
                far.settimeout(None)
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return far
        if strangers:
            self._count("foreign")
            told = json.dumps({peer.FOREIGN: strangers[0]}).encode("ascii")
            near.sendall(answer(peer.STATUS, "Misdirected Request", told))
        return None

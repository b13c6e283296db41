"""Whose server answers at a port of this machine, where any user can listen if the chat model's server does not.

Linux lists the owner of every TCP socket (``/proc/net/tcp``; ``Documentation/networking/proc_net_tcp.rst``).
A connection is judged after it was made and before anything is sent: by the owner of its other end or, until somebody
has accepted it, by the owner of the listener. A listener that closes takes its waiting connections along, so the one
that is seen then is the one that will accept. The owner is unknown on other systems, in a container whose users are
not those of the machine, and for a server behind a translated address or on another machine.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import OllamaError, PrivacyError
from .guard import is_loopback

STATUS, FOREIGN = 421, "foreign"
"""How a gate answers instead of a server that it does not forward to: HTTP status, and name of its owner's number."""
_TABLES = Path("/proc/net")
_TRIES = 3  # a table that changes while it is read can lack a line
_LISTENS = b"0A"
# sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
_ROW = rb"^ *\d+: (%b) (%b) ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ +(\d+)"
_ANY = rb"[0-9A-F]+:[0-9A-F]{4}"


def owner(connection: socket.socket) -> int | None:
    """Return the user id of who has the other end of a TCP connection within this machine.

    Returns
    -------
    int or None
        None where it cannot be determined.
    """
    near, far = connection.getsockname()[:2], connection.getpeername()[:2]
    return _first(far, near) if is_loopback(far[0]) else None


def can_tell() -> bool:
    """Whether this system tells whose a socket is."""
    return sys.platform == "linux" and os.access(_TABLES / "tcp", os.R_OK)


def listener(host: str, port: int) -> int | None:
    """Return the user id of who listens there, on this machine; None when that is nobody, or cannot be determined."""
    return _first((host, port), None)


def is_trusted(uid: int, users: Sequence[str] = ()) -> bool:
    """Whether a server of that user may be asked.

    That is oneself, root, an account of the system (below ``UID_MIN`` of ``/etc/login.defs``, or ``ollama``), or one
    of `users`, names or user ids.
    """
    if uid in (0, os.geteuid()) or uid < first_person() or str(uid) in users:
        return True
    return name(uid) in ("ollama", *users)


def name(uid: int) -> str:
    """Return the name of a user; the number when there is none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OSError):
        return str(uid)


def check(connection: socket.socket, address: str, users: Sequence[str]) -> None:
    """Check who has the other end of a connection to `address`, before anything is sent there.

    Raises
    ------
    PrivacyError
        ``host_refused`` when it should be on this machine and is not.
    OllamaError
        ``ollama_foreign``.
    """
    if is_loopback(urlsplit(address).hostname) and not is_loopback(connection.getpeername()[0]):
        raise PrivacyError(
            "The chat model's address leads to another machine; nothing was sent there.",
            "Set OLLAMA_HOST to http://127.0.0.1:11434, or leave it out.",
            code="host_refused",
        )
    uid = owner(connection)
    if uid is not None and not is_trusted(uid, users):
        raise foreign(uid, address)


def foreign(uid: int, address: str) -> OllamaError:
    """Return the error for a server of another user of this machine."""
    known = name(uid)
    who = f"user {uid}" if known == str(uid) else f"{known}, user {uid}"
    return OllamaError(
        f"What listens at {address} belongs to another user of this machine ({who}); nothing was sent there.",
        f"If you trust them with your documents, list {known} in the setting allow_users.",
        code="ollama_foreign",
    )


@functools.cache
def first_person() -> int:
    """Return the least user id of a person; those below are the system's own accounts."""
    try:
        text = Path("/etc/login.defs").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^[ \t]*UID_MIN[ \t]+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 1000


def _first(far: tuple[str, int], near: tuple[str, int] | None) -> int | None:
    if sys.platform != "linux":
        return None
    for _ in range(_TRIES if near else 1):
        for table, spelled in (("tcp", _plain), ("tcp6", _wide)):
            uid = _owner_in(table, *map(spelled, (far, ("", far[1]), near)))
            if uid is not None:
                return None if uid == _nobody() else uid
    return None


def _owner_in(table: str, far: bytes | None, anywhere: bytes | None, near: bytes | None) -> int | None:
    """Return who has the socket at `far` that is connected to `near`, else who listens there."""
    if far is None or anywhere is None:
        return None
    try:
        text = (_TABLES / table).read_bytes()
    except OSError:
        return None
    listens = None
    for local, remote, state, uid, inode in _rows(text, far, anywhere):
        if local == far and remote == near and inode != b"0":  # without an inode nobody has accepted it yet
            return int(uid)
        if state == _LISTENS:
            listens = max(int(uid), listens or 0)
    return listens


def _rows(text: bytes, *places: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes, bytes]]:
    for found in re.finditer(_ROW % (b"|".join(places), _ANY), text, re.MULTILINE):
        local, remote, state, uid, inode = found.groups()
        yield local, remote, state, uid, inode


def _plain(place: tuple[str, int] | None) -> bytes | None:
    """Return an IPv4 address and port as ``/proc/net/tcp`` has them; an empty address is any."""
    if place is None:
        return None
    address = ipaddress.ip_address(place[0] or "0.0.0.0")
    return _spelled(address.packed, place[1]) if address.version == 4 else None


def _wide(place: tuple[str, int] | None) -> bytes | None:
    """Return an address and port as ``/proc/net/tcp6`` has them, where servers for both kinds stand, too."""
    if place is None:
        return None
    address = ipaddress.ip_address(place[0] or "::")
    packed = address.packed if address.version == 6 else b"\0" * 10 + b"\xff\xff" + address.packed
    return _spelled(packed, place[1])


def _spelled(packed: bytes, port: int) -> bytes:
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return ("".join(f"{word:08X}" for word in words) + f":{port:04X}").encode("ascii")


@functools.cache
def _nobody() -> int:
    """Return the number that stands for users whom this container cannot name; -1 where everybody has one."""
    try:
        whole = Path("/proc/self/uid_map").read_text(encoding="utf-8").split() == ["0", "0", "4294967295"]
        return -1 if whole else int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return -1

"""Where a shared collection may be: on the one server that the setting ``shared_host`` names."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from ..errors import PrivacyError
from .guard import canonical, is_loopback


def address(host: str) -> str:
    """Return the base address for a value of ``shared_host``: its scheme, name and port.

    Raises
    ------
    PrivacyError
        ``shared_host_refused`` when it is no address, or would send what goes there through a network unencrypted.
    """
    try:
        parts = urlsplit(host.strip().rstrip("/"))
        scheme, name, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise _refused(host, "is no address") from None
    if scheme not in ("http", "https") or not name or any(character <= " " for character in name):
        raise _refused(host, "is no address")
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        raise _refused(host.rpartition("@")[2], "has more than a scheme, a name and a port")
    if scheme == "http" and not is_loopback(name):
        raise _refused(host, "is not encrypted and leads to another machine")
    if scheme == "http" and name == "localhost":
        name = "127.0.0.1"  # TLS needs the name
    name = canonical(name) or name
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}:{port or (443 if scheme == 'https' else 80)}"


class SharedHost:
    """The server's name, and the numeric addresses that it turned out to have.

    The name is looked up when an address is first needed, and again only while that fails: from then on nothing but
    those addresses is contacted, and no name is looked up.

    Parameters
    ----------
    address : str
        As the function `address` returns it.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._name, self._port = parts.hostname or "", parts.port or 0
        self._found: tuple[str, ...] = ()
        self._looking = threading.Lock()

    def targets(self) -> list[tuple[str, int]]:
        """Return the addresses and the port; none while the name cannot be looked up."""
        with self._looking:
            if not self._found:
                with contextlib.suppress(OSError):
                    told = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
                    self._found = tuple(dict.fromkeys(str(one[4][0]) for one in told))
        return [(host, self._port) for host in self._found]

    def permits(self, host: object, port: int | None) -> bool:
        """Whether that is the server, or, without a port, a look-up that has to be made: as `refuse_network` asks."""
        if port is None:
            return host in (self._found or (self._name,))
        return host in self._found and port == self._port


def _refused(host: str, why: str) -> PrivacyError:
    return PrivacyError(
        f"The setting shared_host {why} ({host[:100]!r}); nothing is sent there.",
        "Set it to https://NAME:PORT, or to http://127.0.0.1:PORT for a tunnel that ends on this machine.",
        code="shared_host_refused",
    )

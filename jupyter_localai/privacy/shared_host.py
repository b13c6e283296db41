"""Where a shared collection may be: on the one server that the setting ``shared_host`` names."""

from __future__ import annotations

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


def _refused(host: str, why: str) -> PrivacyError:
    return PrivacyError(
        f"The setting shared_host {why} ({host[:100]!r}); nothing is sent there.",
        "Set it to https://NAME:PORT, or to http://127.0.0.1:PORT for a tunnel that ends on this machine.",
        code="shared_host_refused",
    )

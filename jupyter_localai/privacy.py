"""What may be contacted: this machine, and nothing else.

Two measures live here. `stay_offline` tells the libraries that would otherwise ask a
model hub for updates not to. `refuse_network` makes the interpreter itself refuse
connections and name look-ups that lead off the machine, whoever asks for them; it
cannot be undone, so only a process that is ours from start to end calls it.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from typing import Any

from .errors import PrivacyError

OFFLINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
    "ANONYMIZED_TELEMETRY": "False",
    "ORT_DISABLE_TELEMETRY": "1",
}

_refusing = False


def stay_offline() -> None:
    """Set the switches that keep libraries from calling their hubs; before importing them."""
    os.environ.update(OFFLINE_ENVIRONMENT)


def is_loopback(host: object) -> bool:
    """Whether `host` is a numeric loopback address or the name ``localhost``."""
    if not isinstance(host, (str, bytes)):
        return False
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if text.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_network() -> None:
    """Refuse, for the rest of this process, every connection and look-up beyond loopback.

    Works through an audit hook, so it covers all Python code and not native code.

    Raises
    ------
    PrivacyError
        Later, from whatever call tries to leave the machine.
    """
    global _refusing
    if not _refusing:
        sys.addaudithook(_audit)
        _refusing = True


def enforcement() -> str:
    """Return ``"process"`` when this process refuses the network, else ``"none"``."""
    return "process" if _refusing else "none"


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        sock, address = arguments[0], arguments[1]
        if address is None or sock.family == getattr(socket, "AF_UNIX", None):
            return
        if not (isinstance(address, tuple) and is_loopback(address[0])):
            raise PrivacyError("A connection to another machine was refused.")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
        if host is not None and not is_loopback(host):
            raise PrivacyError("A network name look-up was refused.")

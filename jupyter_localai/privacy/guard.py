"""What may be contacted: this machine, and nothing else.

`stay_offline` keeps libraries from asking a model hub for updates. `refuse_network` makes the interpreter itself
refuse connections and name look-ups that lead off the machine, `refuse_sockets` every network socket, whoever asks
for them; `enforce` has the system's kernel do so, for native code as well. None of them can be undone, so only a
process that is ours from start to end calls them. `address` says where the chat model may be.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..errors import PrivacyError

OFFLINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
    "ANONYMIZED_TELEMETRY": "False",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime from 1.29 on, else it sends reports and keeps a number of this device
    "ORT_TELEMETRY_DISABLED": "1",
}

CHAT_PORT = 11434
"""Where Ollama serves when nothing else was said."""

_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo")
_ANY_INTERFACE = ("0.0.0.0", "[::]", "::")
_NUMBERS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10}){0,3}")
_refusing = False
_permits: Callable[[object, int | None], bool] | None = None
_closed = False
_filtered = False


def stay_offline() -> None:
    """Set the switches that keep libraries from calling their hubs; before importing them."""
    os.environ.update(OFFLINE_ENVIRONMENT)


def leave_out_foreign_settings() -> None:
    """Take what Chroma would read as its settings from the environment, and switch OpenTelemetry off.

    Only in a process that is ours from start to end.
    """
    os.environ["OTEL_SDK_DISABLED"] = "true"
    for name in [name for name in os.environ if name.upper().startswith("CHROMA_")]:
        del os.environ[name]


def is_loopback(host: object) -> bool:
    """Whether `host` is a numeric loopback address, without a zone, or the name ``localhost``."""
    if not isinstance(host, (str, bytes)):
        return False
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return text.lower() == "localhost" or canonical(text) is not None


def canonical(host: str) -> str | None:
    """Return a numeric loopback address in its one form; None for all else.

    A zone (``%`` and more) is none of it: loopback has none, and what a library makes of the whole may be a name.
    """
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    is_plain = "%" not in host and getattr(found, "ipv4_mapped", None) is None
    return str(found) if is_plain and found.is_loopback else None


def refuse_network(but: Callable[[object, int | None], bool] | None = None) -> None:
    """Refuse, for the rest of this process, every connection and look-up beyond loopback.

    Works through an audit hook, so it covers all Python code and not native code.

    Parameters
    ----------
    but : callable, optional
        Whether a connection to a host and port is permitted all the same, or a look-up of a host, with None as port.
        Only the first call of a process counts.

    Raises
    ------
    PrivacyError
        Later, from whatever call tries to leave the machine.
    """
    global _refusing, _permits
    if not _refusing:
        _permits = but
        sys.addaudithook(_audit)
        _refusing = True


def refuse_sockets() -> None:
    """Refuse, for the rest of this process, every network socket and every name look-up, loopback included.

    What is left are the sockets of the file system. Like `refuse_network` it covers all Python code.

    Raises
    ------
    PrivacyError
        Later, from whatever call asks for one.
    """
    global _closed
    _closed = True
    refuse_network()


def enforce(level: str, but_unix: bool = True, possible: bool = True) -> None:
    """Have the kernel refuse network sockets to this process and its children, where it can or does so already.

    Parameters
    ----------
    level : str
        The setting ``enforce``: ``process`` leaves the kernel alone, ``auto`` takes what is to be had.
    but_unix : bool
        Whether sockets of the file system are left.
    possible : bool
        False for a process that has a network socket already: native code could use that one.

    Raises
    ------
    PrivacyError
        ``enforcement_unavailable`` when `level` is ``kernel`` and the system cannot do it.
    """
    global _filtered
    if level == "process":
        return
    try:
        if not possible:
            raise OSError("there is a network socket")
        _have_kernel_refuse(but_unix)
        _filtered = True
    except OSError:
        if level == "kernel":
            raise _unavailable("this system cannot do it") from None


def _have_kernel_refuse(but_unix: bool) -> None:
    """Ask Linux for its filter; on macOS, see that the sandbox is there which this process was started in.

    Raises
    ------
    OSError
    """
    from . import seatbelt, seccomp

    if not seatbelt.is_around():
        seccomp.refuse_sockets(but_unix)


def check_available(level: str) -> None:
    """Check that processes started from here can be refused sockets as the setting ``enforce`` asks.

    Raises
    ------
    PrivacyError
        ``enforcement_unavailable``.
    """
    if level == "kernel":
        from . import seatbelt, seccomp

        if not (seccomp.is_available() or seatbelt.is_around()):
            raise _unavailable("this system cannot do it")


def check_active(level: str) -> None:
    """Check that this process is refused sockets as the setting ``enforce`` asks.

    Raises
    ------
    PrivacyError
        ``enforcement_unavailable``.
    """
    if level == "kernel" and not _filtered:
        raise _unavailable("this process works without it")


def _unavailable(why: str) -> PrivacyError:
    return PrivacyError(
        f"The setting enforce asks the system's kernel to refuse network sockets, and {why}.",
        "If an engine runs, end it with jupyter localai engine stop; else remove the setting enforce to work without.",
        code="enforcement_unavailable",
    )


def tried() -> dict[str, Any]:
    """Ask for a way out, in each manner there is, and return whether it was refused; nothing is sent.

    Returns
    -------
    dict
        ``enforcement``; ``python`` and ``native``, whether such code is refused; ``offline``, whether the libraries
        that would call their makers are told not to.
    """
    native = False
    if os.name == "posix":
        from . import seatbelt, seccomp

        native = seatbelt.is_around() or seccomp.try_socket() != 0
    python = False
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sys.audit("socket.connect", sock, ("192.0.2.1", 9))  # what a connection would begin with
    except (PrivacyError, OSError):
        python = True
    offline = all(os.environ.get(name) == value for name, value in OFFLINE_ENVIRONMENT.items())
    return {"enforcement": enforcement(), "python": python, "native": native, "offline": offline}


def address(host: str, allowed: Sequence[str] = ()) -> str:
    """Return the base address for a value of ``OLLAMA_HOST``, in any of the forms Ollama takes.

    ``0.0.0.0`` tells the server to listen everywhere; from here it is reached at ``127.0.0.1``, which is what
    ``localhost`` means, too. Short forms such as ``127.1`` are refused by what they are.

    Raises
    ------
    PrivacyError
        ``host_refused`` when it is neither on this machine nor one of the `allowed` names.
    """
    text = host.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme, name, port = parts.scheme, parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        scheme, name, port = "", "", None
    if name in _ANY_INTERFACE or (name.lower() == "localhost" and scheme == "http"):
        name = "127.0.0.1"  # TLS needs the name
    if meant := _short_form(name):
        raise PrivacyError(
            f"{name!r} is a short form of {meant}, which programs read differently; it is not used.",
            f"Write it in full: OLLAMA_HOST={meant}.",
            code="host_refused",
        )
    if scheme not in ("http", "https") or not (is_loopback(name) or name in allowed):
        raise PrivacyError(
            "The chat model's server is not on this machine; it is not contacted.",
            f"Set OLLAMA_HOST to http://127.0.0.1:{CHAT_PORT}, or leave it out. A machine you trust with your "
            "documents can be listed in the setting allow_hosts.",
            code="host_refused",
        )
    if port is None:
        port = CHAT_PORT if "://" not in text else 443 if scheme == "https" else 80
    name = canonical(name) or name
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}:{port}"


def _short_form(name: str) -> str:
    """Return the loopback address that a number such as ``127.1`` or ``0`` is short for; else nothing."""
    if not _NUMBERS.fullmatch(name) or name.count(".") == 3:
        return ""
    *bytes_given, rest = (int(part) for part in name.split("."))
    value = rest + sum(part << 8 * (3 - at) for at, part in enumerate(bytes_given))
    if value >= 2**32 or any(part > 255 for part in bytes_given):
        return ""
    meant = ipaddress.ip_address(value)
    return "127.0.0.1" if value == 0 else str(meant) if meant.is_loopback else ""


def enforcement() -> str:
    """Return who refuses the network to this process: ``"kernel"``, ``"process"`` (only itself) or ``"none"``."""
    return "kernel" if _filtered else "process" if _refusing else "none"


def _is_permitted(host: object, port: int | None) -> bool:
    return _permits is not None and _permits(host, port)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _closed:
        _audit_closed(event, arguments)
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        sock, address = arguments[0], arguments[1]
        if address is None or sock.family == getattr(socket, "AF_UNIX", None):
            return
        if not (isinstance(address, tuple) and (is_loopback(address[0]) or _is_permitted(*address[:2]))):
            raise PrivacyError("A connection to another machine was refused.")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
        if host is not None and not is_loopback(host) and not _is_permitted(host, None):
            raise PrivacyError("A network name look-up was refused.")


def _audit_closed(event: str, arguments: tuple[Any, ...]) -> None:
    local = (getattr(socket, "AF_UNIX", None), -1)  # -1: made from a descriptor that is there already
    if event == "socket.__new__" and arguments[1] not in local:
        raise PrivacyError("A network socket was refused.")
    if event in ("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"):
        if arguments[0].family not in local:
            raise PrivacyError("A network socket was refused.")
    elif event.startswith("socket.get") and event.removeprefix("socket.") in _LOOK_UPS:
        raise PrivacyError("A network name look-up was refused.")

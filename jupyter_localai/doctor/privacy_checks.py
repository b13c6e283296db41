"""Whether the promises of PRIVACY.md are kept here and now: checks of `doctor`, each tried and not looked up.

Exit status 1 of ``jupyter localai doctor`` means that one of them is broken.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..privacy import peer
from ..privacy.guard import address, is_loopback
from ..service.protocol.wire import Address
from .case import Case, Finding
from .exposure_checks import check_command_line, check_history, check_kernels
from .jupyter_checks import check_news

_RESTART = "Start the engine anew: jupyter localai engine stop. The next command starts it."
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def check_sockets(case: Case) -> Finding:
    """Whether the engine and a reader are refused a network socket when they ask for one."""
    level = case.status.privacy.get("enforcement")
    if level not in ("kernel", "process"):
        if case.status.engine.get("read_only"):
            detail = "The index can only be read; it is searched in this process, which is not kept from the network."
            return Finding(True, detail)
        return Finding(False, "Nothing keeps the engine from the network.", _RESTART)
    for who, told in case.tried.items():
        allowed = [
            kind for kind in ("python", "native") if not told.get(kind) and (kind == "python" or level == "kernel")
        ]
        if allowed:
            return Finding(False, f"The {who} asked for a network socket as {allowed[0]} code, and got one.", _RESTART)
    if case.config.enforce == "kernel" and level != "kernel":
        return Finding(False, "The setting enforce asks for the kernel, and only the process refuses.", _RESTART)
    by = "the system's kernel, to native code, too" if level == "kernel" else "the process, to its Python code only"
    return Finding(True, f"The engine and a reader asked for network sockets, and were refused by {by}.")


def check_libraries(case: Case) -> Finding:
    """Whether libraries that would call a hub or their makers are told not to, where they are loaded."""
    if not case.tried["engine"].get("offline"):
        return Finding(False, "Libraries in the engine are not told to stay offline.", _RESTART)
    return Finding(True, "The libraries in the engine are told to call no hub and to send no reports.")


def check_address(case: Case) -> Finding:
    """Whether the chat model's address is on this machine, whose server is there, and what went there."""
    where = address(case.config.ollama_host, case.config.allow_hosts)
    counted = case.status.privacy.get("chat_model") or {}
    passed = ""
    if counted:
        connections = f"{counted['connections']:,} connection{'' if counted['connections'] == 1 else 's'}"
        there, back = f"{counted['sent']:,} bytes there", f"{counted['received']:,} back"
        passed = f"; {connections}, {there} and {back} since the engine started"
    if is_loopback(urlsplit(where).hostname):
        return _whose(where, case.config.allow_users, bool(counted.get("unknown")), passed)
    return Finding(
        True, f"{where} is another machine: what is asked goes there, as the setting allow_hosts says{passed}."
    )


def _whose(where: str, users: Sequence[str], was_unknown: bool, passed: str) -> Finding:
    """Return the finding for an address on this machine: only a server of one's own or the system's is asked."""
    parts = urlsplit(where)
    hosts = ("127.0.0.1", "::1") if parts.hostname == "localhost" else (str(parts.hostname),)
    owners = [uid for host in hosts if (uid := peer.listener(host, parts.port or 0)) is not None]
    trusted = [uid for uid in owners if peer.is_trusted(uid, users)]
    if owners and not trusted:
        error = peer.foreign(owners[0], where)
        return Finding(False, error.message, error.remedy)
    if trusted:
        return Finding(True, f"{where}, on this machine, a server of {peer.name(trusted[0])}{passed}.")
    if was_unknown or not peer.can_tell():
        return Finding(True, f"{where}, on this machine; whose server it is cannot be determined here{passed}.")
    return Finding(True, f"{where}, on this machine, where nobody listens now{passed}.")


def check_proxies(case: Case) -> Finding:
    """Whether the environment names proxies; requests to the chat model have no way to them."""
    named = [name for name in _PROXIES if os.environ.get(name)]
    if not named:
        return Finding(True, "The environment names none.")
    return Finding(True, f"{', '.join(named)}: set, and not used on the way to the chat model.")


def check_cloud(case: Case) -> Finding:
    """Whether Ollama has models that answer from elsewhere; they are never asked."""
    remote = [model.name for model in case.models.models if model.remote]
    if remote:
        return Finding(True, f"{', '.join(remote)} would answer from another machine, and is never asked.")
    return Finding(True, "Ollama has no model that answers from another machine.")


def check_files(case: Case) -> Finding:
    """Whether the store and the folder of the sockets are this user's, and closed to others."""
    store = case.config.store
    if case.status and not hasattr(os, "getuid"):  # only a status that was had means that the sockets are there
        return Finding(True, "Who may read what is left to this system's own rules.")
    where = Address.read(store)
    runtime = where.runtime() if where is not None else None
    seen = 0
    for folder in filter(None, (store, runtime)):
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            return Finding(False, f"{folder} can be entered by others.", f"Run: chmod 700 {str(folder)!r}.")
        for path in (folder, *folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):  # it was removed meanwhile
                info = path.lstat()
                seen += 1
                if info.st_uid != os.getuid():
                    return Finding(False, f"{path} belongs to another user.", f"Find out why, and remove {path}.")
                if stat.S_ISSOCK(info.st_mode) and stat.S_IMODE(info.st_mode) & 0o077:
                    return Finding(False, f"{path} can be used by others.", _RESTART)
    return Finding(True, f"{seen:,} files, folders and sockets are yours, in folders that are closed to others.")


PROOFS: tuple[tuple[str, Callable[[Any], Finding], bool], ...] = (
    ("network sockets", check_sockets, True),
    ("libraries", check_libraries, True),
    ("chat model's address", check_address, True),
    ("proxies", check_proxies, True),
    ("cloud models", check_cloud, False),
    ("files and sockets", check_files, True),
    ("news of JupyterLab", check_news, False),
    ("kernels' ports", check_kernels, False),
    ("IPython's history", check_history, False),
    ("command line", check_command_line, False),
)
"""Name, function, and whether a promise is broken when it fails."""

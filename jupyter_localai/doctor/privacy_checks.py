"""Checks of the promises in PRIVACY.md. Each check tests the running system instead of its configuration.

A broken promise makes ``jupyter localai doctor`` exit with status 1.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..paths import below
from ..privacy import peer
from ..privacy.guard import address, is_loopback
from ..service.protocol.wire import Address
from .case import Case, Finding, is_open_to_others
from .exposure_checks import check_command_line, check_history, check_kernels
from .jupyter_checks import check_news

_RESTART = "Restart the engine: jupyter localai engine stop. The next command starts it."
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def check_sockets(case: Case) -> Finding:
    """Whether attempts of the engine and a reader to open a network socket fail."""
    level = case.status.privacy.get("enforcement")
    if level not in ("kernel", "process"):
        if case.status.engine.get("read_only"):
            detail = "The index is read-only. This process searches it and is not cut off from the network."
            return Finding(True, detail)
        return Finding(False, "Nothing cuts the engine off from the network.", _RESTART)
    for who, result in case.tried.items():
        allowed = [
            kind for kind in ("python", "native") if not result.get(kind) and (kind == "python" or level == "kernel")
        ]
        if allowed:
            return Finding(False, f"The {who} could open a network socket from {allowed[0]} code.", _RESTART)
    if case.config.enforce == "kernel" and level != "kernel":
        return Finding(
            False, "The setting enforce requires the operating system, but only the process blocks sockets.", _RESTART
        )
    by = "the operating system, also for native code" if level == "kernel" else "the process, for its Python code only"
    return Finding(True, f"The engine and a reader tried to open network sockets and were blocked by {by}.")


def check_libraries(case: Case) -> Finding:
    """Whether libraries in the engine are set to stay offline."""
    if not case.tried["engine"].get("offline"):
        return Finding(False, "Libraries in the engine are not set to stay offline.", _RESTART)
    return Finding(True, "The libraries in the engine are set to call no hub and send no reports.")


def check_address(case: Case) -> Finding:
    """Whether the chat model's address is on this machine, whose server is there, and how much data went there."""
    where = address(case.config.ollama_host, case.config.allow_hosts)
    counted = case.status.privacy.get("chat_model") or {}
    passed = _passed(counted)
    if is_loopback(urlsplit(where).hostname):
        return _whose(where, case.config.allow_users, bool(counted.get("unknown")), passed)
    return Finding(True, f"{where} is another machine: questions go there, as the setting allow_hosts permits{passed}.")


def _passed(counted: Mapping[str, Any]) -> str:
    if not counted:
        return ""
    connections = f"{counted['connections']:,} connection{'' if counted['connections'] == 1 else 's'}"
    sent, received = f"{counted['sent']:,} bytes sent", f"{counted['received']:,} received"
    return f"; {connections}, {sent} and {received} since the engine started"


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


def check_shared_server(case: Case) -> Finding:
    """Whether the server of shared collections proves whose it is and takes the token, and how much data went there."""
    if not case.config.shared_host:
        return Finding(True, "No server of shared collections is named; none is contacted.")
    reply = case.shared_server
    counted = {key: value for key, value in (case.status.privacy.get("shared") or {}).items() if key != "address"}
    return Finding(
        True,
        f"{reply.address} is a Chroma server and takes the token; it answered in {1000 * reply.seconds:,.0f} ms"
        f"{_passed(counted)}.",
    )


def check_proxies(case: Case) -> Finding:
    """Whether the environment names proxies; requests to the chat model never use them."""
    named = [name for name in _PROXIES if os.environ.get(name)]
    if not named:
        return Finding(True, "The environment names no proxy.")
    return Finding(True, f"{', '.join(named)}: set, but not used for the chat model.")


def check_cloud(case: Case) -> Finding:
    """Whether Ollama lists models that run on another machine, and may use them; we never do."""
    models = case.models
    remote = [model.name for model in models.models if model.remote]
    listed = (
        f"Never used, because they run on another machine: {', '.join(remote)}."
        if remote
        else "Ollama has no model that runs on another machine."
    )
    if models.cloud_off is None:
        return Finding(True, listed)
    if models.cloud_off:
        return Finding(True, f"{listed} Ollama's cloud is off.")
    return Finding(True, f"{listed} Ollama's cloud is on for other programs; OLLAMA_NO_CLOUD=1 turns it off.")


def check_files(case: Case) -> Finding:
    """Whether the store and the sockets' folder belong to this user and are closed to others."""
    store = case.config.store
    if case.status and not hasattr(os, "getuid"):  # the sockets exist only once the engine has answered
        return Finding(True, "This operating system controls who may read which file.")
    where = Address.read(store)
    runtime = where.runtime() if where is not None else None
    seen = 0
    for folder in filter(None, (store, runtime)):
        if is_open_to_others(folder.stat()):
            return Finding(False, f"{folder} is open to other users.", f"Run: chmod 700 {str(folder)!r}.")
        for path in (folder, *below(folder)):
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                info = path.lstat()
                seen += 1
                if info.st_uid != os.getuid():
                    return Finding(False, f"{path} belongs to another user.", f"Find out why, then remove {path}.")
                if stat.S_ISSOCK(info.st_mode) and is_open_to_others(info):
                    return Finding(False, f"{path} is open to other users.", _RESTART)
    return Finding(True, f"{seen:,} files, folders and sockets belong to you, in folders closed to other users.")


PRIVACY_CHECKS: tuple[tuple[str, Callable[[Any], Finding], bool], ...] = (
    ("network sockets", check_sockets, True),
    ("libraries", check_libraries, True),
    ("chat model's address", check_address, True),
    ("shared server", check_shared_server, False),
    ("proxies", check_proxies, True),
    ("cloud models", check_cloud, False),
    ("files and sockets", check_files, True),
    ("news of JupyterLab", check_news, False),
    ("kernels' ports", check_kernels, False),
    ("IPython's history", check_history, False),
    ("command line", check_command_line, False),
)
"""Name, function, and whether a failure breaks a promise."""

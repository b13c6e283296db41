"""The doctor: runs all checks and returns a diagnosis.

A check is a function that takes a `Case` and returns a `Finding`, or raises. A failure of one check does not stop the
others.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import __version__
from ..config import OLLAMA_EMBEDDER, Config, config_file, resolve
from ..embed.weights import PACKAGE_SHA256
from ..embed.weights import find as find_weights
from ..errors import LocalAIError, PrivacyError
from ..index.place import NETWORK_DISKS, disk_kind
from ..privacy.guard import address, is_loopback
from ..privacy.trust import exposed_parent
from ..results.reports import Check, Diagnosis, ModelInfo, Models, Progress, Status
from ..results.servers import ServerReply
from ..service.client.sync_client import Client, connect
from .case import Finding, Lab, is_open_to_others
from .jupyter_checks import INSTALL, check_lab_extension, check_server_extension
from .missing_panel import NAME
from .privacy_checks import PRIVACY_CHECKS

LIBRARIES = ("chromadb", "lxml", "numpy", "onnx", "onnxruntime", "pypdfium2", "sentence_transformers", "tokenizers")
LEAST_FREE_BYTES = 500 * 2**20


class _Missing(Exception):
    """A fact is not available; the check named `of` reports why."""

    def __init__(self, of: str, cause: Exception) -> None:
        super().__init__(of)
        self.of = of
        self.cause = cause


class Case:
    """Fetches each fact once, and remembers the error when that fails."""

    def __init__(
        self, settings: dict[str, Any], progress: Callable[[Progress], None] | None, lab: Lab | None = None
    ) -> None:
        self.lab = lab
        self._settings = settings
        self._progress = progress
        self._fetched: dict[str, tuple[Any, _Missing | None]] = {}
        self._ai: Client | None = None

    @property
    def config(self) -> Config:
        """The settings."""
        config: Config = self._once("settings", lambda: resolve(self._settings))
        return config

    @property
    def status(self) -> Status:
        """The status that the engine reports; starts an engine if none is running."""
        status: Status = self._once("engine", lambda: self._connected().status())
        return status

    @property
    def models(self) -> Models:
        """The models of Ollama, fetched through the engine."""
        models: Models = self._once("ollama", lambda: self._connected().models() if self.status else None)
        return models

    @property
    def tried(self) -> dict[str, Any]:
        """The results of `privacy.tried` in the engine and in a reader."""
        check = "network sockets"
        tried: dict[str, Any] = self._once(check, lambda: self._connected().tried() if self.status else None)
        return tried

    @property
    def shared_server(self) -> ServerReply:
        """What the server of shared collections answers the engine."""
        name = "shared server"
        reply: ServerReply = self._once(name, lambda: self._connected().shared_server() if self.status else None)
        return reply

    def close(self) -> None:
        """Close the connection to the engine."""
        if self._ai is not None:
            self._ai.close()

    def _connected(self) -> Client:
        if self._ai is None:
            settings = {**self._settings, "store": self.config.store}
            self._ai = connect(progress=self._progress, **settings)
        return self._ai

    def _once(self, name: str, fetch: Callable[[], Any]) -> Any:
        if name not in self._fetched:
            try:
                self._fetched[name] = (fetch(), None)
            except _Missing as error:
                self._fetched[name] = (None, error)
            except Exception as error:
                self._fetched[name] = (None, _Missing(name, error))
        value, missing = self._fetched[name]
        if missing is not None:
            raise missing
        return value


def check_version(case: Case) -> Finding:
    """Whether the package and its required libraries are installed."""
    if __version__ == "unknown":
        return Finding(False, "The installation of the package is incomplete.", INSTALL)
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        return Finding(False, f"{NAME} {__version__} lacks {', '.join(missing)}.", INSTALL)
    return Finding(True, f"{NAME} {__version__}, Python {platform.python_version()}, {platform.system()}.")


def check_settings(case: Case) -> Finding:
    """Whether the settings from all sources are valid."""
    assert case.config
    file = config_file()
    return Finding(
        True, f"Read from {file}." if file.is_file() else f"Defaults and environment variables; {file} does not exist."
    )


def check_store(case: Case) -> Finding:
    """Whether the store is private, on a local disk, and has free space."""
    store = case.config.store
    there = next(folder for folder in (store, *store.parents) if folder.exists())
    if not there.is_dir():
        return Finding(False, f"{there} is not a folder.", "Move it elsewhere, or set LOCALAI_STORE to another folder.")
    if (kind := disk_kind(there)) in NETWORK_DISKS:
        return Finding(
            False, f"{store} is on a network disk ({kind}).", "Set LOCALAI_STORE to a folder on a local disk."
        )
    if not os.access(there, os.W_OK | os.X_OK):
        remedy = "Check its permissions, or set LOCALAI_STORE to another folder."
        return Finding(False, f"{there} is not writable; the index can only be searched.", remedy)
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:,.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Finding(False, f"{store} is almost full: {room}.", "Free space on its disk.")
    if there != store:
        return Finding(True, f"{store} will be created on first use; {room}.")
    if why := _open_to_others(store):
        return Finding(False, f"{store} {why}.", f"Run: chmod 700 {str(store)!r}.")
    if exposed := exposed_parent(store):
        remedy = f"Run: chmod go-w {str(exposed)!r}, or set LOCALAI_STORE to a folder in your home."
        return Finding(False, f"Other users can replace the store, since they can change {exposed}.", remedy)
    return Finding(True, f"{store}, readable only by you, on a local disk; {room}.")


def check_weights(case: Case) -> Finding:
    """Whether the embedding model is on this machine with the expected checksum."""
    name = case.config.embedder
    if name.startswith(OLLAMA_EMBEDDER):
        wanted = name.removeprefix(OLLAMA_EMBEDDER)
        known = [model.name for model in case.models.models]
        if {wanted, f"{wanted}:latest"} & set(known):
            return Finding(True, f"{wanted}, served by Ollama.")
        return Finding(False, f"Ollama does not have {wanted}.", f"Download it: jupyter localai models pull {wanted}.")
    found = find_weights(name)
    known_sum = " as expected" if found.sha256 == PACKAGE_SHA256 else ""
    return Finding(True, f"{found.name} in {found.folder}, SHA-256 {found.sha256[:12]}…{known_sum}.")


def check_engine(case: Case) -> Finding:
    """Whether the engine starts, answers, and has this version."""
    engine = case.status.engine
    theirs, ours = engine.get("version"), __version__
    if engine.get("read_only"):
        return Finding(True, "The index is read-only; this process searches it.")
    if theirs != ours:
        remedy = "Stop it: jupyter localai engine stop. The next command starts a new one."
        return Finding(False, f"The engine has version {theirs}, but {ours} is installed.", remedy)
    return Finding(True, f"Version {theirs} answers (process {engine.get('pid')}).")


def check_ollama(case: Case) -> Finding:
    """Whether Ollama answers at the configured address."""
    where = address(case.config.ollama_host, case.config.allow_hosts)
    models = case.models
    return Finding(True, f"Version {models.version} answers at {where}, with {len(models.models)} models.")


def check_chat_model(case: Case) -> Finding:
    """Whether this machine has a chat model that fits."""
    models, wanted = case.models, case.config.model
    usable = [model for model in models.models if model.chats and not model.remote]
    suggested = f"Download one: jupyter localai models pull {models.suggestions[0].name}." if models.suggestions else ""
    if wanted:
        named: list[ModelInfo] = [model for model in usable if model.name in (wanted, f"{wanted}:latest")]
        if not named:
            return Finding(False, f"The setting model names {wanted}, but Ollama has no such chat model.", suggested)
        usable = named
    fitting = [model for model in usable if model.fits]
    if not fitting:
        have = f"{usable[0].name} needs more memory than this machine has" if usable else "Ollama has none"
        return Finding(False, f"No chat model is usable: {have}.", suggested)
    best = max(fitting, key=lambda model: model.bytes)
    return Finding(True, f"{best.name} fits this machine ({best.memory_bytes / 1e9:,.1f} GB).")


SETUP: tuple[tuple[str, Callable[[Case], Finding], bool], ...] = (
    ("version", check_version, True),
    ("settings", check_settings, True),
    ("store", check_store, True),
    ("engine", check_engine, True),
    ("weights", check_weights, True),
    ("ollama", check_ollama, False),
    ("chat model", check_chat_model, False),
    ("lab extension", check_lab_extension, False),
    ("server extension", check_server_extension, False),
)
"""Name, function, and whether the check is required: search and extractive answers need no Ollama and no panel."""
CHECKS = (*SETUP, *PRIVACY_CHECKS)


def doctor(
    store: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    lab: Lab | None = None,
    **settings: Any,
) -> Diagnosis:
    """Run all checks and return their results with remedies. Raises nothing.

    Parameters
    ----------
    store : path, optional
        As for `service.client.sync_client.connect`, and so are the settings.
    progress : callable, optional
        Called with a `Progress` while the engine starts.
    lab : Lab, optional
        Passed by a Jupyter server that runs the checks.
    **settings
        Any field of `config.Config`.
    """
    case = Case({**settings, "store": store}, progress, lab)
    promises = {name for name, *_ in PRIVACY_CHECKS}
    checks = tuple(_run_check(name, check, needed, name in promises, case) for name, check, needed in CHECKS)
    try:
        enforcement = str(case.status.privacy.get("enforcement"))
    except _Missing:
        enforcement = "unknown"
    case.close()
    ok = all(check.ok or not check.needed for check in checks)
    return Diagnosis(ok, checks, enforcement, _elsewhere(case))


def _run_check(name: str, check: Callable[[Case], Finding], needed: bool, promise: bool, case: Case) -> Check:
    try:
        found = check(case)
    except _Missing as missing:
        found = _finding_of(missing.cause) if missing.of == name else Finding(False, "Unknown.", f"See {missing.of}.")
    except Exception as error:
        found = _finding_of(error)
    return Check(name, found.ok, found.detail, found.remedy, needed, promise)


def _elsewhere(case: Case) -> str | None:
    """Return the chat model's address if the settings allow one on another machine."""
    try:
        where = address(case.config.ollama_host, case.config.allow_hosts)
    except (_Missing, PrivacyError):
        return None
    return None if is_loopback(urlsplit(where).hostname) else where


def _finding_of(error: Exception) -> Finding:
    if isinstance(error, LocalAIError):
        return Finding(False, error.message, error.remedy)
    return Finding(False, f"The check failed ({type(error).__name__}: {str(error)[:200]}).", INSTALL)


def _open_to_others(folder: Path) -> str:
    """Return why other users can enter a folder, empty if they cannot; files in a closed folder are closed, too."""
    if not hasattr(os, "getuid"):
        return ""
    info = folder.stat()
    if info.st_uid != os.getuid():
        return "belongs to another user"
    return "is open to other users" if is_open_to_others(info) else ""

"""What is well and what is not, tried for real: a list of checks, each in a line with its remedy.

A check is a function that takes a `Case` and returns a `Finding`, or raises. Nothing that one does stops the others.
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
from ..results.reports import Check, Diagnosis, ModelInfo, Models, Progress, Status
from ..service.client.sync_client import Client, connect
from .case import Finding, Lab, is_open_to_others
from .jupyter_checks import INSTALL, NAME, check_lab_extension, check_server_extension
from .privacy_checks import PROOFS

LIBRARIES = ("chromadb", "lxml", "numpy", "onnx", "onnxruntime", "pypdfium2", "sentence_transformers", "tokenizers")
LEAST_FREE_BYTES = 500 * 2**20


class _Missing(Exception):
    """What a check looks at cannot be had; the check of the name `of` tells why."""

    def __init__(self, of: str, cause: Exception) -> None:
        super().__init__(of)
        self.of = of
        self.cause = cause


class Case:
    """What the checks look at. It is fetched once, and so is the reason why it cannot be."""

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
        """What the engine tells of itself, after it was started if there was none."""
        status: Status = self._once("engine", lambda: self._connected().status())
        return status

    @property
    def models(self) -> Models:
        """What Ollama has, by way of the engine."""
        models: Models = self._once("ollama", lambda: self._connected().models() if self.status else None)
        return models

    @property
    def tried(self) -> dict[str, Any]:
        """What `privacy.tried` tells in the engine and in a reader."""
        way = "network sockets"
        told: dict[str, Any] = self._once(way, lambda: self._connected().tried() if self.status else None)
        return told

    def close(self) -> None:
        """Let go of the engine."""
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
    """Whether the package and the libraries it cannot do without are installed."""
    if __version__ == "unknown":
        return Finding(False, "The package's own files are not installed completely.", INSTALL)
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        return Finding(False, f"{NAME} {__version__} lacks {', '.join(missing)}.", INSTALL)
    return Finding(True, f"{NAME} {__version__}, Python {platform.python_version()}, {platform.system()}.")


def check_settings(case: Case) -> Finding:
    """Whether the settings are valid, wherever they stand."""
    assert case.config
    file = config_file()
    return Finding(True, f"{file} is read." if file.is_file() else f"Defaults and environment; there is no {file}.")


def check_store(case: Case) -> Finding:
    """Whether the store is private, on a disk of this machine, and has room."""
    store = case.config.store
    there = next(folder for folder in (store, *store.parents) if folder.exists())
    if not there.is_dir():
        return Finding(False, f"{there} is not a folder.", "Move it away, or set LOCALAI_STORE to another folder.")
    if (kind := disk_kind(there)) in NETWORK_DISKS:
        return Finding(False, f"{store} lies on a network disk ({kind}).", "Set LOCALAI_STORE to one of this machine.")
    if not os.access(there, os.W_OK | os.X_OK):
        remedy = "Check its permissions, or set LOCALAI_STORE to another folder."
        return Finding(False, f"{there} cannot be written; what is indexed can be searched.", remedy)
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:,.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Finding(False, f"{store} has little room left: {room}.", "Make room on its disk.")
    if there != store:
        return Finding(True, f"{store} is made when it is first used; {room}.")
    if why := _open_to_others(store):
        return Finding(False, f"{store} {why}.", f"Run: chmod 700 {str(store)!r}.")
    return Finding(True, f"{store}, readable by you alone, on a disk of this machine; {room}.")


def check_weights(case: Case) -> Finding:
    """Whether the embedding model is on this machine, and is what it should be."""
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
    """Whether the engine starts, answers, and is of this version."""
    engine = case.status.engine
    theirs, ours = engine.get("version"), __version__
    if engine.get("read_only"):
        return Finding(True, "The index can only be read; it is searched in this process.")
    if theirs != ours:
        remedy = "Stop it: jupyter localai engine stop. The next command starts a new one."
        return Finding(False, f"The engine is of version {theirs}, this is {ours}.", remedy)
    return Finding(True, f"Version {theirs} answers (process {engine.get('pid')}).")


def check_ollama(case: Case) -> Finding:
    """Whether Ollama answers where it should, on this machine."""
    where = address(case.config.ollama_host, case.config.allow_hosts)
    models = case.models
    return Finding(True, f"Version {models.version} answers at {where}, with {len(models.models)} models.")


def check_chat_model(case: Case) -> Finding:
    """Whether there is a chat model that answers questions on this machine."""
    models, wanted = case.models, case.config.model
    usable = [model for model in models.models if model.chats and not model.remote]
    suggested = f"Download one: jupyter localai models pull {models.suggestions[0].name}." if models.suggestions else ""
    if wanted:
        named: list[ModelInfo] = [model for model in usable if model.name in (wanted, f"{wanted}:latest")]
        if not named:
            return Finding(False, f"Ollama has no chat model {wanted}, which is the setting.", suggested)
        usable = named
    fitting = [model for model in usable if model.fits]
    if not fitting:
        have = f"{usable[0].name} needs more memory than there is" if usable else "Ollama has none"
        return Finding(False, f"No chat model can answer: {have}.", suggested)
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
"""Name, function, and whether it works at all without: searching and extractive answers need no Ollama and no panel."""
CHECKS = (*SETUP, *PROOFS)


def doctor(
    store: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    lab: Lab | None = None,
    **settings: Any,
) -> Diagnosis:
    """Look at everything there is to be right, and tell what is not and what would help. Raises nothing.

    Parameters
    ----------
    store : path, optional
        As for `service.client.sync_client.connect`, and so are the settings.
    progress : callable, optional
        Called with a `Progress` while the engine starts.
    lab : Lab, optional
        Given by a Jupyter server that asks.
    **settings
        Any field of `config.Config`.
    """
    case = Case({**settings, "store": store}, progress, lab)
    promises = {name for name, *_ in PROOFS}
    checks = tuple(_checked(name, check, needed, name in promises, case) for name, check, needed in CHECKS)
    try:
        enforcement = str(case.status.privacy.get("enforcement"))
    except _Missing:
        enforcement = "unknown"
    case.close()
    ok = all(check.ok or not check.needed for check in checks)
    return Diagnosis(ok, checks, enforcement, _elsewhere(case))


def _checked(name: str, check: Callable[[Case], Finding], needed: bool, promise: bool, case: Case) -> Check:
    try:
        found = check(case)
    except _Missing as missing:
        found = _told(missing.cause) if missing.of == name else Finding(False, "Not known.", f"See {missing.of}.")
    except Exception as error:
        found = _told(error)
    return Check(name, found.ok, found.detail, found.remedy, needed, promise)


def _elsewhere(case: Case) -> str | None:
    """Return the chat model's address when that is another machine, which only the settings allow."""
    try:
        where = address(case.config.ollama_host, case.config.allow_hosts)
    except (_Missing, PrivacyError):
        return None
    return None if is_loopback(urlsplit(where).hostname) else where


def _told(error: Exception) -> Finding:
    if isinstance(error, LocalAIError):
        return Finding(False, error.message, error.remedy)
    return Finding(False, f"It could not be looked at ({type(error).__name__}: {str(error)[:200]}).", INSTALL)


def _open_to_others(folder: Path) -> str:
    """Return what lets other users of this machine in; what lies below a closed folder is closed."""
    if not hasattr(os, "getuid"):
        return ""
    info = folder.stat()
    if info.st_uid != os.getuid():
        return "belongs to another user"
    return "can be entered by others" if is_open_to_others(info) else ""

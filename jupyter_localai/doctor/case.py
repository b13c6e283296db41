"""What a check of the doctor is given, and what it returns."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..config import Config
from ..results.reports import Models, Status


class Lab(NamedTuple):
    """What a running Jupyter server knows of its JupyterLab: where the user's and the administrator's settings are."""

    user_settings: Path | None = None
    settings: Path | None = None


class Finding(NamedTuple):
    """What a check found: whether it is well, what there is, and what would help."""

    ok: bool
    detail: str
    remedy: str = ""


def is_open_to_others(info: os.stat_result) -> bool:
    """Whether the file or folder gives any right to the group or to the world."""
    return bool(stat.S_IMODE(info.st_mode) & 0o077)


class Case(Protocol):
    """What the checks look at; each part raises when it cannot be had."""

    @property
    def config(self) -> Config:
        """The settings."""

    @property
    def status(self) -> Status:
        """What the engine tells of itself."""

    @property
    def models(self) -> Models:
        """What Ollama has, by way of the engine."""

    @property
    def tried(self) -> Mapping[str, Mapping[str, Any]]:
        """What `privacy.tried` tells in the engine and in a reader."""

    @property
    def lab(self) -> Lab | None:
        """The server that asks; None when none does, and files tell what is installed."""

"""The input and the result of a check."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..config import Config
from ..results.reports import Models, Status
from ..results.servers import ServerReply


class Lab(NamedTuple):
    """The settings folders of the user and the administrator in a running JupyterLab."""

    user_settings: Path | None = None
    settings: Path | None = None


class Finding(NamedTuple):
    """The result of a check: whether it passed, what was found, and a remedy."""

    ok: bool
    detail: str
    remedy: str = ""


def is_open_to_others(info: os.stat_result) -> bool:
    """Whether the file or folder gives any right to the group or to the world."""
    return bool(stat.S_IMODE(info.st_mode) & 0o077)


class Case(Protocol):
    """The facts that checks examine; each property raises when its fact is not available."""

    @property
    def config(self) -> Config:
        """The settings."""

    @property
    def status(self) -> Status:
        """The status that the engine reports."""

    @property
    def models(self) -> Models:
        """The models of Ollama, fetched through the engine."""

    @property
    def tried(self) -> Mapping[str, Mapping[str, Any]]:
        """The results of `privacy.tried` in the engine and in a reader."""

    @property
    def shared_server(self) -> ServerReply:
        """What the server of shared collections answers the engine."""

    @property
    def lab(self) -> Lab | None:
        """The Jupyter server that runs the checks; None outside of one, where files say what is installed."""

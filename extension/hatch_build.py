"""Builds the JupyterLab panel and puts it into the wheel and the sdist."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PANEL = "jupyter_localai/labextension"
SHARE = "share/jupyter/labextensions/jupyter-localai"
SOURCES = ("src", "style", "schema", "package.json", "package-lock.json", "tsconfig.json")
WITHOUT = "LOCALAI_WITHOUT_PANEL"
REMEDY = f"Install Node.js 20.19, 22.12 or newer with npm and try again, or set {WITHOUT}=1 to go without the panel."


class PanelBuildHook(BuildHookInterface):
    """Put a current panel into what is built, or fail with one thing to do.

    - A panel at least as new as all its sources is used as it is. That is also why an sdist, which
      carries the built panel, needs no Node.js.
    - Otherwise ``npm ci`` and ``npm run build`` make it. What npm installed for that is removed
      again, unless it was there before or the installation is for development.
    - With ``LOCALAI_WITHOUT_PANEL=1``, a wheel is built without the panel: notebook and command line
      work without it. An sdist always carries it, because whoever installs from it may have no
      Node.js.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the panel where needed, then hand it to the wheel as shared data."""
        if self.target_name == "wheel" and os.environ.get(WITHOUT, "") not in ("", "0"):
            return
        extension = Path(self.root, "extension")
        if not is_current(Path(self.root, PANEL, "package.json"), extension):
            modules = extension / "node_modules"
            keep = modules.exists() or version == "editable"
            build(extension)
            if not keep:
                shutil.rmtree(modules, ignore_errors=True)
        if self.target_name == "wheel":
            # Not in pyproject.toml: there a missing folder is an error.
            build_data["shared_data"][PANEL] = SHARE
            build_data["shared_data"]["extension/install.json"] = f"{SHARE}/install.json"


def is_current(panel: Path, extension: Path) -> bool:
    """Tell whether the built panel is at least as new as each of its sources."""
    if not panel.exists():
        return False
    tops = [extension / name for name in SOURCES]
    files = [file for top in tops for file in (top, *top.rglob("*")) if file.is_file()]
    return max(file.stat().st_mtime for file in files) <= panel.stat().st_mtime


def build(extension: Path) -> None:
    """Build the panel from the lock file.

    Raises
    ------
    RuntimeError
        Why that is not possible here, and what to do.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError(f"The JupyterLab panel cannot be built, because Node.js was not found. {REMEDY}")
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    wanted = json.loads((extension / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    if not is_accepted(found, wanted):
        raise RuntimeError(f"The JupyterLab panel cannot be built with Node.js {found}. {REMEDY}")
    # jupyter-builder is a build requirement; its script is not on PATH without build isolation.
    path = os.pathsep.join([os.environ.get("PATH", ""), sysconfig.get_path("scripts")])
    environment = {**os.environ, "PATH": path}
    if subprocess.run([npm, "ci"], cwd=extension, env=environment).returncode:
        raise RuntimeError(
            "npm could not install what builds the JupyterLab panel. `npm ci` in extension/ shows why; "
            f"set {WITHOUT}=1 to go without the panel."
        )
    subprocess.run([npm, "run", "build"], cwd=extension, env=environment, check=True)


def is_accepted(version: str, wanted: str) -> bool:
    """Tell whether a version of Node.js fits a range such as ``^20.19.0 || >=22.12.0``."""
    number = _numbers(version)
    return any(
        number >= (least := _numbers(part)) and (">" in part or number[:1] == least[:1]) for part in wanted.split("||")
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))

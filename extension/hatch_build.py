"""Builds the JupyterLab panel and puts it into the wheel and the sdist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PANEL = "jupyter_localai/labextension"
SHARE = "share/jupyter/labextensions/jupyter-localai"
SOURCES = ("src", "style", "schema", "package.json", "package-lock.json", "tsconfig.json")


class PanelBuildHook(BuildHookInterface):
    """Put a current panel into what is built, or say in one line why it is missing.

    - A panel at least as new as all its sources is used as it is. That is also why an sdist, which
      carries the built panel, needs no Node.js.
    - Otherwise ``npm ci`` and ``npm run build`` make it. Code that does not compile fails the
      build.
    - Without a usable Node.js or npm registry, a wheel is built without the panel (or with the
      older one that is there): notebook and command line work without it. An sdist is refused
      instead, because whoever installs from it may have no Node.js.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the panel where needed, then hand it to the wheel as shared data."""
        extension = Path(self.root, "extension")
        panel = Path(self.root, PANEL, "package.json")
        problem = None if is_current(panel, extension) else build(extension)
        if problem and self.target_name == "sdist":
            raise RuntimeError(f"An sdist must carry the JupyterLab panel, but {problem}")
        if problem:
            what = "an older build of it is used" if panel.exists() else "it is left out"
            self.app.display_warning(f"JupyterLab panel: {what}, because {problem}")
        if self.target_name == "wheel" and panel.exists():
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


def build(extension: Path) -> str | None:
    """Build the panel from the lock file; return why it was not possible here, None when it was."""
    node, npm = shutil.which("node"), shutil.which("npm")
    remedy = "Install Node.js 22.12 or newer with npm (https://nodejs.org) and install again."
    if node is None or npm is None:
        return f"Node.js was not found. {remedy}"
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    number = tuple(int(part) for part in found.strip().lstrip("v").split("-")[0].split("."))
    if not ((20, 19) <= number < (21,) or number >= (22, 12)):
        return f"Node.js {found.strip()} is too old. {remedy}"
    # jupyter-builder is a build requirement; its script is not on PATH without build isolation.
    path = os.pathsep.join([os.environ.get("PATH", ""), sysconfig.get_path("scripts")])
    environment = {**os.environ, "PATH": path}
    if subprocess.run([npm, "ci"], cwd=extension, env=environment).returncode:
        return "npm could not install what builds it. `npm ci` in extension/ shows why."
    subprocess.run([npm, "run", "build"], cwd=extension, env=environment, check=True)
    return None

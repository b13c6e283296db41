"""Checks of the doctor about Jupyter: whether it loads both halves of the panel, and whether it looks for news."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case, Finding

NAME = "jupyter-localai"
INSTALL = f"Install it again: pip install --force-reinstall {NAME}."
SERVER_EXTENSION = "jupyter_localai"
_NEWS = "@jupyterlab/apputils-extension:announcements"
_CHOICE = "@jupyterlab/apputils-extension:notification"


def check_lab_extension(case: Case) -> Finding:
    """Whether the panel is where JupyterLab looks for it, and switched on."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    found = [Path(folder) / NAME for folder in jupyter_path("labextensions") if (Path(folder) / NAME).is_dir()]
    if not found:
        remedy = f"Install {NAME} where JupyterLab is, from a wheel: building the panel needs Node.js."
        return Finding(False, "JupyterLab's panel is not installed in this environment.", remedy)
    if not (found[0] / "package.json").is_file():
        return Finding(False, f"JupyterLab's panel in {found[0]} is incomplete.", INSTALL)
    for folder in jupyter_config_path():
        disabled = _json(Path(folder) / "labconfig" / "page_config.json").get("disabledExtensions", {})
        if isinstance(disabled, dict):
            disabled = [name for name, off in disabled.items() if off]
        if NAME in disabled:
            return Finding(
                False, f"The panel is switched off in {folder}.", f"Run: jupyter labextension enable {NAME}."
            )
    return Finding(True, f"The panel is in {found[0]}.")


def check_server_extension(case: Case) -> Finding:
    """Whether Jupyter's server is told to load our extension, which the panel talks to."""
    if case.lab is not None:
        return Finding(True, "The Jupyter server that asks has loaded it.")
    told = next(_server_settings(), None)
    remedy = f"Run: jupyter server extension enable {SERVER_EXTENSION}."
    if told is None:
        return Finding(False, "Jupyter's server is not told of the extension in this environment.", remedy)
    file, on = told
    return Finding(on, f"Jupyter's server {'loads' if on else 'does not load'} it, says {file}.", "" if on else remedy)


def check_news(case: Case) -> Finding:
    """Whether JupyterLab itself looks for news and updates on the net."""
    if importlib.util.find_spec("jupyterlab") is None:
        return Finding(True, "JupyterLab is not installed in this environment.")
    off = _news_are_off(case)
    if off:
        return Finding(True, f"JupyterLab itself does not look for news and updates, says {off}.")
    how = f"To switch that off: jupyter labextension disable {_NEWS}."
    return Finding(True, f"JupyterLab itself may look for news and updates on the net. {how}")


def _news_are_off(case: Case) -> Path | None:
    """Return the file that says so."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_config_path

    for folder in jupyter_config_path():
        page = Path(folder) / "labconfig" / "page_config.json"
        disabled = _json(page).get("disabledExtensions", ())
        names = [name for name, is_off in disabled.items() if is_off] if isinstance(disabled, dict) else disabled
        if {_NEWS, _NEWS.split(":")[0]} & set(names):
            return page
    lab = case.lab
    everyones = (lab and lab.settings) or Path(sys.prefix, "share", "jupyter", "lab", "settings")
    mine = (lab and lab.user_settings) or Path(jupyter_config_dir(), "lab", "user-settings")
    plugin, name = _CHOICE.split(":")
    chosen: dict[str, str] = {}
    where: Path | None = None
    for file in (everyones / "overrides.json", mine / plugin / f"{name}.jupyterlab-settings"):
        said = _said(file, named=file.name == "overrides.json")
        if said:
            chosen, where = {**chosen, **said}, file
    return where if chosen == {"checkForUpdates": "false", "fetchNews": "false"} else None


def _said(file: Path, named: bool) -> dict[str, str]:
    """Return what a settings file, JSON with comments, says of news; those of several plugins have them `named`."""
    text = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = file.read_text(encoding="utf-8")
    if named:
        text = text.partition(f'"{_CHOICE}"')[2].partition("}")[0]
    return dict(re.findall(r'"(checkForUpdates|fetchNews)"\s*:\s*"?(\w+)', text))


def _server_settings() -> Iterator[tuple[Path, bool]]:
    """Yield the files that tell Jupyter's server whether to load our extension, the one that counts first."""
    from jupyter_core.paths import jupyter_config_path

    for folder in map(Path, jupyter_config_path()):
        parts = sorted((folder / "jupyter_server_config.d").glob("*.json"), reverse=True)
        for file in (folder / "jupyter_server_config.json", *parts):
            server = _json(file).get("ServerApp")
            known = server.get("jpserver_extensions") if isinstance(server, dict) else None
            if isinstance(known, dict) and SERVER_EXTENSION in known:
                yield file, bool(known[SERVER_EXTENSION])


def _json(file: Path) -> dict[str, Any]:
    """Return a settings file of Jupyter's; nothing when it is not there or not one."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}

"""Checks of Jupyter: whether it loads the panel and the server extension, and whether it fetches news."""

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
from .missing_panel import INSTALL_PANEL, MISSING, NAME, panel_folder

INSTALL = f"Reinstall it: pip install --force-reinstall {NAME}."
SERVER_EXTENSION = "jupyter_localai"
_NEWS = "@jupyterlab/apputils-extension:announcements"
_CHOICE = "@jupyterlab/apputils-extension:notification"


def check_lab_extension(case: Case) -> Finding:
    """Whether the panel is installed where JupyterLab finds it, and enabled."""
    from jupyter_core.paths import jupyter_config_path

    found = panel_folder()
    if found is None:
        return Finding(False, MISSING, INSTALL_PANEL)
    if not (found / "package.json").is_file():
        return Finding(False, f"The JupyterLab panel in {found} is incomplete.", INSTALL)
    for folder in jupyter_config_path():
        disabled = _json(Path(folder) / "labconfig" / "page_config.json").get("disabledExtensions", {})
        if isinstance(disabled, dict):
            disabled = [name for name, off in disabled.items() if off]
        if NAME in disabled:
            return Finding(False, f"The panel is disabled in {folder}.", f"Run: jupyter labextension enable {NAME}.")
    return Finding(True, f"The panel is in {found}.")


def check_server_extension(case: Case) -> Finding:
    """Whether the Jupyter server is configured to load our extension, which the panel needs."""
    if case.lab is not None:
        return Finding(True, "This Jupyter server has loaded it.")
    setting = next(_server_settings(), None)
    remedy = f"Run: jupyter server extension enable {SERVER_EXTENSION}."
    if setting is None:
        return Finding(False, "No configuration in this environment enables the server extension.", remedy)
    file, on = setting
    return Finding(on, f"{file} {'enables' if on else 'disables'} it.", "" if on else remedy)


def check_news(case: Case) -> Finding:
    """Whether JupyterLab itself fetches news and updates from the network."""
    if importlib.util.find_spec("jupyterlab") is None:
        return Finding(True, "JupyterLab is not installed in this environment.")
    off = _news_disabled_in(case)
    if off:
        return Finding(True, f"JupyterLab fetches no news and updates, as set in {off}.")
    remedy = f"To switch that off, run: jupyter labextension disable {_NEWS}."
    return Finding(False, "JupyterLab itself may fetch news and updates from the network.", remedy)


def _news_disabled_in(case: Case) -> Path | None:
    """Return the file that disables news and updates; None if nothing does."""
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
        read = _news_settings(file, named=file.name == "overrides.json")
        if read:
            chosen, where = {**chosen, **read}, file
    return where if chosen == {"checkForUpdates": "false", "fetchNews": "false"} else None


def _news_settings(file: Path, named: bool) -> dict[str, str]:
    """Return the news settings in a file, JSON with comments; in a `named` file they are below the plugin's name."""
    text = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = file.read_text(encoding="utf-8")
    if named:
        text = text.partition(f'"{_CHOICE}"')[2].partition("}")[0]
    return dict(re.findall(r'"(checkForUpdates|fetchNews)"\s*:\s*"?(\w+)', text))


def _server_settings() -> Iterator[tuple[Path, bool]]:
    """Yield the files that enable or disable the server extension, in order of precedence."""
    from jupyter_core.paths import jupyter_config_path

    for folder in map(Path, jupyter_config_path()):
        parts = sorted((folder / "jupyter_server_config.d").glob("*.json"), reverse=True)
        for file in (folder / "jupyter_server_config.json", *parts):
            server = _json(file).get("ServerApp")
            known = server.get("jpserver_extensions") if isinstance(server, dict) else None
            if isinstance(known, dict) and SERVER_EXTENSION in known:
                yield file, bool(known[SERVER_EXTENSION])


def _json(file: Path) -> dict[str, Any]:
    """Return the contents of a Jupyter settings file; empty if it is missing or malformed."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}

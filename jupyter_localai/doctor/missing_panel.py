"""Says once that the JupyterLab panel is missing, to whoever has JupyterLab beside this package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NAME = "jupyter-localai"
MISSING = "The JupyterLab panel is not installed in this environment."
USUAL_FOLDER = Path(sys.prefix, "share", "jupyter", "labextensions", NAME)
INSTALL_PANEL = f"Install {NAME} from a wheel in JupyterLab's environment; building the panel needs Node.js."


def panel_folder() -> Path | None:
    """Return the folder where JupyterLab finds the panel."""
    if USUAL_FOLDER.is_dir():
        return USUAL_FOLDER
    from jupyter_core.paths import jupyter_path  # asks the system for the user's name

    folders = (Path(folder) / NAME for folder in jupyter_path("labextensions"))
    return next((folder for folder in folders if folder.is_dir()), None)


def note() -> str:
    """Return what to say, the first time only; empty when there is nothing to say."""
    if importlib.util.find_spec("jupyterlab") is None:
        return ""
    said = _memory()
    if panel_folder() is not None:
        said.unlink(missing_ok=True)
        return ""
    try:
        said.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        said.touch(mode=0o600, exist_ok=False)
    except OSError:  # it was said, or cannot be remembered
        return ""
    return f"{MISSING} Everything else works. {INSTALL_PANEL}"


def _memory() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("jupyter-localai") / "panel-is-missing"

"""The example documents, which the demo and the trial of models read."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigError


def corpus() -> Path:
    """Return the folder of the example documents: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples", package.parent / "examples" / "corpus"):
        if folder.is_dir():
            return folder
    raise ConfigError("The example documents are missing.", "Reinstall the package.")

"""A copy of the example documents where JupyterLab shows it, so that what is cited can be opened."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...errors import ConfigError
from ..examples import corpus
from .places import Places

FOLDER = "localai-examples"


def copied(places: Places) -> str:
    """Copy the example documents below the server's root; return the folder's contents-API path.

    A file that is there already stays as it is.

    Raises
    ------
    PrivacyError
        ``path_outside`` where the server shows no files of this machine.
    ConfigError
        ``examples_not_copied``
    """
    folder = Path(places.resolve(FOLDER))
    try:
        folder.mkdir(exist_ok=True)
        for file in sorted(corpus().iterdir()):
            if not (folder / file.name).exists():
                shutil.copyfile(file, folder / file.name)
    except OSError as error:
        raise ConfigError(
            f"The example documents could not be copied into the folder that JupyterLab shows ({error.strerror}).",
            "Start JupyterLab in a folder that you can write to.",
            code="examples_not_copied",
        ) from None
    return FOLDER

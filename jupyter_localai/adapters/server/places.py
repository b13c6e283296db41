"""Which files the panel may name, and how the contents API calls a file."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import PrivacyError, UsageError

_REMEDY = (
    "Name something in the folder the Jupyter server shows, or list its folder in the server's configuration: "
    'c.JupyterLocalAI.folders = ["/data/papers"].'
)


class Places:
    """Folders whose documents may be indexed and forgotten.

    Parameters
    ----------
    root : str, optional
        What the server shows, the root of the contents API; None when it shows no files of this machine.
    folders : sequence of str
        Those that the user's configuration lists.
    """

    def __init__(self, root: str | None, folders: Sequence[str] = ()) -> None:
        self.root = None if root is None else os.path.realpath(os.path.expanduser(root))
        self._folders = [os.path.realpath(os.path.expanduser(folder)) for folder in folders]

    def resolve(self, path: str) -> str:
        """Return the file or folder that a path means, without symbolic links; it need not exist.

        Parameters
        ----------
        path : str
            Of the contents API; or absolute, in one of the listed folders.

        Raises
        ------
        UsageError
            ``wrong_path`` when it is not written as a path.
        PrivacyError
            ``path_outside`` when it lies, or leads, elsewhere.
        """
        _check_form(path)
        absolute = path.startswith("/") or os.path.isabs(path)
        if ".." in path.split("/") or (self.root is None and not absolute):
            raise _outside(path)
        real = os.path.realpath(path if absolute else os.path.join(self.root or "", *path.split("/")))
        allowed = self._folders if absolute or self.root is None else [self.root, *self._folders]
        if not any(Path(real).is_relative_to(folder) for folder in allowed):
            raise _outside(path)
        return real


def with_contents(value: Any, root: str | None) -> Any:
    """Return JSON in which every object with an absolute ``path`` below `root` has its ``contents``, too.

    That is the path by which JupyterLab opens the file: relative to `root`, with ``/``.
    """
    if isinstance(value, list):
        return [with_contents(item, root) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_contents(item, root) for name, item in value.items()}
    path = value.get("path")
    if root is not None and isinstance(path, str) and os.path.isabs(path):
        normal = Path(os.path.normpath(path))
        if normal.is_relative_to(root):
            inside = normal.relative_to(root).as_posix()
            found["contents"] = "" if inside == "." else inside
    return found


def _check_form(path: str) -> None:
    problem = None
    if any(ord(character) < 32 for character in path) or not _is_unicode(path):
        problem = "has characters that no path has"
    elif "\\" in path:
        problem = "has a backslash"
    elif ntpath.splitdrive(path)[0] and not os.path.isabs(path):
        problem = "names a drive"
    if problem:
        raise UsageError(
            f"The path {path!r} {problem}.", "Write it with / from the server's folder.", code="wrong_path"
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _outside(path: str) -> PrivacyError:
    return PrivacyError(f"The path {path!r} is outside of what this server may use.", _REMEDY, code="path_outside")

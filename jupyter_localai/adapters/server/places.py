"""The files that the panel may use, and their contents-API paths."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import PrivacyError, UsageError

_REMEDY = (
    "Choose a path in the folder that the Jupyter server shows, or add its folder to the server's configuration: "
    'c.JupyterLocalAI.folders = ["/data/papers"].'
)
_HIDDEN_REMEDY = (
    "Choose a path that the file browser shows, or allow hidden files: c.ContentsManager.allow_hidden = True."
)


class Places:
    """The folders that the panel may index and forget.

    Parameters
    ----------
    root : str, optional
        The root of the contents API; None if the server shows no files of this machine.
    folders : sequence of str
        The folders in the user's configuration; relative paths are ignored.
    hidden : bool
        Whether the server shows hidden files and folders; otherwise they may not be used.
    """

    def __init__(self, root: str | None, folders: Sequence[str] = (), hidden: bool = False) -> None:
        self._hidden = hidden
        self.root = None if root is None else os.path.realpath(os.path.expanduser(root))
        named = map(os.path.expanduser, folders)
        self._folders = [os.path.realpath(folder) for folder in named if os.path.isabs(folder)]

    def resolve(self, path: str) -> str:
        """Return the real path of a file or folder, which need not exist.

        Parameters
        ----------
        path : str
            A contents-API path or an absolute path.

        Raises
        ------
        UsageError
            ``wrong_path`` for a malformed path.
        PrivacyError
            ``path_outside`` for a path outside these folders; ``path_hidden`` for a hidden one.
        """
        _check_form(path)
        absolute = path.startswith("/") or os.path.isabs(path)
        if ".." in path.replace(os.sep, "/").split("/") or (self.root is None and not absolute):
            raise _outside(path)
        real = Path(os.path.realpath(path if absolute else os.path.join(self.root or "", *path.split("/"))))
        above = [folder for folder in (self.root, *self._folders) if folder is not None and real.is_relative_to(folder)]
        if not above:
            raise _outside(path)
        if not self._hidden and all(_is_hidden(real.relative_to(folder)) for folder in above):
            raise PrivacyError(f"The path {path!r} is hidden.", _HIDDEN_REMEDY, code="path_hidden")
        return str(real)

    def has(self, path: str) -> bool:
        """Whether the panel may use a file or folder."""
        try:
            self.resolve(path)
        except (UsageError, PrivacyError):
            return False
        return True


def with_contents(value: Any, root: str | None) -> Any:
    """Add ``contents`` to every JSON object with an absolute ``path`` below `root`.

    ``contents`` is the path by which JupyterLab opens the file: relative to `root`, with ``/``. An object with
    ``roots`` also gets ``folders``, the roots that JupyterLab shows.
    """
    if isinstance(value, list):
        return [with_contents(item, root) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: with_contents(item, root) for name, item in value.items()}
    inside = contents_of(value.get("path"), root)
    if inside is not None:
        found["contents"] = inside
    roots = value.get("roots")
    if isinstance(roots, list) and all(isinstance(path, str) for path in roots):
        found["folders"] = [inside for path in roots if (inside := contents_of(path, root)) is not None]
    return found


def contents_of(path: Any, root: str | None) -> str | None:
    """Return the contents-API path of an absolute path; None if it is not below `root` or not a path."""
    if root is None or not isinstance(path, str) or not os.path.isabs(path):
        return None
    normal = Path(os.path.normpath(path))
    if not normal.is_relative_to(root):
        return None
    inside = normal.relative_to(root).as_posix()
    return "" if inside == "." else inside


def _check_form(path: str) -> None:
    problem = None
    if any(ord(character) < 32 for character in path) or not _is_unicode(path):
        problem = "contains invalid characters"
    elif "\\" in path and not (os.sep == "\\" and os.path.isabs(path)):  # as Windows itself names a file
        problem = "contains a backslash"
    elif ntpath.splitdrive(path)[0] and not os.path.isabs(path):
        problem = "names a drive"
    if problem:
        raise UsageError(
            f"The path {path!r} {problem}.", "Write it relative to the server's folder, with /.", code="wrong_path"
        )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _outside(path: str) -> PrivacyError:
    return PrivacyError(
        f"The path {path!r} is outside the folders that this server may use.", _REMEDY, code="path_outside"
    )

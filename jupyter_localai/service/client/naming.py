"""How callers of a client name files, documents and collections, and what the engine gets of that."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence

from ...errors import UsageError

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
Names = str | Sequence[str]


def absolute(paths: Paths) -> list[str]:
    """Return absolute paths, since the engine runs in another folder."""
    named = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return [os.path.abspath(os.path.expanduser(os.fspath(path))) for path in named]


def names(names: Names | None) -> str | list[str] | None:
    return names if names is None or isinstance(names, str) else list(names)


def files(file: Names | None, document: Paths | None) -> str | list[str] | None:
    """Return the globs that limit the documents; a document by its path, where a file is there, else by its name.

    Raises
    ------
    UsageError
        When both are given.
    """
    if document is None:
        return names(file)
    if file is not None:
        raise UsageError("Both a file's glob and a document are given.", "Give one of file and document.")
    named = [document] if isinstance(document, (str, os.PathLike)) else document
    return [glob.escape(_there(os.path.expanduser(os.fspath(path)))) for path in named]


def _there(path: str) -> str:
    return os.path.abspath(path) if os.path.exists(path) else path

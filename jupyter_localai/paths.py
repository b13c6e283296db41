"""How files and folders lie in each other, by their absolute paths without links; and what systems do otherwise."""

from __future__ import annotations

import itertools
import ntpath
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

_HELD_SECONDS = 2.0  # for virus scanners and readers of a moment
_AGAIN_SECONDS = 0.05

_MOST_CHARS, _MOST_PART_BYTES = 4096, 255


def lies_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders, or lies in one."""
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def meet(folders: Iterable[str], paths: Iterable[str]) -> bool:
    """Whether one of the paths lies in one of the folders, or has it."""
    pairs = itertools.product(map(PurePath, folders), [PurePath(path) for path in paths])
    return any(path.is_relative_to(folder) or folder.is_relative_to(path) for folder, path in pairs)


def above(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the nearest first."""
    while (folder := os.path.dirname(path)) != path:
        yield folder
        path = folder


def inside(path: str, root: str) -> str:
    """Return the path of a file relative to the root it lies in, with ``/``; of a root that is a file its name."""
    relative = os.path.basename(path) if path == root else path[len(root.rstrip(os.sep)) + 1 :]
    return relative.replace(os.sep, "/")


def is_relative(path: str) -> bool:
    """Whether a path with ``/`` leads to something inside a folder, and to nowhere else, on any system."""
    parts = path.split("/")
    if not path or len(path) > _MOST_CHARS or "\\" in path or "\0" in path or ntpath.splitdrive(path)[0]:
        return False
    try:
        longest = max(len(part.encode()) for part in parts)
    except UnicodeEncodeError:  # a name of Linux that is no text
        return False
    return longest <= _MOST_PART_BYTES and not any(part in ("", ".", "..") for part in parts)


def below(folder: Path) -> Iterator[Path]:
    """Yield what lies below a folder, folders too; no link is followed, and what is taken away meanwhile left out."""
    for base, folders, files in os.walk(folder):
        yield from (Path(base, name) for name in (*folders, *files))


def real(path: str) -> str:
    """Return an absolute path without links, spelled as the disk has it.

    Where capitals or the form of accents do not count, as on macOS, one file has many spellings; each would be another
    document.
    """
    found = os.path.realpath(path)
    there = found
    while not os.path.lexists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    return found if _capitals_count(there) else _spelled(there) + found[len(there) :]


def _capitals_count(path: str) -> bool:
    try:
        return not os.path.samefile(path, path.swapcase())
    except OSError:  # there is no such file
        return True


def _spelled(path: str) -> str:
    folder, name = os.path.split(path)
    if not name:
        return path
    try:
        names = os.listdir(folder)
        if name not in names:
            name = next(other for other in names if os.path.samefile(os.path.join(folder, other), path))
    except (OSError, StopIteration):  # a folder that may be entered and not listed
        pass
    return os.path.join(_spelled(folder), name)


def replace(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Put a file in the place of another, as `os.replace`; on Windows, wait a moment for who has that one open.

    Raises
    ------
    OSError
    """
    until = time.monotonic() + (_HELD_SECONDS if os.name == "nt" else 0.0)
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
            time.sleep(_AGAIN_SECONDS)

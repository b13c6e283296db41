"""How files and folders lie in each other, by their absolute paths without links."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath


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


def below(folder: Path) -> Iterator[Path]:
    """Yield what lies below a folder, folders too; no link is followed, and what is taken away meanwhile left out."""
    for base, folders, files in os.walk(folder):
        yield from (Path(base, name) for name in (*folders, *files))

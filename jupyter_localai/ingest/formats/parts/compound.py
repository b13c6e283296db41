"""Office files of before 2007 hold streams in folders, as a disk does: open them, whatever is in them."""

from __future__ import annotations

import importlib.util
import io
from typing import Any

from .office import DAMAGED, Package, protected

_NEEDED = ("olefile", "xlrd")


class Compound:
    """The streams of a file, or of a folder in it, by the path to each of them.

    Parameters
    ----------
    file : object
        The library's.
    paths : list of tuple
        Those of all streams in the file.
    folder : tuple
        The folder that other paths begin at.
    """

    def __init__(self, file: Any, paths: list[tuple[str, ...]], folder: tuple[str, ...] = ()) -> None:
        self._file = file
        self._all = paths
        self._folder = folder
        self.paths = [path[len(folder) :] for path in paths if path[: len(folder)] == folder]
        self._known = {tuple(part.lower() for part in path): path for path in self.paths}

    def has(self, *path: str) -> bool:
        """Whether there is a stream at a path."""
        return tuple(part.lower() for part in path) in self._known

    def stream(self, *path: str) -> bytes:
        """Return what a stream holds, nothing when there is none or it is past reading."""
        known = self._known.get(tuple(part.lower() for part in path))
        if known is None:
            return b""
        try:
            with self._file.openstream("/".join((*self._folder, *known))) as handle:
                return bytes(handle.read())
        except Exception:  # its parser raises what it meets
            return b""

    def folders(self, *above: str) -> list[str]:
        """Return the names of the folders in a folder."""
        deep = len(above)
        return list(dict.fromkeys(path[deep] for path in self.paths if path[:deep] == above and len(path) > deep + 1))

    def inside(self, *folder: str) -> Compound:
        """Return a folder as a file of its own: what is embedded stands in one."""
        return Compound(self._file, self._all, (*self._folder, *folder))

    def title(self) -> str:
        """Return the title in the document's properties."""
        try:
            said = self._file.get_metadata().title or b""
        except Exception:  # as above
            return ""
        text = said.decode("cp1252", "replace") if isinstance(said, bytes) else str(said)
        return " ".join(text.replace("\0", "").split())[:200]


def opened(data: bytes) -> Compound:
    """Open a file.

    Raises
    ------
    ReadError
        ``old_format`` without the extra ``legacy``, ``encrypted`` or ``corrupted``.
    """
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        Package(data)  # which says what it is, and what helps
        raise DAMAGED
    import olefile

    try:
        file = olefile.OleFileIO(io.BytesIO(data))
        compound = Compound(file, [tuple(path) for path in file.listdir()])
    except Exception:  # as above
        raise DAMAGED from None
    if compound.has("EncryptedPackage"):
        raise protected()
    return compound


def number_at(data: bytes, at: int, size: int) -> int:
    """Return the unsigned number of so many bytes at a place; 0 behind the end."""
    return int.from_bytes(data[at : at + size], "little") if 0 <= at <= len(data) - size else 0

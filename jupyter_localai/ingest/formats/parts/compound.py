"""Office files of before 2007 hold streams in folders, as a disk does: open them, whatever is in them."""

from __future__ import annotations

import importlib.util
import io

from .office import DAMAGED, Package, protected

_NEEDED = ("olefile", "xlrd")


class Compound:
    """The streams of a file, by the path to each of them.

    Raises
    ------
    ReadError
        ``old_format`` without the extra ``legacy``, ``encrypted`` or ``corrupted``.
    """

    def __init__(self, data: bytes) -> None:
        if any(importlib.util.find_spec(name) is None for name in _NEEDED):
            Package(data)  # which says what it is, and what helps
            raise DAMAGED
        import olefile

        try:
            self._file = olefile.OleFileIO(io.BytesIO(data))
            self.paths = [tuple(path) for path in self._file.listdir()]
        except Exception:  # its parser raises what it meets
            raise DAMAGED from None
        self._known = {tuple(part.lower() for part in path): path for path in self.paths}
        if self.has("EncryptedPackage"):
            raise protected()

    def has(self, *path: str) -> bool:
        """Whether there is a stream at a path."""
        return tuple(part.lower() for part in path) in self._known

    def stream(self, *path: str) -> bytes:
        """Return what a stream holds, nothing when there is none or it is past reading."""
        if not self.has(*path):
            return b""
        try:
            with self._file.openstream("/".join(self._known[tuple(part.lower() for part in path)])) as handle:
                return bytes(handle.read())
        except Exception:  # as above
            return b""

    def title(self) -> str:
        """Return the title in the document's properties."""
        try:
            said = self._file.get_metadata().title or b""
        except Exception:  # as above
            return ""
        text = said.decode("cp1252", "replace") if isinstance(said, bytes) else str(said)
        return " ".join(text.replace("\0", "").split())[:200]


def number_at(data: bytes, at: int, size: int) -> int:
    """Return the unsigned number of so many bytes at a place; 0 behind the end."""
    return int.from_bytes(data[at : at + size], "little") if 0 <= at <= len(data) - size else 0

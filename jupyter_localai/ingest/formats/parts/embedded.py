"""Files inside a document, such as a workbook in a letter: read by the readers of their own kinds, within limits."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from contextvars import ContextVar

from ....errors import ReadError
from ....results.passages import Document

_MAX_DEEP = 2
_MAX_FILES = 50  # of a document, those inside them included
_MAX_BYTES = 64 * 2**20
_MAX_CHARS = 16 * 2**20

_read_any: list[Callable[[bytes, str], Document]] = []
_inside: ContextVar[list[int] | None] = ContextVar("inside", default=None)  # depth, files and bytes so far


def use(reader: Callable[[bytes, str], Document]) -> None:
    """Read embedded files with a function that chooses among all readers, those that call `read` included."""
    _read_any[:] = [reader]


def read(data: bytes | None, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file inside a document, and what is to be said of it.

    Parameters
    ----------
    data : bytes or None
        The file; None when the document has lost it.
    name : str
        Its name, of which only the last part counts.
    """
    name = posixpath.basename(name)
    said = f"The embedded file {name!r} was not read"
    state = _inside.get() or [0, 0, 0]
    token = _inside.set(state)
    state[0] += 1
    state[1] += 1
    state[2] += len(data or b"")
    try:
        if not data:
            return "", (f"{said}: it is damaged.",)
        if state[0] > _MAX_DEEP or state[1] > _MAX_FILES or state[2] > _MAX_BYTES:
            return "", (f"{said}: there are too many, or too large ones.",)
        document = _read_any[-1](data, name)
        warnings = tuple(f"In the embedded file {name!r}: {warning}" for warning in document.warnings)
        return document.text[:_MAX_CHARS], warnings
    except ReadError as error:
        return "", (f"{said}. {error.message}",)
    finally:
        state[0] -= 1
        _inside.reset(token)

"""The marks of answers that are kept as Markdown, which shows no mark: an index never feeds on its own answers."""

from __future__ import annotations

FILE = "[//]: # (jupyter-localai: saved answers; a file or cell that begins with this line is not indexed)\n\n"
"""Begins a whole conversation or answer. A file that begins so has nothing else in it."""
CELL = "[//]: # (jupyter-localai: an answer; a cell that begins with this line is not indexed)\n\n"
"""Begins an answer that is put into a document of somebody's own."""
_MAGIC = "%%markdown"


def is_file(text: str) -> bool:
    """Whether a file is a conversation or an answer that was saved."""
    return text.lstrip().startswith(FILE.rstrip())


def is_cell(source: str) -> bool:
    """Whether a cell of a notebook, or what it displays, is a conversation or an answer."""
    return source.lstrip().removeprefix(_MAGIC).lstrip().startswith((FILE.rstrip(), CELL.rstrip()))

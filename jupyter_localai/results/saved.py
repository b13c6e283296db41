"""The marks of answers that are kept as Markdown, which shows no mark: an index never feeds on its own answers."""

from __future__ import annotations

import re

FILE = "[//]: # (jupyter-localai: saved answers; a file or cell that begins with this line is not indexed)\n\n"
"""Begins a whole conversation or answer. A file that begins so has nothing else in it."""
CELL = "[//]: # (jupyter-localai: an answer; a cell that begins with this line is not indexed)\n\n"
"""Begins an answer that is put into a document of somebody's own."""
META = '<meta name="generator" content="jupyter-localai: saved answers, which are not indexed">'
"""Stands in the head of a conversation that is saved as a web page."""
_HEAD_BYTES = 4096
_MAGIC = "%%markdown"
_FRONT = re.compile(r"\s*---[^\S\n]*\n(?:(?!---)[^\n]{0,1000}\n){0,50}---[^\S\n]*\n")
"""What programs for notes put above a text: its properties, between two lines of hyphens."""


def is_file(text: str) -> bool:
    """Whether a file is a conversation or an answer that was saved."""
    front = _FRONT.match(text)
    return text[front.end() if front else 0 :].lstrip().startswith(FILE.rstrip())


def is_page(data: bytes) -> bool:
    """Whether a web page is a conversation that was saved."""
    return META.encode() in data[:_HEAD_BYTES]


def is_cell(source: str) -> bool:
    """Whether a cell of a notebook, or what it displays, is a conversation or an answer."""
    return source.lstrip().removeprefix(_MAGIC).lstrip().startswith((FILE.rstrip(), CELL.rstrip()))

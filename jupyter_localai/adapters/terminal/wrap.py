"""Wraps streamed text at word boundaries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_PIECE = re.compile(r"\n|[^\S\n]+|\S+")


class WrappedWriter:
    """Writes pieces of text in lines of at most `width` columns; holds back an incomplete word.

    Parameters
    ----------
    write : callable
        Writes text to the terminal.
    width : int
        In columns; a longer word gets a line of its own.
    """

    def __init__(self, write: Callable[[str], object], width: int) -> None:
        self._write = write
        self._width = width
        self._column = 0
        self._word = ""

    def add(self, text: str) -> None:
        """Write all complete words."""
        pieces = _PIECE.findall(self._word + text)
        self._word = pieces.pop() if pieces and not pieces[-1].isspace() else ""
        for piece in pieces:
            self._place(piece)

    def end(self) -> None:
        """Write the last word."""
        self._place(self._word)
        self._word = ""

    def _place(self, piece: str) -> None:
        if piece == "\n":
            self._column = 0
        else:
            columns = sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in piece)
            if self._column and self._column + columns > self._width:
                self._write("\n")
                self._column = 0
                if piece.isspace():
                    return
            self._column += columns
        self._write(piece)

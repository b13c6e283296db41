"""Where cells stand: references such as ``$B$3`` as numbers of row and column, which count from 1."""

from __future__ import annotations

import re
from typing import Any

from .office import attribute

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})$")


def place(reference: str, row: int = 0, column: int = 0, parent: Any = None) -> tuple[int, int]:
    """Return the row and column of a cell; without a reference it stands right of the last one."""
    match = _REFERENCE.match(reference)
    if match:
        letters = 0
        for letter in match.group(1):
            letters = letters * 26 + ord(letter) - 64
        return int(match.group(2)), letters
    if column:
        return row, column + 1
    return (number(attribute(parent, "r")) if parent is not None else 0) or row + 1, 1


def merged(ranges: str) -> list[tuple[int, int, int, int]]:
    """Return first and last row and column of merged cells, nothing when the reference is no range."""
    first, _, last = ranges.partition(":")
    if not (_REFERENCE.match(first) and _REFERENCE.match(last)):
        return []
    (top, left), (bottom, right) = place(first), place(last)
    return [(top, bottom, left, right)] if bottom > top or right > left else []


def number(text: str) -> int:
    """Return a short decimal number, 0 when it is none."""
    return int(text) if text.isdecimal() and len(text) < 8 else 0

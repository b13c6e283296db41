"""Rows of a table as text: each with its column names, so that a row says by itself what it says."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from ..parts.rows import names_at

_MAX_NAMES_CHARS = 160  # longer names are not repeated
_FIGURE = re.compile(r"\d")
_MAX_CELL_CHARS = 2000
_SIGNS_BEFORE, _SIGNS_AFTER = frozenset("$€£¥"), frozenset(("%", ")", ")%"))
_FEWEST_COLUMNS = 3


@dataclasses.dataclass
class Names:
    """The column names of a table that may go on on the next page."""

    cells: list[str] = dataclasses.field(default_factory=list)
    columns: int = 0

    def take(self, table: Sequence[Sequence[str]], goes_on: bool) -> None:
        """Note the names of a table; one without names that goes on keeps those of before."""
        if not goes_on:
            self.forget()
            return
        rows = list(map(list, table))
        index = names_at(rows)
        if index is not None:
            self.cells, self.columns = rows[index], len(rows[index])
        elif self.columns != len(rows[0]):
            self.forget()

    def forget(self) -> None:
        """Note that no table goes on."""
        self.cells, self.columns = [], 0


def written(table: Sequence[Sequence[str]], before: Names) -> list[str]:
    """Return the lines of a table; an empty one stands between its rows.

    Parameters
    ----------
    table : sequence of sequence of str
        Rows, all of the same length.
    before : Names
        Those that count when the table has none: it goes on from the page before.
    """
    rows = list(map(list, table))
    index = names_at(rows)
    names = rows[index] if index is not None else before.cells if before.columns == len(rows[0]) else []
    repeated = [_line(names)] if names and len(_line(names)) <= _MAX_NAMES_CHARS else []
    lines = [""]
    below = index is None
    for place, row in enumerate(rows):
        has_names = bool(repeated) and below and sum(map(bool, row)) > 1
        if place != index or not repeated or not any(sum(map(bool, other)) > 1 for other in rows[place + 1 :]):
            lines += [*(repeated if has_names else []), _line(row), ""]
        below = below or place == index
    return lines


def merged(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return a table with signs of currency beside their numbers, and rows in one that go on in a second line."""
    rows: list[list[str]] = []
    table = _without_signs(table)
    for row in table:
        goes_on = rows and not row[0] and not any(map(_FIGURE.search, row))
        if goes_on and all(len(cell) < _MAX_CELL_CHARS for cell in rows[-1]):
            rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], row, strict=True)]
        else:
            rows.append(list(row))
    return rows


def _without_signs(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return a table without columns that have nothing but signs, which go to the numbers beside them."""
    rows = [list(row) for row in table]
    for index in reversed(range(len(rows[0]) if rows else 0)):
        if len(rows[0]) < _FEWEST_COLUMNS:
            break
        if index and _are_signs(rows, index, index - 1, _SIGNS_AFTER):
            first, last = index - 1, index
        elif index + 1 < len(rows[0]) and _are_signs(rows, index, index + 1, _SIGNS_BEFORE):
            first, last = index, index + 1
        else:
            continue
        for row in rows:
            row[first : last + 1] = [" ".join(filter(None, row[first : last + 1]))]
    return rows


def _are_signs(rows: Sequence[Sequence[str]], index: int, beside: int, signs: frozenset[str]) -> bool:
    """Whether a column has signs and, in other rows than the one beside it, a name."""
    cells = [(row[index], row[beside]) for row in rows if row[index]]
    return any(cell in signs for cell, _ in cells) and all(cell in signs or not other for cell, other in cells)


def _line(cells: Sequence[str]) -> str:
    return " | ".join(cells).rstrip(" |")

"""The tables of a sheet: empty rows part them, and empty columns where what is beside them is another table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .header_rows import AMOUNT

Cells = dict[int, dict[int, str]]
Block = tuple[list[int], list[int]]

_MAX_GROUPS = 50  # of columns; a sheet with more of them is no sheet of tables side by side
_LABELS = 0.6  # of the cells under a first column's name are words, where a table of its own begins


def blocks(rows: Cells) -> Iterator[Block]:
    """Yield the rows and columns of each table, from top to bottom and from left to right."""
    for run in _runs(sorted(rows)):
        columns = sorted({column for number in run for column in rows[number]})
        groups = list(_runs(columns))
        if not 1 < len(groups) <= _MAX_GROUPS:
            yield run, columns
            continue
        parts = [groups[0]]
        for right in groups[1:]:
            if _apart(rows, run, parts[-1], right):
                parts.append(right)
            else:
                parts[-1] = parts[-1] + right
        if len(parts) == 1:
            yield run, columns
            continue
        for part in parts:
            within = set(part)
            yield from ((inner, part) for inner in _runs([n for n in run if not within.isdisjoint(rows[n])]))


def _runs(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Yield runs of rows or columns without an empty one between them."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _apart(rows: Cells, run: Sequence[int], left: Sequence[int], right: Sequence[int]) -> bool:
    """Whether the columns on the right are a table of their own: other rows, or a first column of words."""
    if len(left) < 2 or len(right) < 2:
        return False
    extents = []
    for part in (left, right):
        full = [n for n in run if sum(column in rows[n] for column in part) > 1]
        if len(full) < 2:
            return False
        extents.append((full[0], full[-1]))
    if extents[0] != extents[1]:
        return True
    labels = [rows[n].get(right[0], "") for n in run if extents[1][0] < n <= extents[1][1]]
    words = {label for label in labels if label and not AMOUNT.match(label)}
    return len(words) >= _LABELS * len(labels)

"""Column names that stand in several rows, such as years over Plan and Actual: one row of joined names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

Cells = tuple[int, list[str]]

_LOOKED_AT = 5  # rows in which the upper names are looked for
_MAX_LEVELS = 4
AMOUNT = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d\s.,:/-]*\s?[%)]?$")
"""What a cell with a number looks like."""
YEAR = re.compile(r"(?:19|20)\d\d$")


def joined(rows: Sequence[Cells], spans: Mapping[int, Collection[int]]) -> list[Cells]:
    """Return the first rows of a table with the rows of its column names joined into one.

    Parameters
    ----------
    rows : sequence of tuple
        Number and cells of each row.
    spans : mapping
        For a row's number the places of the cells that are merged with a neighbour; their text is repeated in each.
    """
    result = list(rows)
    for place in range(min(len(result) - 1, _LOOKED_AT)):
        for _ in range(_MAX_LEVELS):
            names = _names(result[place : place + 3], spans.get(result[place][0], ()))
            if names is None:
                break
            result[place : place + 2] = [(result[place + 1][0], names)]
        if len(result) < len(rows):
            break
    return result


def spread(rows: Sequence[list[str]], spans: Mapping[int, Collection[int]]) -> dict[int, Collection[int]]:
    """Repeat the texts of merged cells in the columns that they span; return the places that are merged.

    Only the first rows count, and no cell that spans the table.
    """
    width = max(map(len, rows), default=0)
    merged: dict[int, Collection[int]] = {}
    for number in sorted(spans)[:_LOOKED_AT]:
        if len(spans[number]) >= width or number >= 2 * _LOOKED_AT:
            continue
        cells = rows[number]
        for place in sorted(spans[number]):
            if 0 < place < len(cells) and not cells[place] and place - 1 in spans[number]:
                cells[place] = cells[place - 1]
        merged[number] = spans[number]
    return merged


def _names(rows: Sequence[Cells], merged: Collection[int]) -> list[str] | None:
    """Return the names that two rows make together, None when they are not two levels of names."""
    if len(rows) < 2:
        return None
    upper, lower, below = (cells for _, cells in (*rows, (0, []))[:3])
    width = max(len(upper), len(lower))
    upper, lower = (cells + [""] * (width - len(cells)) for cells in (upper, lower))
    if sum(map(bool, upper)) < 2 or not (_are_names(upper) and _are_names(lower)):
        return None
    filled = [name for name in lower if name]
    repeats = len(set(filled)) < len(filled)
    amounts = any(AMOUNT.match(cell) for cell in below)
    if merged:
        beside = [place for place in range(width) if place not in merged]
        if not all(not upper[i] or lower[i] in ("", upper[i]) for i in beside):
            return None
        if not beside and not repeats and not amounts:
            return None
    else:
        if not (repeats and amounts):
            return None
        upper = _carried(upper, lower)
    names = [f"{a} {b}".strip() if a != b else a for a, b in zip(upper, lower, strict=True)]
    full = [name for name in names if name]
    return names if merged or len(set(full)) == len(full) else None


def _are_names(cells: Sequence[str]) -> bool:
    return not any(AMOUNT.match(cell) and not YEAR.match(cell) for cell in cells)


def _carried(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the upper names, each repeated to its right as far as there are lower ones and no other name."""
    names, name = [], ""
    for above, below in zip(upper, lower, strict=True):
        name = above or (name if below else "")
        names.append(name)
    return names

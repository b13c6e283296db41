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
        For a row's number the places of the cells that are merged with a neighbour; those of a title over
        everything do not count.
    """
    result = list(rows)
    for place in range(min(len(result) - 1, _LOOKED_AT)):
        for _ in range(_MAX_LEVELS):
            names = _names(result[place : place + 3], spans)
            if names is None:
                break
            result[place : place + 2] = [(result[place + 1][0], names)]
        if len(result) < len(rows):
            break
    return result


def _names(rows: Sequence[Cells], spans: Mapping[int, Collection[int]]) -> list[str] | None:
    """Return the names that two rows make together, None when they are not two levels of names."""
    if len(rows) < 2:
        return None
    upper, lower, below = (cells for _, cells in (*rows, (0, []))[:3])
    width = max(len(upper), len(lower))
    merged, merged_below = (spans.get(number, ()) for number, _ in rows[:2])
    upper = _filled(upper + [""] * (width - len(upper)), merged)
    lower = _filled(lower + [""] * (width - len(lower)), merged_below)
    if len(set(filter(None, upper))) < 2 or not (_are_names(upper) and _are_names(lower)):
        return None
    below_names = [name for name in lower if name]
    repeats = len(set(below_names)) < len(below_names)
    amounts = any(AMOUNT.match(cell) for cell in below)
    if merged and (amounts or repeats):
        beside = [place for place in range(width) if place not in merged]
        if not all(not upper[i] or lower[i] in ("", upper[i]) for i in beside):
            return None
    elif repeats and amounts:
        upper = _carried(upper, lower)
    else:
        return None
    names = [f"{a} {b}".strip() if a != b else a for a, b in zip(upper, lower, strict=True)]
    full = [name for name in names if name]
    return names if merged or len(set(full)) == len(full) else None


def _filled(cells: list[str], merged: Collection[int]) -> list[str]:
    """Repeat the text of merged cells in each of them."""
    for place in sorted(merged):
        if 0 < place < len(cells) and not cells[place] and place - 1 in merged:
            cells[place] = cells[place - 1]
    return cells


def _are_names(cells: Sequence[str]) -> bool:
    return not any(AMOUNT.match(cell) and not YEAR.match(cell) for cell in cells)


def _carried(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the upper names, each repeated to its right as far as there are lower ones and no other name."""
    names, name = [], ""
    for above, below in zip(upper, lower, strict=True):
        name = above or (name if below else "")
        names.append(name)
    return names

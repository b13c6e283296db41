"""Tables of Word documents: which of them hold data, and their rows with what merged cells say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .office import attribute, datum, local
from .scripts import plain
from .word_runs import Runs

_MAX_COLUMNS = 63  # as many as Word has
_CARRIED_CHARS = 100  # a row's name that spans rows is repeated in each of them when it is as short as this
_BETWEEN = ("sdt", "sdtContent", "customXml", "ins", "tr")


def rows_of(table: Any) -> list[list[Any]]:
    """Return the cells of each row, without those that were deleted; content controls may stand between."""
    rows = [row for row in _inside(table, "tr") if not _was_deleted(row, "trPr", "del")]
    return [[cell for cell in _inside(row, "tc") if not _was_deleted(cell, "tcPr", "cellDel")] for row in rows]


def layout(
    cells: list[list[Any]], runs: Runs, headings: dict[str, int]
) -> tuple[list[list[str]], dict[int, set[int]]] | None:
    """Return the rows of a table and the places that are merged; None when it only places things on the page.

    That is so when it has a single column or row with more than a datum in it, tables or headings in its cells, or
    rows that begin with more than a datum.
    """
    rows: list[list[str]] = []
    spans: dict[int, set[int]] = {}
    for row in cells:
        texts = [""] * _skipped(row)
        for cell in row:
            short = datum(runs.text(cell))
            if short is None:
                if len(cells) < 2 or len(row) < 2 or not any(texts) or _is_page(cell, headings):
                    return None
                text = " ".join(plain("".join(runs.text(cell))).split())
            else:
                text = plain(short)
            wide, goes_on = _merged(cell)
            place = len(texts)
            if goes_on and not text and not place and rows and rows[-1] and len(rows[-1][0]) <= _CARRIED_CHARS:
                text = rows[-1][0]  # the name of the row
            texts.append(text)
            if wide > 1:
                spans.setdefault(len(rows), set()).update(range(place, place + wide))
                texts += [""] * (wide - 1)
            if len(texts) > _MAX_COLUMNS:
                texts = texts[:_MAX_COLUMNS]
                break
        rows.append(texts)
    return (rows, spans) if max(map(len, cells), default=0) > 1 else None


def _skipped(row: list[Any]) -> int:
    """Return how many columns are left empty before a row's first cell."""
    parent = row[0].getparent() if row else None
    properties = (child for child in parent if local(child) == "trPr") if parent is not None else ()
    counts = [attribute(e, "val") for child in properties for e in child if local(e) == "gridBefore"]
    value = counts[0] if counts else ""
    return min(int(value), _MAX_COLUMNS) if value.isascii() and value.isdigit() and len(value) < 3 else 0


def _is_page(cell: Any, headings: dict[str, int]) -> bool:
    """Whether a cell has tables or headings of its own."""
    if next(cell.iter("{*}tbl"), None) is not None:
        return True
    return any(attribute(style, "val") in headings for style in cell.iter("{*}pStyle"))


def _merged(cell: Any) -> tuple[int, bool]:
    """Return how many columns a cell spans, and whether it goes on from the row above."""
    wide, goes_on = 1, False
    for properties in (child for child in cell if local(child) == "tcPr"):
        for child in properties:
            if local(child) == "gridSpan":
                value = attribute(child, "val")
                wide = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else 1
            elif local(child) == "vMerge":
                goes_on = attribute(child, "val") in ("", "continue")
    return min(max(wide, 1), _MAX_COLUMNS), goes_on


def _was_deleted(part: Any, properties: str, mark: str) -> bool:
    return any(local(e) == mark for child in part if local(child) == properties for e in child)


def _inside(element: Any, name: str) -> Iterator[Any]:
    """Yield the nearest descendants of that name."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in _BETWEEN:
            yield from _inside(child, name)

"""The tables that stand in a document's text: which lines are rows, and of which columns.

Readers write a row as a line, ``a | b | c``, and repeat the column names at the head of each block; Markdown has tables
of its own. Here this is read back, so that every kind of document whose text shows a table has one.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..ingest.formats.parts.rows import WIDE_CHARS, names_at

Where = tuple[int, int, int | None, str | None]
"""Start and end of a place in the text, and the row and the sheet of its anchor."""

MAX_COLUMNS = 500
_MAX_NAME = 120
_LOOKED_AT = 20  # rows among which the column names are
_LEAST_ROWS = 2  # without names, of what is a table by its bars alone
_WIDER = 0.05  # share of rows with more cells than names, from which on a column has no name
_LINE = re.compile(r"[^\n]+")
_BAR = re.compile(r"(?<!\\)\|")
_RULE = frozenset("|:- ")
_TOTAL = re.compile(
    r"[*_]{0,2}(?:(?:grand |sub-?)?totals?|sums?|averages?|summe|gesamt(?:summe)?|insgesamt|mittelwert|somme|suma"
    r"|totale)(?: (?:general|général))?:?[*_]{0,2}$",
    re.IGNORECASE,
)


class Row(NamedTuple):
    """A row's line in the text, and its cells."""

    start: int
    end: int
    cells: list[str]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with distinct column names.

    ``unclear`` counts rows whose cells could not be told apart, ``totals`` rows that sum others up; neither is a row.
    """

    sheet: str
    names: list[str]
    rows: list[Row]
    unclear: int = 0
    totals: int = 0


@dataclasses.dataclass
class _Lines:
    """The lines of one table as they come; ``names`` once they are known."""

    sheet: str
    last_row: int | None
    lines: list[tuple[int, int, str]] = dataclasses.field(default_factory=list)
    names: str = ""


def find(text: str, places: Sequence[Where]) -> list[Table]:
    """Return the tables of a text, in order."""
    return [table for lines in _lines(text, places) if (table := _table(lines)) is not None]


def cells_of(line: str) -> list[str]:
    """Return the cells of a row's line."""
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        return [cell.strip().replace("\\|", "|") for cell in _BAR.split(line[1:-1])]
    if line.startswith("| "):  # its first cell is empty, and the blank before the bar was white space
        line = f" {line}"
    return [cell.strip() for cell in line.split(" | ")]


def _lines(text: str, places: Sequence[Where]) -> Iterator[_Lines]:
    """Yield what may be tables: lines that follow each other, the repeated column names left out."""
    starts = [place[0] for place in places]
    current: _Lines | None = None
    ended = 0
    for match in _LINE.finditer(text):
        start, end = match.span()
        line = match[0].strip()
        if not line:
            continue
        apart = "\n" in text[ended:start].replace("\n", "", 1)
        ended = end
        at = bisect_right(starts, start) - 1
        _, stop, row, sheet = places[at] if at >= 0 else (0, 0, None, None)
        if row is None and not _looks_like_row(line):
            if current is not None:
                yield current
                current = None
            continue
        repeats = row is not None and stop > end and bool(text[end:stop].strip())
        if current is None or _begins_another(current, line, row, sheet, apart):
            if current is not None:
                yield current
            current = _Lines(sheet or "", row)
        current.last_row = row
        if repeats or (apart and row is None and current.lines and line == current.names):
            current.names = line
            continue
        if row is None and _is_rule(line):
            current.names = current.lines[-1][2] if len(current.lines) == 1 else current.names
            continue
        if row is None and not current.lines:
            current.names = line
        current.lines.append((start, start + len(match[0].rstrip()), line))
    if current is not None:
        yield current


def _begins_another(current: _Lines, line: str, row: int | None, sheet: str | None, apart: bool) -> bool:
    """Whether a line is of another table than the one before it."""
    last = current.last_row
    if (row is None) != (last is None) or (sheet or "") != current.sheet:
        return True
    if row is None or last is None:
        return apart and line != current.names
    if row < last:
        return True
    return bool(sheet) and apart and row > last + 1


def _looks_like_row(line: str) -> bool:
    return " | " in line or (line.startswith("|") and line.endswith("|") and len(line) > 1)


def _is_rule(line: str) -> bool:
    return "-" in line and "|" in line and _RULE.issuperset(line)


def _table(lines: _Lines) -> Table | None:
    anchored = lines.last_row is not None
    found = lines.lines
    at = next((number for number, (_, _, line) in enumerate(found) if line == lines.names), None)
    if at is None:
        at = names_at([cells_of(line) for _, _, line in found[:_LOOKED_AT]])
    if at is None and not anchored:
        return None
    names_line = found[at][2] if at is not None else ""
    below = found[at + 1 :] if at is not None else found
    given = cells_of(names_line) if names_line else []
    split = [
        (start, end, _record(line, given) if len(names_line) > WIDE_CHARS else cells_of(line))
        for start, end, line in below
    ]
    widths = Counter(len(cells) for _, _, cells in split)
    if not split or (not anchored and len(split) < _LEAST_ROWS - bool(names_line)) or max(widths) < 2 > len(given):
        return None
    if not given and len(widths) > 1:
        return None  # without names, empty cells are not written
    width = max((w for w, count in widths.items() if count >= _WIDER * len(split)), default=len(given))
    width = max(width, len(given))
    if width > MAX_COLUMNS:
        return None
    clear = [Row(s, e, cells + [""] * (width - len(cells))) for s, e, cells in split if len(cells) <= width]
    rows = [row for row in clear if not _sums_up(row)]
    names = distinct(given + [""] * (width - len(given)))
    return Table(lines.sheet, names, rows, len(split) - len(clear), len(clear) - len(rows))


def _sums_up(row: Row) -> bool:
    """Whether a row says of itself that it sums others up."""
    return _TOTAL.match(next(filter(None, row.cells), "")) is not None


def _record(line: str, names: Sequence[str]) -> list[str]:
    """Return the cells of a line ``name: value; name: value``, in the order of the columns."""
    short = [name[:80].rstrip() for name in names]
    cells = [""] * len(names)
    at = -1
    for piece in line.split("; "):
        nxt = next((n for n in range(at + 1, len(short)) if short[n] and piece.startswith(f"{short[n]}: ")), None)
        if nxt is not None:
            at = nxt
            cells[at] = piece[len(short[at]) + 2 :]
        elif at + 1 < len(short) and not short[at + 1]:
            at += 1
            cells[at] = piece
        elif at >= 0:
            cells[at] += f"; {piece}"
    return cells


def distinct(names: Sequence[str]) -> list[str]:
    """Return names of which each is there once, whatever its case, and none is empty or ``row``."""
    taken = {"row"}
    found = []
    for number, name in enumerate(names, 1):
        plain = "".join(ch for ch in " ".join(name.split()) if ch.isprintable())[:_MAX_NAME].strip("*_` ")
        plain = base = plain or f"column {number}"
        copy = 1
        while plain.lower() in taken:
            copy += 1
            plain = f"{base} ({copy})"
        taken.add(plain.lower())
        found.append(plain)
    return found

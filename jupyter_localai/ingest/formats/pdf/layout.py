"""What the positions of words tell: columns of prose are read one after the other, tables row by row."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from .overlay import Box
from .tables import Names, merged, written

_GAP = 1.1  # heights of a word between two columns, at least
_NEAR = 4.0  # heights of a word between the rows of one table
_MIN_ROWS = 3
_MARGIN_LINES = 3  # above and below a table that goes on over a page
_MOST_WORDS, _MOST_LABEL_WORDS = 4.0, 9.0  # of a cell, on average
_LONG_CELL, _FEW_LONG = 5, 0.15  # words; share of such cells in a table
_PROSE_WORDS, _PROSE_WIDTH = 3.5, 0.2  # of a line in a column of prose; share of the width of all
_ACROSS = 0.12  # share of the rows that may cross the space between columns: titles over several of them
_MAX_WORDS = 20_000


class Word(NamedTuple):
    """A word, where it stands, and in which line of the page's text."""

    box: Box
    text: str
    line: int


@dataclasses.dataclass
class _Cell:
    """Words that stand close together in one row."""

    left: float
    right: float
    words: list[Word]

    def __str__(self) -> str:
        return " ".join(word.text for word in self.words)


_Row = list[_Cell]
_Column = tuple[float, float]


def laid_out(words: Sequence[Word], lines: Sequence[str], names: Names) -> list[str]:
    """Return the lines of a page with its columns in order and its tables as rows.

    Parameters
    ----------
    words : sequence of Word
        All of the lines in which a table or columns can be.
    lines : sequence of str
        The page's text in the order of the file.
    names : Names
        The column names of the table that the page before ended with; changed to those this page ends with.
    """
    if not words or len(words) > _MAX_WORDS:
        names.forget()
        return list(lines)
    instead: dict[int, list[str]] = {}
    gone: set[int] = set()
    goes_on = False
    for run in _runs(words):
        height = median(word.box[3] - word.box[1] for word in run) or 1.0
        rows = _rows(run, height)
        for first, last in _bands(rows, height):
            band = rows[first:last]
            columns = _columns(band, height)
            inside = {word.line for row in band for cell in row for word in cell.words}
            if len(columns) < 2 or inside & gone or not _are_whole(inside, band, run):
                continue
            cells = [_cells(row, columns) for row in band]
            texts = _by_column(band, cells)
            if _is_table(band, texts):
                table = merged(cells)
                shown = written(table, names if min(inside) <= _MARGIN_LINES else Names())
            elif _is_prose(columns, texts) and _is_across(band):
                table, shown = [], list(_one_by_one(cells))
            else:
                continue
            if _has_all(shown, [lines[index] for index in inside]):
                instead[min(inside)] = shown
                gone |= inside
                goes_on = bool(table) and len(lines) - max(inside) <= _MARGIN_LINES + 1
                names.take(table, goes_on)
    if not goes_on:
        names.forget()
    return [text for index, line in enumerate(lines) for text in instead.get(index, [] if index in gone else [line])]


def _has_all(shown: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether nothing of some lines is lost."""
    before, after = Counter("".join("".join(lines).split())), Counter("".join(shown))
    return before <= after


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words of lines that follow each other in the file: what stands beside a table may be another text."""
    run: list[Word] = []
    for word in words:
        if run and word.line - run[-1].line > _MARGIN_LINES:
            yield run
            run = []
        run.append(word)
    yield run


def _rows(words: Sequence[Word], height: float) -> list[_Row]:
    """Return what stands in one row each, from the top."""
    rows: list[_Row] = []
    begun: list[Word] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: -(word.box[1] + word.box[3])):
        here = (word.box[1] + word.box[3]) / 2
        if begun and middle - here > 0.5 * height:
            rows.append(_row(begun, height))
            begun = []
        middle = here if not begun else middle
        begun.append(word)
    rows.append(_row(begun, height))
    return rows


def _row(words: list[Word], height: float) -> _Row:
    cells: _Row = []
    for word in sorted(words, key=lambda word: word.box[0]):
        if cells and word.box[0] - cells[-1].right <= _GAP * height:
            cells[-1].words.append(word)
            cells[-1].right = max(cells[-1].right, word.box[2])
        else:
            cells.append(_Cell(word.box[0], word.box[2], [word]))
    return cells


def _bands(rows: Sequence[_Row], height: float) -> Iterator[tuple[int, int]]:
    """Yield runs of rows with several cells; single rows with one cell between them belong to a run."""
    first = last = None
    for index, row in enumerate(rows):
        far = index > 0 and _top(rows[index - 1]) - _top(row) > _NEAR * height
        is_prose = len(row) == 1 and len(row[0].words) > _MOST_LABEL_WORDS
        if first is not None and last is not None and (far or is_prose or index - last > 2):
            yield first, last + 1
            first = last = None
        if len(row) > 1:
            first, last = index if first is None else first, index
    if first is not None and last is not None:
        yield first, last + 1


def _top(row: _Row) -> float:
    return row[0].words[0].box[3]


def _columns(band: Sequence[_Row], height: float) -> list[_Column]:
    """Return the columns of a band: what lies between the gaps that hardly any row crosses."""
    several = [row for row in band if len(row) > 1]
    if len(several) < _MIN_ROWS:
        return []
    edges = sorted(
        [(cell.left, 1) for row in several for cell in row] + [(c.right, -1) for row in several for c in row]
    )
    few = int(_ACROSS * len(several))
    columns: list[_Column] = []
    depth, begun = 0, None
    for at, step in edges:
        depth += step
        if begun is None and depth > few:
            begun = at
        elif begun is not None and depth <= few:
            if columns and begun - columns[-1][1] < 0.5 * height:
                columns[-1] = columns[-1][0], at
            else:
                columns.append((begun, at))
            begun = None
    return columns


def _are_whole(inside: set[int], band: Sequence[_Row], words: Sequence[Word]) -> bool:
    """Whether the lines of a band have no words outside it."""
    within = sum(len(cell.words) for row in band for cell in row)
    return within == sum(word.line in inside for word in words)


def _cells(row: _Row, columns: Sequence[_Column]) -> list[str]:
    found: list[list[str]] = [[] for _ in columns]
    for cell in row:
        left, right = cell.left, cell.right
        # the first column that ends behind the cell's left side is its own, if the cell ends before the next begins
        at = bisect_right(columns, left, key=itemgetter(1))
        if at == len(columns) or columns[at][0] >= right or (at + 1 < len(columns) and columns[at + 1][0] < right):
            overlaps = [min(right, end) - max(left, begin) for begin, end in columns]
            at = overlaps.index(max(overlaps))
        found[at].append(str(cell))
    return [" ".join(texts) for texts in found]


def _by_column(band: Sequence[_Row], cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return what stands in each column, in rows of several cells."""
    rows = [texts for row, texts in zip(band, cells, strict=True) if len(row) > 1]
    return [list(filter(None, column)) for column in zip(*rows, strict=True)]


def _mean_words(texts: Sequence[str]) -> float:
    return sum(len(text.split()) for text in texts) / max(1, len(texts))


def _is_table(band: Sequence[_Row], texts: Sequence[Sequence[str]]) -> bool:
    first, *others = [_mean_words(column) for column in texts]
    long = sum(len(text.split()) > _LONG_CELL for column in texts[1:] for text in column)
    if long > _FEW_LONG * sum(map(len, texts[1:])):
        return False
    filled = sum(map(len, texts)) / (len(texts) * max(1, sum(len(row) > 1 for row in band)))
    return first <= _MOST_LABEL_WORDS and all(mean <= _MOST_WORDS for mean in others) and filled >= 0.4


def _is_prose(columns: Sequence[_Column], texts: Sequence[Sequence[str]]) -> bool:
    whole = columns[-1][1] - columns[0][0]
    wide = all(right - left >= _PROSE_WIDTH * whole for left, right in columns)
    return wide and all(_mean_words(column) >= _PROSE_WORDS for column in texts)


def _is_across(band: Sequence[_Row]) -> bool:
    """Whether the file draws the lines of several columns together."""
    several = [row for row in band if len(row) > 1]
    crossing = sum(row[0].words[-1].line == row[1].words[0].line for row in several)
    return 2 * crossing > len(several)


def _one_by_one(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    for column in zip(*cells, strict=True):
        yield from filter(None, column)
        yield ""

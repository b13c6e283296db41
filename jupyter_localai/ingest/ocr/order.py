"""In which order the lines of a page are read: columns one after the other, tables row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from ..formats.pdf.layout import Word, laid_out
from ..formats.pdf.tables import Names

_FEW_ACROSS = 0.15  # share of the lines that may cross the space between columns: titles and figures
_FEWEST_LINES, _FEWEST_CHARS = 3, 15  # of a column; characters of a line, on average
_GUTTER = 0.5  # heights of a line
_INNER = 0.2  # share of the width at each side in which no column ends
_PARAGRAPH = 1.6  # distances of lines


@dataclasses.dataclass(frozen=True)
class Line:
    """A line and where it stands: from the left and from the top, in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


def in_order(lines: Sequence[Line]) -> str:
    """Return the text of a page; an empty line stands between paragraphs."""
    if not lines:
        return ""
    height = median(line.height for line in lines) or 1.0
    return "\n\n".join(_block(block, height) for block in _blocks(list(lines), height))


def _blocks(lines: list[Line], height: float) -> Iterator[list[Line]]:
    """Yield what is read as a whole: columns, and what stands above and between them over their whole width."""
    at = _gutter(lines, height)
    if at is None:
        yield lines
        return
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []
    for line in sorted(lines, key=lambda line: line.middle):
        crosses = line.left < at < line.right
        if crosses and (left or right):
            yield from _columns(left, right, height)
            left, right = [], []
        if not crosses and across:
            yield across
            across = []
        (across if crosses else left if line.right <= at else right).append(line)
    if across:
        yield across
    yield from _columns(left, right, height)


def _columns(left: list[Line], right: list[Line], height: float) -> Iterator[list[Line]]:
    for column in (left, right):
        if column:
            yield from _blocks(column, height)


def _gutter(lines: Sequence[Line], height: float) -> float | None:
    """Return where the space between two columns of prose is, if there is one: what the fewest lines cross."""
    if len(lines) < 2 * _FEWEST_LINES:
        return None
    begin, end = min(line.left for line in lines), max(line.right for line in lines)
    inner = _INNER * (end - begin)
    best: tuple[int, float] | None = None
    for begins in {line.left for line in lines if begin + inner < line.left < end - inner}:
        at = begins - _GUTTER * height / 2
        crossing = sum(line.left < begins and line.right > begins - _GUTTER * height for line in lines)
        if best is None or crossing < best[0]:
            best = crossing, at
    if best is None or best[0] > _FEW_ACROSS * len(lines):
        return None
    sides = [line for line in lines if line.right <= best[1]], [line for line in lines if line.left >= best[1]]
    return best[1] if all(map(_is_prose, sides)) else None


def _is_prose(lines: Sequence[Line]) -> bool:
    return len(lines) >= _FEWEST_LINES and sum(len(line.text) for line in lines) >= _FEWEST_CHARS * len(lines)


def _block(lines: Sequence[Line], height: float) -> str:
    """Return the text of a block: its rows, and of what stands in columns its tables."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < 0.5 * height:
            rows[-1].append(line)
        else:
            rows.append([line])
    rows = [sorted(row, key=lambda line: line.left) for row in rows]
    steps = [below[0].middle - row[0].middle for row, below in pairwise(rows)]
    usual = median(steps) if steps else height
    texts: list[str] = []
    words: list[Word] = []
    for index, row in enumerate(rows):
        if index and steps[index - 1] > _PARAGRAPH * usual:
            texts.append("")
        words += [Word((line.left, -line.bottom, line.right, -line.top), line.text, len(texts)) for line in row]
        texts.append(" ".join(line.text for line in row))
    return "\n".join(laid_out(words, texts, Names()))

"""Where on the page the words and lines of its text stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from .layout import Word
from .overlay import Box
from .pdfium import four

_WORD = re.compile(r"\S+")
_FEW = 60  # stretches of text, all of which are looked at
_LOOKED_AT, _OF = 7, 28  # stretches of more
_GAP, _NEAR, _REACH = 1.0, 4.0, 1.5  # heights of letters
_MIN_ROWS, _ENOUGH = 3, 2
_SHORT_LINE = 25  # characters, on average, where cells are drawn one below the other
_MAX_STACKED = 200
_MAX_STRETCHES = 20_000


class Letters:
    """The boxes of single letters, by their index in the text."""

    def __init__(self, held: Any) -> None:
        import pypdfium2.raw as raw

        self._call, self._page = raw.FPDFText_GetCharBox, held.raw
        self._numbers = self._left, self._right, self._bottom, self._top = four("double")

    def box(self, index: int) -> Box | None:
        """Return left, bottom, right and top of a letter; None where there is none."""
        if not self._call(self._page, index, *self._numbers):
            return None
        return self._left.value, self._bottom.value, self._right.value, self._top.value


def line_boxes(held: Any, lines: Sequence[str]) -> list[Box | None]:
    """Return where each line of a page stands, from its first and last letters; None where that is not known.

    Parameters
    ----------
    held : object
        The text of the page as the library holds it.
    lines : sequence of str
        The same text, split at its line ends of two characters.
    """
    letters = Letters(held)
    boxes: list[Box | None] = []
    start = 0
    for line in lines:
        boxes.append(joined([letters.box(start + at) for at in _solid(line)]))
        start += len(line) + 2
    return boxes


def joined(boxes: Sequence[Box | None]) -> Box | None:
    """Return the box around some boxes."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    lefts, bottoms, rights, tops = zip(*known, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _solid(line: str) -> list[int]:
    stripped = line.strip()
    if not stripped:
        return []
    first = line.index(stripped[0])
    return sorted({first, first + len(stripped) // 2, first + len(stripped) - 1})


def bands(held: Any, text: str) -> list[tuple[float, float]]:
    """Return from where to where on a page some rows follow each other in which text stands far from other text.

    Parameters
    ----------
    held : object
        The text of the page as the library holds it: in stretches of one font each.
    text : str
        The same text.
    """
    import pypdfium2.raw as raw

    box = four("double")
    count = min(raw.FPDFText_CountRects(held.raw, 0, -1), _MAX_STRETCHES)
    has_short_lines = len(text) < _SHORT_LINE * (1 + text.count("\n"))
    if count > _FEW and not has_short_lines:
        starts = range(0, count, _OF)
        seen = (_gaps(held, start, min(start + _LOOKED_AT, count), False, box) for start in starts)
        if next((True for total in accumulate(map(len, seen)) if total >= _ENOUGH), None) is None:
            return []
    found: list[list[float]] = []
    for low, high in sorted(_gaps(held, 0, count, has_short_lines, box), reverse=True):
        if found and found[-1][0] - high < _NEAR * (high - low):
            found[-1][0] = min(found[-1][0], low)
            found[-1][2] += 1
        else:
            found.append([low, high, 1])
    return [(low, high) for low, high, rows in found if rows >= _MIN_ROWS]


def _gaps(held: Any, start: int, end: int, upwards: bool, box: tuple[Any, ...]) -> list[tuple[float, float]]:
    """Return the height of each row in which a gap is, and of what is drawn above what was drawn before it."""
    import pypdfium2.raw as raw

    call, page = raw.FPDFText_GetRect, held.raw
    left, top, right, bottom = box
    found: list[tuple[float, float]] = []
    edge = base = head = 0.0
    for index in range(start, end):
        call(page, index, left, top, right, bottom)
        low, high = bottom.value, top.value
        height = high - low
        if index == start or height <= 0:
            pass
        elif (high if high < head else head) - (low if low > base else base) > 0.5 * height:
            begins = left.value
            if (begins - edge > _GAP * height or begins < edge - 2 * height) and (not found or found[-1][0] != low):
                found.append((low, high))
        elif upwards and low > head:
            found += [(base, base + height), ((base + low) / 2, (base + low) / 2 + height), (low, high)]
            found += [(at, at + height) for at in _steps(base, low, height)]
        edge, base, head = right.value, low, high
    return found


def _steps(low: float, high: float, height: float) -> list[float]:
    steps = min(_FEW, int((high - low) / (2 * height)))
    return [low + 2 * height * step for step in range(steps)]


def words(held: Any, text: str, bands: Sequence[tuple[float, float]]) -> list[Word]:
    """Return the words of the lines that stand in `bands`; none when the text cannot be compared with its letters.

    Parameters
    ----------
    held : object
        The text of the page as the library holds it.
    text : str
        The same text, with line ends of two characters.
    """
    if held.count_chars() != len(text):
        return []
    letters = Letters(held)
    box_of = letters.box
    found = []
    start = 0
    for number, line in enumerate(text.split("\r\n")):
        first = box_of(start + len(line) - len(line.lstrip())) if line else None
        if first is not None and _is_inside(first, bands):
            for match in _WORD.finditer(line):
                begin, end = match.span()
                one = box_of(start + begin)
                other = one if end - begin == 1 else box_of(start + end - 1)
                if one is None or other is None:
                    continue
                if other[3] > one[1] or end - begin > _MAX_STACKED:
                    found.append(Word(_around(one, other), match[0], number))
                else:
                    found += _stacked(letters, start + begin, match[0], number)
        start += len(line) + 2
    return found


def _stacked(letters: Letters, start: int, text: str, line: int) -> list[Word]:
    """Return the words of letters that stand below each other and were taken for one word."""
    found: list[Word] = []
    for index, letter in enumerate(text):
        box = letters.box(start + index)
        if box is None:
            continue
        if found and box[3] > found[-1].box[1]:
            found[-1] = Word(_around(found[-1].box, box), found[-1].text + letter, line)
        else:
            found.append(Word(box, letter, line))
    return found


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _is_inside(box: Box, bands: Sequence[tuple[float, float]]) -> bool:
    middle, around = (box[1] + box[3]) / 2, _REACH * (box[3] - box[1])
    return any(low - around <= middle <= high + around for low, high in bands)

"""Where on the page the words and lines of its text stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .overlay import Box
from .pdfium import four


class Letters:
    """The boxes of single letters, by their index in the text."""

    def __init__(self, held: Any) -> None:
        import pypdfium2.raw as raw

        self._call, self._page = raw.FPDFText_GetCharBox, held.raw
        self._numbers = four("double")

    def box(self, index: int) -> Box | None:
        """Return left, bottom, right and top of a letter; None where there is none."""
        if not self._call(self._page, index, *self._numbers):
            return None
        left, right, bottom, top = self._numbers
        return left.value, bottom.value, right.value, top.value


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

"""Numbers before headings, clauses and the items of lists: counted, and written as ``iv``, ``d`` or ``4th``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

MAX_LEVELS = 9
_MAX_NUMBER = 32_767
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_CARDINAL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_ORDINAL = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()


def numeral(number: int, form: str) -> str:
    """Return a number as Word writes it in one of its formats."""
    number = min(number, _MAX_NUMBER)
    if form in ("lowerRoman", "upperRoman"):
        text = ""
        for value, letters in _ROMAN:
            count, number = divmod(number, value)
            text += letters * count
        return text if form == "lowerRoman" else text.upper()
    if form in ("lowerLetter", "upperLetter") and number > 0:
        text = chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, 30)
        return text if form == "lowerLetter" else text.upper()
    if form == "decimalZero":
        return f"{number:02d}"
    if form == "ordinal":
        ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    if form in ("cardinalText", "ordinalText") and number < len(_CARDINAL):
        return (_CARDINAL if form == "cardinalText" else _ORDINAL)[number].capitalize()
    return "" if form == "none" else str(number)


@dataclasses.dataclass(frozen=True)
class Level:
    """How one level of a list is numbered; in ``text``, ``%1`` stands for the number of the first level."""

    form: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None
    legal: bool = False
    suffix: str = " "
    style: str = ""


class Counter:
    """Counts the items of all lists in a document."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, key: str, kind: str, level: int, levels: Mapping[int, Level], starts: Mapping[int, int]) -> str:
        """Return what stands before the next item.

        Parameters
        ----------
        key : str
            The list.
        kind : str
            What it shares its count with: lists of one kind go on where another one ended.
        level : int
            The item's, from 0.
        levels : mapping
            How each is numbered.
        starts : mapping
            Where this list begins to count, for levels in which it does not go on.
        """
        counts = self._counts.setdefault(kind, [None] * MAX_LEVELS)
        before = counts[level]
        if level in starts and (key, level) not in self._begun:
            counts[level] = starts[level]
        else:
            counts[level] = levels[level].start if before is None else before + 1
        self._begun.add((key, level))
        for other in range(MAX_LEVELS):
            each = levels.get(other, Level())
            if other < level and counts[other] is None:
                counts[other] = starts.get(other, each.start)
            elif other > level and (each.restart is None or level < each.restart):
                counts[other] = None
        this = levels[level]
        if this.form == "bullet":
            return "- "

        def number(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            form = levels.get(place, Level()).form
            return numeral(counts[place] or 0, "decimal" if this.legal and place < level else form)

        text = re.sub(r"%([1-9])", number, this.text).strip()
        return text + this.suffix if text else ""

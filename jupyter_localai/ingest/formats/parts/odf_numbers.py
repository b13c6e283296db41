"""The numbers that OpenDocument texts show before headings and the items of lists: they are counted, not stored."""

from __future__ import annotations

from typing import Any

from .numbering import MAX_LEVELS, Counter, Level
from .office import attribute, local

_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_OUTLINE = "the outline of headings"
_AFFIX_CHARS = 50  # before or behind a number


class Numbers:
    """Counts the headings and items of a document, in its order.

    Parameters
    ----------
    *roots : element or None
        What defines styles; the last one counts.
    """

    def __init__(self, *roots: Any) -> None:
        self._counter = Counter()
        self._styles: dict[str, dict[int, Level]] = {}
        self._lists = 0
        self._last: dict[str, str] = {}  # of each style the last list
        for style in (e for root in roots if root is not None for e in root.iter("{*}list-style", "{*}outline-style")):
            name = attribute(style, "name") if local(style) == "list-style" else _OUTLINE
            self._styles[name] = _levels(style)

    def begin(self, element: Any, style: str) -> str:
        """Return the key of a list that begins; it may go on where an earlier one ended."""
        goes_on = attribute(element, "continue-numbering") == "true" or attribute(element, "continue-list")
        if not goes_on or style not in self._last:
            self._lists += 1
            self._last[style] = str(self._lists)
        return self._last[style]

    def item(self, key: str, style: str, level: int, start: str = "") -> str:
        """Return what stands before the next item of a list, a dash when it has no number."""
        levels = self._styles.get(style, {})
        if level not in levels:
            return "- "
        begins = {level: _number(start)} if start else {}
        return self._counter.label(f"{key} {start}", key, level, levels, begins) or "- "

    def heading(self, level: int) -> str:
        """Return what stands before the next heading of a level, counted from 0."""
        levels = self._styles.get(_OUTLINE, {})
        return self._counter.label(_OUTLINE, _OUTLINE, level, levels, {}) if level in levels else ""


def _levels(style: Any) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for element in style:
        place = _number(attribute(element, "level")) - 1
        if local(element) not in ("list-level-style-number", "outline-level-style") or place >= MAX_LEVELS:
            continue
        form = _FORMS.get(attribute(element, "num-format"), "none")
        first = max(place + 1 - _number(attribute(element, "display-levels")), 0)
        places = ".".join(f"%{number + 1}" for number in range(first, place + 1))
        before, behind = (attribute(element, f"num-{side}")[:_AFFIX_CHARS] for side in ("prefix", "suffix"))
        text = f"{before}{places}{behind}" if form != "none" else ""
        levels[place] = Level(form, text, _number(attribute(element, "start-value")))
    return levels


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1

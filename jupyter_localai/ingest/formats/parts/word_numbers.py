"""The numbers that Word puts before headings, clauses and list items: they are counted, not stored.

After ECMA-376 Part 1, 17.9.
"""

from __future__ import annotations

from typing import Any

from .numbering import MAX_LEVELS, Counter, Level
from .office import attribute, local

_MAX_STYLES_DEEP = 20
_OFF = ("0", "false", "off")


class Numbers:
    """Counts the numbered paragraphs of a document.

    Parameters
    ----------
    numbering, styles : element or None
        The roots of the parts of these names.
    """

    def __init__(self, numbering: Any, styles: Any) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._links: dict[str, str] = {}
        self._lists: dict[str, tuple[str, dict[int, int], dict[int, Level]]] = {}
        self._styles, self._based = _styles(styles)
        self._counter = Counter()
        for element in numbering if numbering is not None else ():
            if local(element) == "abstractNum":
                self._add_levels(element)
            elif local(element) == "num":
                self._add_list(element)

    def of(self, properties: Any) -> str | None:
        """Return what stands before the text of the next paragraph, by its properties; None when it is in no list."""
        style, key, level = "", "", None
        for child in properties:
            name = local(child)
            if name == "pStyle":
                style = attribute(child, "val")
            elif name == "numPr":
                key, level = _reference(child)
        if not key:
            key, from_style, owner = self._of_style(style)
            level = from_style if level is None else level
            style = owner
        if not key or key == "0" or key not in self._lists:
            return None if key in ("", "0") else "- "
        abstract, starts, own = self._lists[key]
        levels = {**self._levels_of(abstract), **own}
        if level is None:
            level = next((number for number, each in levels.items() if style and each.style == style), 0)
        if level not in levels:
            return "- "
        return self._counter.label(key, abstract, level, levels, starts)

    def _levels_of(self, abstract: str) -> dict[int, Level]:
        """Return the levels of a list, which may be those of a style's list."""
        linked = self._links.get(abstract)
        if linked and not self._levels.get(abstract):
            key = self._styles.get(linked, ("", None))[0]
            return self._levels.get(self._lists.get(key, ("", {}, {}))[0], {})
        return self._levels.get(abstract, {})

    def _of_style(self, style: str) -> tuple[str, int | None, str]:
        level = None
        for _ in range(_MAX_STYLES_DEEP):
            key, own = self._styles.get(style, ("", None))
            level = own if level is None else level
            if key:
                return key, level, style
            if style not in self._based:
                break
            style = self._based[style]
        return "", None, ""

    def _add_levels(self, element: Any) -> None:
        key = attribute(element, "abstractNumId")
        self._levels[key] = _levels(element)
        link = next((attribute(child, "val") for child in element if local(child) == "numStyleLink"), "")
        if link:
            self._links[key] = link

    def _add_list(self, element: Any) -> None:
        abstract, starts, own = "", {}, {}
        for child in element:
            if local(child) == "abstractNumId":
                abstract = attribute(child, "val")
            elif local(child) == "lvlOverride" and (level := _number(attribute(child, "ilvl"))) is not None:
                own.update(_levels(child))
                begin = next((attribute(e, "val") for e in child if local(e) == "startOverride"), "")
                if level < MAX_LEVELS and (start := _number(begin)) is not None:
                    starts[level] = start
        self._lists[attribute(element, "numId")] = (abstract, starts, own)


def _levels(element: Any) -> dict[int, Level]:
    levels = {}
    for child in element:
        number = _number(attribute(child, "ilvl")) if local(child) == "lvl" else None
        if number is None or number >= MAX_LEVELS:
            continue
        values = {local(e): attribute(e, "val") for e in child}
        start = _number(values.get("start", ""))
        levels[number] = Level(
            values.get("numFmt", "decimal"),
            values.get("lvlText", "")[:200],
            1 if start is None else start,
            _number(values.get("lvlRestart", "")),
            "isLgl" in values and values["isLgl"] not in _OFF,
            "" if values.get("suff") == "nothing" else " ",
            values.get("pStyle", ""),
        )
    return levels


def _styles(root: Any) -> tuple[dict[str, tuple[str, int | None]], dict[str, str]]:
    """Return the list and level that styles have, and the styles that they are based on."""
    listed: dict[str, tuple[str, int | None]] = {}
    based: dict[str, str] = {}
    for style in root.iterfind("{*}style") if root is not None else ():
        key = attribute(style, "styleId")
        parent, properties = style.find("{*}basedOn"), style.find("{*}pPr/{*}numPr")
        if parent is not None:
            based[key] = attribute(parent, "val")
        if properties is not None:
            listed[key] = _reference(properties)
    return listed, based


def _reference(properties: Any) -> tuple[str, int | None]:
    values = {local(child): attribute(child, "val") for child in properties}
    return values.get("numId", ""), _number(values.get("ilvl", ""))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None

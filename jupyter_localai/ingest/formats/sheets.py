"""Spreadsheets: a line per row as it is shown, the column names repeated, an anchor per sheet and row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import grid
from .parts.flow import Flow
from .parts.office import DAMAGED, Package, attribute, local
from .parts.sheet_values import built_in, shown

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})$")
_MARGIN = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&\d+|&([A-Za-z&])')
_MARGINS = tuple(which + part for part in ("Header", "Footer") for which in ("odd", "even", "first"))
_ERRORS = "#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE!".split()


def read(data: bytes, path: str) -> Document:
    """Read a workbook; rows count from 1, as the program shows them. Formulas are read as their results.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    main = package.main("xl/workbook.xml")
    root = package.xml(main)
    sheets = [e for e in root.iter() if local(e) == "sheet"] if root is not None else []
    if not sheets:
        raise DAMAGED
    related = package.related(main)
    parts = {key: part for key, _, part in related}
    book = _Book(package, {kind: part for _, kind, part in related}, root)
    flow = Flow()
    warnings: list[str] = []
    for sheet in sheets:
        part = parts.pop(attribute(sheet, "id"), "")
        name = " ".join(attribute(sheet, "name").split())
        if part in package.names:
            book.add(part, name, flow, warnings)
        if attribute(sheet, "state") in ("hidden", "veryHidden"):
            warnings.append(f"Sheet {name!r} is hidden in the program, and was read.")
    return Document(path, "sheet", flow.text, package.title(), flow.places, (*warnings, *package.warnings()))


class _Book:
    """What all sheets of a workbook share: texts, number formats, the calendar."""

    def __init__(self, package: Package, parts: dict[str, str], root: Any) -> None:
        self._package = package
        self._texts = [_text(e) for e in package.stream(parts.get("sharedStrings", "xl/sharedStrings.xml"), "si")]
        self._forms = _forms(package.xml(parts.get("styles", "xl/styles.xml")))
        properties = next((e for e in root.iter() if local(e) == "workbookPr"), None)
        self._from_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self._budget = grid.Budget()

    def add(self, part: str, name: str, flow: Flow, warnings: list[str]) -> None:
        """Add what a sheet shows: its cells, then text boxes, comments, and what is printed at the page's margins."""
        cells = grid.Grid()
        merged: list[tuple[int, int, int]] = []
        margins: list[str] = []
        row = column = unknown = 0
        for element in self._package.stream(part, "c", "row", "mergeCell", *_MARGINS):
            kind = local(element)
            if kind == "c":
                row, column = _place(attribute(element, "r"), row, column, element.getparent())
                text = self._shown(element)
                unknown += not text and any(local(child) == "f" for child in element)
                if text and not self._budget.allows(text):
                    warnings.append(f"Sheet {name!r} was not read to its end: there are too many cells.")
                    break
                if text:
                    cells.put(row, column, text)
            elif kind == "row":
                row, column = max(row, _number(attribute(element, "r"))), 0
            elif kind == "mergeCell":
                merged += _merged(attribute(element, "ref"))
            else:
                margins.append(" ".join(_MARGIN.sub(_margin, element.text or "").split()))
        cells.merge(merged)
        cells.add_to(flow, name)
        if unknown:
            warnings.append(
                f"Sheet {name!r} has {unknown} formulas without a stored result: open and save it in its program."
            )
        for anchor, text in self._beside(part, name):
            flow.line(anchor, text + "\n\n")
        for text in dict.fromkeys(filter(None, margins)):
            flow.line(Anchor(sheet=name), text + "\n\n")

    def _beside(self, part: str, name: str) -> Iterator[tuple[Anchor, str]]:
        for _, kind, other in self._package.related(part):
            root = self._package.xml(other) if kind in ("drawing", "comments") else None
            for element in root.iter() if root is not None else ():
                if kind == "drawing" and local(element) == "p" and (text := _text(element).strip()):
                    yield Anchor(sheet=name), text
                elif kind == "comments" and local(element) == "comment" and (text := _text(element).strip()):
                    where = attribute(element, "ref")
                    row, _ = _place(where, 0, 0, None)
                    yield Anchor(sheet=name, row=row or None), f"Comment on {where}: {text}"

    def _shown(self, cell: Any) -> str:
        kind = attribute(cell, "t")
        value = next((child.text or "" for child in cell if local(child) == "v"), "").strip()
        if kind == "inlineStr":
            return _text(cell)
        if kind == "s":
            place = int(value) if value.isdecimal() and len(value) < 10 else -1
            return self._texts[place] if 0 <= place < len(self._texts) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind in ("str", "e", "d") or not value or value in _ERRORS:
            return value
        try:
            number = float(value)
        except ValueError:
            return value
        return shown(number, self._forms.get(attribute(cell, "s") or "0", ""), self._from_1904)


def _forms(root: Any) -> dict[str, str]:
    """Return the number format of each cell style."""
    named = {}
    forms = {}
    for element in root.iter() if root is not None else ():
        if local(element) == "numFmt":
            named[attribute(element, "numFmtId")] = attribute(element, "formatCode")
        elif local(element) == "cellXfs":
            for place, style in enumerate(e for e in element if local(e) == "xf"):
                key = attribute(style, "numFmtId")
                forms[str(place)] = named.get(key) or built_in(_number(key))
    return forms


def _text(element: Any) -> str:
    """Return the text of its runs, without how to pronounce it."""
    pieces = (e.text or "" for e in element.iter() if local(e) == "t" and local(e.getparent()) != "rPh")
    return "".join(pieces)


def _place(reference: str, row: int, column: int, parent: Any) -> tuple[int, int]:
    """Return the row and column of a cell; without a reference it stands right of the last one."""
    match = _REFERENCE.match(reference)
    if match:
        letters = 0
        for letter in match.group(1):
            letters = letters * 26 + ord(letter) - 64
        return int(match.group(2)), letters
    if column:
        return row, column + 1
    return (_number(attribute(parent, "r")) if parent is not None else 0) or row + 1, 1


def _merged(ranges: str) -> list[tuple[int, int, int]]:
    first, _, last = ranges.partition(":")
    (top, left), (bottom, _) = _place(first, 0, 0, None), _place(last, 0, 0, None)
    return [(top, bottom, left)] if _REFERENCE.match(first) and _REFERENCE.match(last) and bottom > top else []


def _margin(code: re.Match[str]) -> str:
    return {None: "", "&": "&", "L": " ", "C": " ", "R": " "}.get(code.group(1), "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0

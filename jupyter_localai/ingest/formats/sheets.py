"""Spreadsheets: a line per row as it is shown, the column names repeated, an anchor per sheet and row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ...results.passages import Anchor, Document
from .parts import grid
from .parts.beside_cells import BesideCells, text_of
from .parts.cell_places import merged, number, place
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import DAMAGED, Package, attribute, local, with_address
from .parts.sheet_values import built_in, shown

_MARGIN = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&\d+|&([A-Za-z&])')
_CODES = {"&": "&", "L": " ", "C": " ", "R": " "}
_MARGINS = tuple(which + part for part in ("Header", "Footer") for which in ("odd", "even", "first"))
_NAMED = re.compile(
    r"(?:'((?:[^']|'')+)'|([^'!\[\]:(),]+))!(\$?[A-Z]{1,3}\$?[1-9]\d{0,6})(?::(\$?[A-Z]{1,3}\$?\d{1,7}))?$"
)
_CONSTANT = re.compile(r'(-?\d{1,15}(?:\.\d{1,15})?)$|"([^"]{1,200})"$')
_HYPERLINK = re.compile(r'\s*HYPERLINK\(\s*"([^"]{1,500})"', re.IGNORECASE)
_MAX_COLUMN = 16_384
_MAX_NAMES = 1000  # of cells that are told with their values
_YES = ("1", "true")
_ERRORS = "#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE!".split()


def read(data: bytes, path: str) -> Document:
    """Read a workbook; rows count from 1, as the program shows them. Formulas are read as their results.

    Hidden sheets, rows and columns are not read, and are told.

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
    flow = Flow()
    book = _Book(package, {kind: part for _, kind, part in related}, root, flow)
    warnings: list[str] = []
    for sheet in sheets:
        part = parts.pop(attribute(sheet, "id"), "")
        name = " ".join(attribute(sheet, "name").split())
        if attribute(sheet, "state") in ("hidden", "veryHidden"):
            warnings.append(left_out(f"sheet {name!r}"))
        elif part in package.names:
            book.add(part, name, flow, warnings)
    book.add_constants(flow)
    warnings += book.warnings()
    return Document(path, "sheet", flow.text, package.title(), flow.places, (*warnings, *package.warnings()))


class _Book:
    """What all sheets of a workbook share: texts, number formats, the calendar, names of cells."""

    def __init__(self, package: Package, parts: dict[str, str], root: Any, flow: Flow) -> None:
        self._package = package
        self._texts = [text_of(e) for e in package.stream(parts.get("sharedStrings", "xl/sharedStrings.xml"), "si")]
        self._forms = _forms(package.xml(parts.get("styles", "xl/styles.xml")))
        properties = next((e for e in root.iter() if local(e) == "workbookPr"), None)
        self._from_1904 = properties is not None and attribute(properties, "date1904") in _YES
        self._budget = grid.Budget()
        self._beside_cells = BesideCells(package, flow)
        self._names: dict[str, list[tuple[str, str, str]]] = {}
        self._constants: list[str] = []
        for element in islice((e for e in root.iter() if local(e) == "definedName"), _MAX_NAMES):
            if not attribute(element, "name").startswith("_xl") and attribute(element, "hidden") not in _YES:
                self._name(attribute(element, "name"), (element.text or "").strip())

    def add(self, part: str, name: str, flow: Flow, warnings: list[str]) -> None:
        """Add what a sheet shows: its cells, then text boxes, comments, and what is printed at the page's margins."""
        cells = grid.Grid()
        ranges: list[tuple[int, int, int, int]] = []
        margins: list[str] = []
        links: dict[str, str] = {}
        hidden_rows: set[int] = set()
        hidden_columns = bytearray(_MAX_COLUMN + 1)
        row = column = unknown = masked = column_marks = 0
        for element in self._package.stream(part, "c", "row", "col", "mergeCell", "hyperlink", *_MARGINS):
            kind = local(element)
            if kind == "c":
                row, column = place(attribute(element, "r"), row, column, element.getparent())
                text, is_unknown = self._shown(element)
                unknown += is_unknown
                if not text:
                    masked += not is_unknown and any(local(child) == "v" and child.text for child in element)
                    continue
                if not self._budget.allows(text):
                    warnings.append(f"Sheet {name!r} was not read to its end: there are too many cells.")
                    break
                cells.put(row, column, text)
            elif kind == "row":
                row, column = max(row, number(element.get("r") or "")), 0
                if element.get("hidden") in _YES or element.get("ht") == "0":
                    hidden_rows.add(row)
            elif kind == "col":
                column_marks += 1
                if (element.get("hidden") in _YES or element.get("width") == "0") and column_marks <= _MAX_COLUMN:
                    first, last = number(element.get("min") or ""), min(number(element.get("max") or ""), _MAX_COLUMN)
                    hidden_columns[first : last + 1] = b"\1" * max(last + 1 - first, 0)
            elif kind == "mergeCell":
                ranges += merged(attribute(element, "ref"))
            elif kind == "hyperlink":
                links = links or self._package.links(part)
                where = place(attribute(element, "ref").partition(":")[0])
                if text := cells.get(*where):
                    cells.put(*where, with_address(text, links.get(attribute(element, "id"), "")))
            else:
                margins.append(without_codes(element.text or ""))
        cells.merge(ranges)
        hidden = cells.hide(hidden_rows, _marked(hidden_columns))
        if hidden:
            warnings.append(left_out(f"{hidden} of sheet {name!r}"))
        cells.add_to(flow, name)
        if unknown:
            warnings.append(
                f"Sheet {name!r} has {unknown} formulas without a stored result: open and save it in its program."
            )
        if masked:
            warnings.append(
                f"In sheet {name!r}, the formats of {masked} cells show nothing of them; they were not read."
            )
        for anchor, text in self._texts_beside(part, name, cells):
            flow.line(anchor, text + "\n\n")
        for text in dict.fromkeys(filter(None, margins)):
            flow.line(Anchor(sheet=name), text + "\n\n")

    def warnings(self) -> list[str]:
        """Return what is to be said of the files inside the workbook, after it was read."""
        return self._beside_cells.warnings()

    def add_constants(self, flow: Flow) -> None:
        """Add the names that stand for a number or a text."""
        for text in self._constants:
            flow.line(Anchor(), text + "\n\n")

    def _name(self, name: str, meaning: str) -> None:
        match = _NAMED.match(meaning)
        if match:
            sheet = " ".join((match.group(1) or match.group(2)).replace("''", "'").split())
            self._names.setdefault(sheet, []).append((name, match.group(3), match.group(4) or ""))
        elif match := _CONSTANT.match(meaning):
            self._constants.append(f"{name}: {match.group(1) or match.group(2)}")

    def _texts_beside(self, part: str, name: str, cells: grid.Grid) -> Iterator[tuple[Anchor, str]]:
        for title, first, last in self._names.get(name, ()):
            row, column = place(first)
            value = f"{first}:{last}".replace("$", "") if last else cells.get(row, column)
            if value and not cells.hides(row, column):
                yield Anchor(sheet=name, row=row), f"{title}: {value}"
        yield from self._beside_cells.texts(part, name, cells)

    def _shown(self, cell: Any) -> tuple[str, bool]:
        """Return what a cell shows, and whether it has a formula that was never computed."""
        kind = cell.get("t") or ""
        value = formula = ""
        has_formula = False
        for child in cell:
            name = local(child)
            if name == "v":
                value = (child.text or "").strip()
            elif name == "f":
                has_formula, formula = True, child.text or ""
        text = self._value(cell, kind, value)
        if formula[:12].lstrip()[:9].upper() == "HYPERLINK" and (match := _HYPERLINK.match(formula)):
            text = with_address(text, match.group(1)) if text else match.group(1)
        return text, has_formula and not text and not value

    def _value(self, cell: Any, kind: str, value: str) -> str:
        if kind == "inlineStr":
            return text_of(cell)
        if kind == "s":
            index = int(value) if value.isdecimal() and len(value) < 10 else -1
            return self._texts[index] if 0 <= index < len(self._texts) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind in ("str", "e", "d") or not value or value in _ERRORS:
            return value
        try:
            amount = float(value)
        except ValueError:
            return value
        return shown(amount, self._forms.get(cell.get("s") or "0", ""), self._from_1904)


def _marked(columns: bytearray) -> set[int]:
    return {column for column, is_hidden in enumerate(columns) if is_hidden} if 1 in columns else set()


def _forms(root: Any) -> dict[str, str]:
    """Return the number format of each cell style."""
    named = {}
    forms = {}
    for element in root.iter() if root is not None else ():
        if local(element) == "numFmt":
            named[attribute(element, "numFmtId")] = attribute(element, "formatCode")
        elif local(element) == "cellXfs":
            for index, style in enumerate(e for e in element if local(e) == "xf"):
                key = attribute(style, "numFmtId")
                forms[str(index)] = named.get(key) or built_in(number(key))
    return forms


def without_codes(margin: str) -> str:
    """Return what is printed at a page's head or foot, without fonts, sizes and fields."""
    return " ".join(_MARGIN.sub(lambda code: _CODES.get(code.group(1), ""), margin).split())

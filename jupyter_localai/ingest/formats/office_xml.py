"""Word and Excel documents of 2003 that are one XML file, which many programs still export as ``.doc`` or ``.xls``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import grid
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import FlatPackage, attribute, local
from .parts.sheet_values import built_in, shown
from .word import read_package

_WORD = "{http://schemas.microsoft.com/office/word/2003/wordml}wordDocument"
_BOOK = "{urn:schemas-microsoft-com:office:spreadsheet}Workbook"
_FORMS = {  # that have names
    **{"Short Date": "y-m-d", "Long Date": "y-m-d", "Medium Date": "y-m-d", "General Date": "y-m-d h:mm"},
    **{"Short Time": "h:mm", "Long Time": "h:mm:ss", "Medium Time": "h:mm", "Percent": "0.00%", "Fixed": "0.00"},
    **{"Standard": "#,##0.00", "Scientific": "0.00E+00", "Currency": built_in(7), "General": ""},
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)")
_MAX_SPAN = 16_384


def read(root: Any, path: str) -> Document | None:
    """Read a document of these kinds; None when it is none.

    Raises
    ------
    ReadError
        As `word.read_package`.
    """
    if root.tag == _WORD:
        _write_labels(root)
        return read_package(FlatPackage(root), path)
    return _read_book(root, path) if root.tag == _BOOK else None


def _write_labels(root: Any) -> None:
    """Put the numbers of lists, which are stored as shown, before the text of their paragraphs."""
    for label in root.iterfind(".//{*}listPr/{*}t"):
        paragraph = next((above for above in label.iterancestors("{*}p")), None)
        text = next(paragraph.iterfind(".//{*}r/{*}t"), None) if paragraph is not None else None
        if text is not None:
            number = attribute(label, "val").strip()
            text.text = (f"{number} " if any(map(str.isalnum, number)) else "- ") + (text.text or "")


def _read_book(root: Any, path: str) -> Document:
    flow = Flow()
    warnings: list[str] = []
    budget = grid.Budget()
    forms = {
        attribute(style, "ID"): next((attribute(e, "Format") for e in style if local(e) == "NumberFormat"), "")
        for style in root.iterfind("{*}Styles/{*}Style")
    }
    for sheet in root.iterfind("{*}Worksheet"):
        name = " ".join(attribute(sheet, "Name").split())
        if any((e.text or "").strip().endswith("Hidden") for e in sheet.iterfind("{*}WorksheetOptions/{*}Visible")):
            warnings.append(left_out(f"sheet {name!r}"))
            continue
        cells = grid.Grid()
        hidden_rows: set[int] = set()
        ranges: list[tuple[int, int, int, int]] = []
        comments: list[tuple[int, int, str]] = []
        for row, column, cell in _cells(sheet, hidden_rows):
            down, right = _number(cell, "MergeDown"), _number(cell, "MergeAcross")
            text = _text(cell, forms.get(attribute(cell, "StyleID"), ""))
            if text and not budget.allows(text):
                warnings.append(f"Sheet {name!r} was not read to its end: there are too many cells.")
                break
            if text:
                cells.put(row, column, text)
            if down or right:
                ranges.append((row, row + down, column, column + right))
            comments += [(row, column, " ".join("".join(e.itertext()).split())) for e in cell.iterfind("{*}Comment")]
        cells.merge(ranges)
        hidden = cells.hide(hidden_rows, _hidden_columns(sheet))
        if hidden:
            warnings.append(left_out(f"{hidden} of sheet {name!r}"))
        cells.add_to(flow, name)
        for row, column, text in comments:
            if text and not cells.hides(row, column):
                flow.line(Anchor(sheet=name, row=row), f"Comment: {text}\n\n")
    title = next((" ".join((e.text or "").split()) for e in root.iterfind("{*}DocumentProperties/{*}Title")), "")
    return Document(path, "sheet", flow.text, title[:200], flow.places, tuple(warnings))


def _cells(sheet: Any, hidden_rows: set[int]) -> Iterator[tuple[int, int, Any]]:
    row = 0
    for element in sheet.iterfind("{*}Table/{*}Row"):
        row = _number(element, "Index") or row + 1
        if attribute(element, "Hidden") == "1":
            hidden_rows.update(range(row, row + 1 + _number(element, "Span")))
        column = 0
        for cell in element.iterfind("{*}Cell"):
            column = _number(cell, "Index") or column + 1
            yield row, column, cell
            column += _number(cell, "MergeAcross")
        row += _number(element, "Span")


def _hidden_columns(sheet: Any) -> set[int]:
    hidden: set[int] = set()
    column = 0
    for element in sheet.iterfind("{*}Table/{*}Column"):
        column = _number(element, "Index") or column + 1
        span = _number(element, "Span")
        if attribute(element, "Hidden") == "1":
            hidden.update(range(column, column + 1 + span))
        column += span
    return hidden


def _text(cell: Any, form: str) -> str:
    """Return what a cell shows."""
    data = next(cell.iterfind("{*}Data"), None)
    if data is None:
        return ""
    text = " ".join("".join(data.itertext()).split())
    kind = attribute(data, "Type")
    if kind == "Boolean":
        return {"1": "TRUE", "0": "FALSE"}.get(text, text)
    if kind == "DateTime" and (time := _TIME.match(text)):
        date, clock = time.groups()
        return clock if date == "1899-12-31" else f"{date} {clock}".removesuffix(" 00:00:00")
    try:
        return shown(float(text), _FORMS.get(form, form)) if kind == "Number" else text
    except ValueError:
        return text


def _number(element: Any, name: str) -> int:
    value = attribute(element, name)
    return min(int(value), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) < 8 else 0

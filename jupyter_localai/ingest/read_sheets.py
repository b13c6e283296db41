"""Spreadsheets: a line per row as it is shown, the column names repeated, an anchor per sheet and row."""

from __future__ import annotations

import datetime
import io
import re
import warnings as python_warnings
from collections.abc import Iterator
from typing import Any

from ..schema import Anchor, Document, Place
from .office import DAMAGED, Package, attribute, local
from .tables import Row, lay_out

MAX_CELLS = 2_000_000
_FORMAT = re.compile(r"[#0][#0,]*(?:\.(0+))?")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


def read(data: bytes, path: str) -> Document:
    """Read a workbook; rows count from 1, as the program shows them. Formulas are read as their results.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    parts = _parts(package)
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    budget = _Budget()
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # of what the library does not keep: styles, extensions
        book = _open(data)
        for sheet in book.worksheets:
            found = [
                (Anchor(sheet=sheet.title, row=number), piece)
                for table in _tables(sheet, budget)
                for number, piece in _spaced(lay_out(table))
            ]
            boxes = _boxes(package, parts.get(sheet.title, ""))
            if boxes:
                found.append((Anchor(sheet=sheet.title), boxes))
            for anchor, piece in found:
                pieces.append(piece)
                places.append(Place(offset, offset + len(piece), anchor))
                offset += len(piece)
    return Document(path, "sheet", "".join(pieces), package.title(), tuple(places), tuple(budget.warnings))


def _spaced(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Put an empty line after the last one."""
    held = None
    for item in lines:
        if held is not None:
            yield held
        held = item
    if held is not None:
        yield held[0], held[1] + "\n"


def _parts(package: Package) -> dict[str, str]:
    """Return the part of each sheet by its name."""
    main = package.main("xl/workbook.xml")
    root = package.xml(main)
    related = {key: part for key, _, part in package.related(main)}
    sheets = [e for e in root.iter() if local(e) == "sheet"] if root is not None else []
    return {attribute(sheet, "name"): related.get(attribute(sheet, "id"), "") for sheet in sheets}


def _boxes(package: Package, part: str) -> str:
    """Return what the text boxes of a sheet say, which stand beside its cells."""
    texts = []
    for _, kind, drawing in package.related(part) if part else ():
        root = package.xml(drawing) if kind == "drawing" else None
        for paragraph in (e for e in root.iter() if local(e) == "p") if root is not None else ():
            texts.append("".join(e.text or "" for e in paragraph.iter() if local(e) == "t"))
    return "".join(text.strip() + "\n\n" for text in texts if text.strip())


class _Budget:
    """Counts cells; what is beyond the limit is told and left out."""

    def __init__(self) -> None:
        self.left = MAX_CELLS
        self.warnings: list[str] = []

    def allows(self, cells: int, sheet: str) -> bool:
        self.left -= cells + 1
        if self.left < 0:
            self.warnings.append(f"Sheet {sheet!r} was not read to its end: there are too many cells.")
        return self.left >= 0


def _open(data: bytes) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception:  # the library raises whatever the damage leads to
        raise DAMAGED from None


def _tables(sheet: Any, budget: _Budget) -> Iterator[list[Row]]:
    """Yield runs of rows without an empty one between them."""
    table: list[Row] = []
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    try:
        for number, cells in enumerate(sheet.rows, 1):
            if budget.left < 0 or not budget.allows(len(cells), sheet.title):
                break
            shown = [_shown(cell) for cell in cells]
            if any(shown):
                table.append((number, shown))
            elif table:
                yield table
                table = []
    except Exception:  # as when it is opened
        budget.warnings.append(f"Sheet {sheet.title!r} is damaged; what could be read of it was.")
    if table:
        yield table


def _shown(cell: Any) -> str:
    """Return a cell's value as its number format shows it, so far as people search for it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if not isinstance(value, (int, float)):
        return str(value)
    form = _QUOTED.sub("", str(cell.number_format or "").split(";")[0])
    match = _FORMAT.search(form)
    if not match or "E" in form or "?" in form:
        return f"{value:.15g}"
    decimals = len(match.group(1) or "")
    if "%" in form:
        return f"{value * 100:.{decimals}f}%"
    return f"{value:{',' if ',' in match.group() else ''}.{decimals}f}"

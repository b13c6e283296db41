"""Workbooks of before 2007 as they are shown: a place per sheet and row."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import grid
from .parts.compound import number_at
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import OLD, with_address
from .parts.sheet_values import shown
from .sheets import without_codes

_SHEET, _BEGIN, _HEADER, _FOOTER, _OBJECT, _TEXT, _MORE = 0x85, 0x809, 0x14, 0x15, 0x5D, 0x1B6, 0x3C
_NOTE = 0x19  # an object that holds a comment
_BARE = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")


def is_bare(data: bytes) -> bool:
    """Whether a workbook stands in a file of its own, as before 1993."""
    return data.startswith(_BARE)


def read(stream: bytes, path: str, title: str = "") -> Document:
    """Read a workbook; hidden sheets, rows and columns are not read, and are told.

    Raises
    ------
    ReadError
        ``old_format`` without the extra ``legacy``.
    """
    if importlib.util.find_spec("xlrd") is None:
        raise OLD
    import xlrd

    book = xlrd.open_workbook(file_contents=stream, formatting_info=True, logfile=io.StringIO())
    beside = _beside(stream) if book.biff_version >= 80 else {}
    flow = Flow()
    warnings: list[str] = []
    budget = grid.Budget()
    for sheet in book.sheets():
        if sheet.visibility:
            warnings.append(left_out(f"sheet {sheet.name!r}"))
            continue
        cells = grid.Grid()
        if not _fill(cells, book, sheet, budget):
            warnings.append(f"Sheet {sheet.name!r} was not read to its end: there are too many cells.")
        cells.merge([(top + 1, bottom, left + 1, right) for top, bottom, left, right in sheet.merged_cells])
        hidden_rows = {row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden}
        hidden = cells.hide(hidden_rows, {column + 1 for column, info in sheet.colinfo_map.items() if info.hidden})
        if hidden:
            warnings.append(left_out(f"{hidden} of sheet {sheet.name!r}"))
        cells.add_to(flow, sheet.name)
        for (row, column), note in sorted(sheet.cell_note_map.items()):
            if (text := " ".join(note.text.split())) and not cells.hides(row + 1, column + 1):
                flow.line(Anchor(sheet=sheet.name, row=row + 1), f"Comment: {text}\n\n")
        for text in dict.fromkeys(beside.get(sheet.name, ())):
            if text.strip():
                flow.line(Anchor(sheet=sheet.name), text.strip() + "\n\n")
    return Document(path, "sheet", flow.text, title, flow.places, tuple(warnings))


def _fill(cells: grid.Grid, book: Any, sheet: Any, budget: grid.Budget) -> bool:
    """Fill a grid with what a sheet shows; return whether there was room for all of it."""
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            text = _shown(book, cell)
            link = sheet.hyperlink_map.get((row, column)) if text else None
            if link is not None and isinstance(link.url_or_path, str):
                text = with_address(text, link.url_or_path.removeprefix("mailto:"))
            if text and not budget.allows(text):
                return False
            if text:
                cells.put(row + 1, column + 1, text)
    return True


def _shown(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        return shown(cell.value, "" if form == "General" else form, bool(book.datemode))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return cell.value if isinstance(cell.value, str) else ""


def _beside(stream: bytes) -> dict[str, list[str]]:
    """Return the text boxes of each sheet and what is printed at its head and foot, which the library leaves out."""
    sheets: dict[int, str] = {}
    found: dict[str, list[str]] = {}
    name = ""
    is_note, letters = False, 0
    for kind, at, length in _records(stream):
        if kind == _SHEET:
            sheets[number_at(stream, at, 4)] = _string(stream, at + 6, number_at(stream, at + 6, 1), 1)
        elif kind == _BEGIN:
            name = sheets.get(at - 4, name)
        elif kind in (_HEADER, _FOOTER) and length:
            found.setdefault(name, []).append(without_codes(_string(stream, at, number_at(stream, at, 2), 2)))
        elif kind == _OBJECT:
            is_note = number_at(stream, at + 4, 2) == _NOTE
        elif kind == _TEXT:
            letters = number_at(stream, at + 10, 2)
        elif kind == _MORE and letters:
            if not is_note:
                found.setdefault(name, []).append(_string(stream, at, letters, 0))
            letters = 0
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at + 4 <= len(stream):
        length = number_at(stream, at + 2, 2)
        yield number_at(stream, at, 2), at + 4, length
        at += 4 + length


def _string(stream: bytes, at: int, count: int, size: int) -> str:
    """Return a text behind its length, of one byte a letter or two."""
    begin = at + size + 1
    if number_at(stream, at + size, 1) & 1:
        return stream[begin : begin + 2 * count].decode("utf-16-le", "replace")
    return stream[begin : begin + count].decode("latin-1")

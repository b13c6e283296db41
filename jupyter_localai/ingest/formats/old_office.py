"""Office files of before 2007 and messages of Outlook: read with the extra ``legacy``, else what to do is told."""

from __future__ import annotations

import email.header
import importlib.util
import io
from typing import Any

from ...errors import ReadError
from ...results.passages import Anchor, Document
from .parts import grid
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import DAMAGED, Package, protected
from .parts.sheet_values import shown

_NEEDED = ("olefile", "sharepoint2text", "xlrd")
_KINDS = {"WordDocument": "doc", "PowerPoint Document": "ppt", "__properties_version1.0": "msg"}
_BOOKS = ("Workbook", "Book")
_BINARY_SHEET = ReadError(
    "This is a workbook in Excel's binary format, which is not read.", "Save it as .xlsx.", code="old_format"
)


def read(data: bytes, path: str) -> Document:
    """Read a file of before 2007: a place per sheet and row, or per slide.

    Raises
    ------
    ReadError
        ``old_format`` when the extra is not installed or the file is of a kind that it does not read; ``encrypted``
        or ``corrupted``.
    """
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        Package(data)  # which tells what it is
        raise DAMAGED
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as package:
            names = {entry[0] for entry in package.listdir()}
    except Exception:  # its parser raises what it meets
        raise DAMAGED from None
    if "EncryptedPackage" in names:
        raise protected()
    try:
        if not names.isdisjoint(_BOOKS):
            return read_book(data, path)
        kind = next((kind for stream, kind in _KINDS.items() if stream in names), "")
        if kind:
            return _document(data, path, kind)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # as above
        raise protected() if "encrypt" in f"{type(error).__name__} {error}".lower() else DAMAGED from None
    Package(data)
    raise DAMAGED


def read_binary_sheet(data: bytes, path: str) -> Document:
    """Tell that a binary workbook is not read.

    Raises
    ------
    ReadError
        ``old_format``, or as `office.Package`.
    """
    Package(data)
    raise _BINARY_SHEET


def _document(data: bytes, path: str, kind: str) -> Document:
    import sharepoint2text

    found = sharepoint2text.read_bytes(data, extension=kind, ignore_images=True, include_attachments=False)
    document: Any = next(iter(found))
    flow = Flow()
    warnings: list[str] = []
    if kind == "msg":
        _head(document, flow)
    for unit in document.units:
        if kind == "ppt":
            flow.begin(Anchor(slide=unit.number, heading=(unit.title or "")[:200] or None))
            flow.paragraph(unit.title or "")
        for line in (unit.text or "").splitlines():
            flow.paragraph(line)
    if not any((unit.text or "").strip() for unit in document.units):
        warnings.append("It has no text that can be read" + ("; it may be encrypted." if kind == "msg" else "."))
    title = " ".join((document.metadata.title or "").split())[:200]
    return Document(
        path, {"doc": "word", "ppt": "slides"}.get(kind, "email"), flow.text, title, flow.places, tuple(warnings)
    )


def _head(document: Any, flow: Flow) -> None:
    """Add who wrote a message to whom, and about what."""
    senders = [document.properties.get("msg.from_email") or {}]
    for name, people in (("From", senders), ("To", document.properties.get("msg.to_emails") or [])):
        texts = (f"{_decoded(one.get('name') or '')} {one.get('address') or ''}".strip() for one in people)
        line = ", ".join(filter(None, texts))
        flow.paragraph(f"{name}: {line}" if line else "")
    flow.paragraph(f"Subject: {document.metadata.title}" if document.metadata.title else "")


def _decoded(name: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(name)))
    except (LookupError, UnicodeError, ValueError):
        return name


def read_book(data: bytes, path: str) -> Document:
    """Read a workbook of before 2007 as it is shown: a place per sheet and row."""
    import xlrd

    book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
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
    return Document(path, "sheet", flow.text, "", flow.places, tuple(warnings))


def _fill(cells: grid.Grid, book: Any, sheet: Any, budget: grid.Budget) -> bool:
    """Fill a grid with what a sheet shows; return whether there was room for all of it."""
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            text = _shown(book, cell)
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

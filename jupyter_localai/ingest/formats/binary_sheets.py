"""Workbooks in Excel's binary format (``.xlsb``): the same package as ``.xlsx``, with records in place of elements.

After Microsoft's [MS-XLSB]; numbers in the code are those of its records.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator

from ...results.passages import Anchor, Document
from .parts import grid
from .parts.beside_cells import BesideCells
from .parts.compound import number_at
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import DAMAGED, Package, with_address
from .parts.sheet_values import built_in, shown
from .sheets import without_codes

_ROW, _STRING, _SHARED, _REAL, _BOOL, _ERROR, _RK, _RICH = 0, 6, 7, 5, 4, 3, 2, 62
_OF_FORMULAS = {8: _STRING, 9: _REAL, 10: _BOOL, 11: _ERROR}
_CELLS = frozenset((_STRING, _SHARED, _REAL, _BOOL, _ERROR, _RK, _RICH, *_OF_FORMULAS))
_ITEM, _FORMAT, _STYLE, _STYLES_BEGIN, _STYLES_END = 19, 44, 47, 617, 618
_COLUMNS, _SETTINGS, _SHEET, _MERGED, _LINK, _MARGINS, _COMMENT, _SAYS = 60, 153, 156, 176, 494, 479, 635, 637
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_NOTHING = 0xFFFFFFFF
_MAX_COLUMN = 16_384
_MAX_TEXTS = 2_000_000


@dataclasses.dataclass(frozen=True)
class _Record:
    kind: int
    data: bytes

    def number(self, at: int, size: int = 4) -> int:
        return number_at(self.data, at, size)

    def text(self, at: int) -> str:
        count = self.number(at)
        return "" if count == _NOTHING else self.data[at + 4 : at + 4 + 2 * count].decode("utf-16-le", "replace")


def read(data: bytes, path: str) -> Document:
    """Read a workbook; rows count from 1, as the program shows them. Formulas are read as their results.

    Hidden sheets, rows and columns are not read, and are told.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    main = package.main("xl/workbook.bin")
    records = list(_records(package.data(main) or b""))
    sheets = [record for record in records if record.kind == _SHEET]
    related = package.related(main)
    parts = {key: part for key, _, part in related}
    if not any(record.text(8) in parts for record in sheets):
        raise DAMAGED
    flow = Flow()
    book = _Book(package, {kind: part for _, kind, part in related}, records, flow)
    warnings: list[str] = []
    for record in sheets:
        key = record.text(8)
        name = " ".join(record.text(12 + 2 * len(key)).split())
        part = parts.pop(key, "")
        if record.number(0):
            warnings.append(left_out(f"sheet {name!r}"))
        elif part.endswith(".bin"):
            book.add(part, name, flow, warnings)
    warnings += book.warnings()
    return Document(path, "sheet", flow.text, package.title(), flow.places, (*warnings, *package.warnings()))


class _Book:
    """What all sheets of a workbook share: texts, number formats, the calendar."""

    def __init__(self, package: Package, parts: dict[str, str], records: list[_Record], flow: Flow) -> None:
        self._package = package
        self._texts = [
            r.text(1) for r in self._part(parts.get("sharedStrings", "xl/sharedStrings.bin")) if r.kind == _ITEM
        ]
        self._forms = _forms(self._part(parts.get("styles", "xl/styles.bin")))
        self._from_1904 = any(record.kind == _SETTINGS and record.number(0) & 1 for record in records)
        self._beside = BesideCells(package, flow)
        self._budget = grid.Budget()

    def add(self, part: str, name: str, flow: Flow, warnings: list[str]) -> None:
        """Add what a sheet shows: its cells, then what stands beside them and at the page's margins."""
        cells = grid.Grid()
        ranges: list[tuple[int, int, int, int]] = []
        margins: list[str] = []
        hidden_rows: set[int] = set()
        hidden_columns: set[int] = set()
        links = self._package.links(part)
        row = 0
        for record in self._part(part):
            if record.kind == _ROW:
                row = record.number(0) + 1
                if record.number(11, 1) & 0x10:
                    hidden_rows.add(row)
            elif record.kind in _CELLS:
                text = self._shown(record)
                if text and not self._budget.allows(text):
                    warnings.append(f"Sheet {name!r} was not read to its end: there are too many cells.")
                    break
                if text:
                    cells.put(row, record.number(0) + 1, text)
            elif record.kind == _COLUMNS and (record.number(16, 2) & 1 or not record.number(8)):
                last = min(record.number(4) + 1, _MAX_COLUMN)
                hidden_columns.update(range(record.number(0) + 1, last + 1))
            elif record.kind == _MERGED:
                top, bottom, left, right = (record.number(4 * place) + 1 for place in range(4))
                ranges += [(top, bottom, left, right)] if bottom > top or right > left else []
            elif record.kind == _LINK:
                where = record.number(0) + 1, record.number(8) + 1
                if text := cells.get(*where):
                    cells.put(*where, with_address(text, links.get(record.text(16), "")))
            elif record.kind == _MARGINS:
                margins += _margins(record)
        cells.merge(ranges)
        hidden = cells.hide(hidden_rows, hidden_columns)
        if hidden:
            warnings.append(left_out(f"{hidden} of sheet {name!r}"))
        cells.add_to(flow, name)
        for anchor, text in (*self._beside.texts(part, name, cells), *self._comments(part, name, cells)):
            flow.line(anchor, text + "\n\n")
        for text in dict.fromkeys(filter(None, margins)):
            flow.line(Anchor(sheet=name), text + "\n\n")

    def warnings(self) -> list[str]:
        """Return what is to be said of the files inside the workbook, after it was read."""
        return self._beside.warnings()

    def _part(self, name: str) -> Iterator[_Record]:
        return _records(self._package.data(name) or b"")

    def _comments(self, part: str, name: str, cells: grid.Grid) -> Iterator[tuple[Anchor, str]]:
        row = column = 0
        for other in (other for _, kind, other in self._package.related(part) if kind == "comments"):
            for record in self._part(other):
                if record.kind == _COMMENT:
                    row, column = record.number(4) + 1, record.number(12) + 1
                elif record.kind == _SAYS and (text := record.text(1).strip()) and not cells.hides(row, column):
                    yield Anchor(sheet=name, row=row), f"Comment: {text}"

    def _shown(self, cell: _Record) -> str:
        kind = _OF_FORMULAS.get(cell.kind, cell.kind)
        if kind == _SHARED:
            index = cell.number(8)
            return self._texts[index] if index < len(self._texts) else ""
        if kind in (_STRING, _RICH):
            return cell.text(8 + (kind == _RICH))
        if kind == _BOOL:
            return "TRUE" if cell.number(8, 1) else "FALSE"
        if kind == _ERROR:
            return _ERRORS.get(cell.number(8, 1), "")
        if len(cell.data) < 12 + 4 * (kind == _REAL):
            return ""
        value = struct.unpack_from("<d", cell.data, 8)[0] if kind == _REAL else _packed(cell.number(8))
        return shown(value, self._forms.get(cell.number(4, 3), ""), self._from_1904)


def _records(data: bytes) -> Iterator[_Record]:
    at = 0
    while at < len(data):
        kind, at = _varying(data, at, 2)
        size, at = _varying(data, at, 4)
        yield _Record(kind, data[at : at + size])
        at += size


def _varying(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and where it ends; the type of a record keeps its marks in the second."""
    value = 0
    for place in range(most):
        byte = number_at(data, at, 1)
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return value, at


def _packed(number: int) -> float:
    """Return a number that is kept in four bytes."""
    if number & 2:
        value = float((number >> 2) - (1 << 30) * (number >> 31))
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (number & 0xFFFFFFFC) << 32))[0])
    return value / 100 if number & 1 else value


def _forms(records: Iterator[_Record]) -> dict[int, str]:
    """Return the number format of each cell style."""
    named: dict[int, str] = {}
    forms: dict[int, str] = {}
    of_cells = False
    for record in records:
        if record.kind == _FORMAT:
            named[record.number(0, 2)] = record.text(2)
        elif record.kind in (_STYLES_BEGIN, _STYLES_END):
            of_cells = record.kind == _STYLES_BEGIN
        elif record.kind == _STYLE and of_cells:
            key = record.number(2, 2)
            forms[len(forms)] = named.get(key) or built_in(key)
    return forms


def _margins(record: _Record) -> Iterator[str]:
    """Yield what is printed at the head and foot of a page."""
    at = 2
    for _ in range(6):
        text = record.text(at)
        yield without_codes(text)
        at += 4 + len(text.encode("utf-16-le"))

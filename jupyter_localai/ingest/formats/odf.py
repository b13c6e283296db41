"""OpenDocument texts, presentations and spreadsheets, as LibreOffice writes them."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import grid, odf_marks, scripts
from .parts.attached import Attached
from .parts.flow import Flow
from .parts.hidden import left_out, slides_left_out
from .parts.long_cells import add_table
from .parts.odf_numbers import Numbers
from .parts.office import DAMAGED, FlatPackage, Package, attribute, datum, local, parse, protected

_UNSEEN = frozenset(("tracked-changes", "note", "annotation", "sequence-decls", "forms", "notes"))
_DIVIDED = ("p", "h", "list-item", "title", "desc")  # the last two say what a picture shows
_OBJECTS = ("object", "object-ole")
_BREAKS = {"tab": "\t", "line-break": "\n", "soft-page-break": ""}
_CELLS = ("table-cell", "covered-table-cell")
_MAX_SPACES = 80
_GROUPS = ("table-row-group", "table-column-group", "table-header-rows", "table-header-columns", "table-rows")
_MAX_GROUPS_DEEP = 20
_MAX_COLUMN = 16_384
_MAX_REPEATED = 1000  # times that one row or cell is written; the program allows a million


def read_text(data: bytes, path: str) -> Document:
    """Read a text document; a place per section, anchored by its headings.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package, body = _open(data)
    flow = Flow()
    writer = _Writer(flow, package, body.getparent().getparent())
    writer.blocks(body)
    return Document(path, "word", flow.text, _title(package), flow.places, (*writer.warnings(), *package.warnings()))


def read_slides(data: bytes, path: str) -> Document:
    """Read a presentation or drawing; a place per slide or page, which its title is the heading of.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package, body = _open(data)
    flow = Flow()
    writer = _Writer(flow, package, body.getparent().getparent())
    styles = _hiding(body.getparent().getparent())
    hidden = []
    for number, page in enumerate((e for e in body.iter() if local(e) == "page"), 1):
        if attribute(page, "style-name") in styles:
            hidden.append(number)
            continue
        titles = (e for e in page if attribute(e, "class") == "title")
        title = next((" ".join(_text(e).split()) for e in titles), "")
        flow.begin(Anchor(slide=number, heading=title[:200] or None))
        writer.blocks(page)
        for notes in (e for e in page if local(e) == "notes"):
            if "".join(_inline(notes)).strip():
                flow.paragraph("Notes:")
                writer.blocks(notes)
    warnings = (*slides_left_out(hidden), *writer.warnings(), *package.warnings())
    return Document(path, "slides", flow.text, _title(package), flow.places, warnings)


def read_sheets(data: bytes, path: str) -> Document:
    """Read a spreadsheet; rows count from 1, as the program shows them, and cells are read as they are shown.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package, body = _open(data)
    flow = Flow()
    warnings: list[str] = []
    budget = grid.Budget()
    root = body.getparent().getparent()
    odf_marks.write(root, package.xml("styles.xml"))
    styles = _hiding(root)
    for sheet in (e for e in body if local(e) == "table"):
        name = attribute(sheet, "name")
        if attribute(sheet, "style-name") in styles:
            warnings.append(left_out(f"sheet {name!r}"))
            continue
        cells = grid.Grid()
        ranges: list[tuple[int, int, int, int]] = []
        hidden_rows: set[int] = set()
        if not _fill(cells, sheet, budget, ranges, hidden_rows):
            warnings.append(f"Sheet {name!r} was not read to its end: there are too many cells.")
        cells.merge(ranges)
        hidden = cells.hide(hidden_rows, _hidden_columns(sheet))
        if hidden:
            warnings.append(left_out(f"{hidden} of sheet {name!r}"))
        cells.add_to(flow, name)
    return Document(path, "sheet", flow.text, _title(package), flow.places, (*warnings, *package.warnings()))


@dataclasses.dataclass(frozen=True)
class _List:
    key: str
    style: str
    level: int


class _Writer:
    """Adds paragraphs, lists and tables to a text in their order."""

    def __init__(self, flow: Flow, package: Package, root: Any) -> None:
        styles = package.xml("styles.xml")
        self._hidden = odf_marks.write(root, styles)
        self._numbers = Numbers(styles, root)
        self._flow = flow
        self._package = package
        self._embedded = Attached(flow, "Embedded files")
        self._seen: set[str] = set()

    def warnings(self) -> list[str]:
        """Return what is to be said of hidden parts and of files inside the document, after it was read."""
        hidden = [left_out(f"{self._hidden} part{'s' * (self._hidden > 1)} of the text")] if self._hidden else []
        return hidden + self._embedded.warnings()

    def blocks(self, element: Any, within: _List | None = None, start: str | None = None) -> None:
        """Add what is inside an element; the first paragraph of an item gets its number, which may be its `start`."""
        for child in element:
            name = local(child)
            if name == "h":
                self._heading(child)
                self._beside(child)
            elif name == "p":
                text = _text(child).strip()
                if text and within and start is not None:
                    text = self._numbers.item(within.key, within.style, within.level, start) + text
                    start = None
                self._flow.paragraph(text)
                self._beside(child)
            elif name == "list":
                self._list(child, within)
            elif name == "table":
                self._table(child)
            elif name in _OBJECTS:
                self._object(attribute(child, "href"))
            elif name not in _UNSEEN:
                self.blocks(child)

    def _beside(self, element: Any) -> None:
        """Add the text boxes that hang on a paragraph, and its notes and comments."""
        for child in element:
            if local(child) == "annotation":
                self._flow.paragraph("Comment:")
            if local(child) in ("note-body", "annotation", "text-box", "custom-shape"):
                self.blocks(child)
            elif local(child) in _OBJECTS:
                self._object(attribute(child, "href"))
            elif local(child) != "tracked-changes":
                self._beside(child)

    def _heading(self, element: Any) -> None:
        said = attribute(element, "outline-level")
        level = int(said) if said in tuple("123456789") else 1
        text = _text(element).strip()
        if text and attribute(element, "is-list-header") != "true":
            text = self._numbers.heading(level - 1) + text
        self._flow.heading(level, text)

    def _list(self, element: Any, above: _List | None) -> None:
        style = attribute(element, "style-name") or (above.style if above else "")
        key = above.key if above and above.style == style else self._numbers.begin(element, style)
        within = _List(key, style, above.level + 1 if above else 0)
        for item in element:
            self.blocks(item, within, attribute(item, "start-value") if local(item) == "list-item" else None)

    def _object(self, reference: str) -> None:
        """Add what an embedded document says: one with parts of its own in the package, or a file of its own."""
        part = posixpath.normpath(reference)
        if part in self._seen or part.startswith(("/", "..")):
            return
        self._seen.add(part)  # each once
        root = self._package.xml(f"{part}/content.xml")
        if root is not None:
            for body in (inner for e in root if local(e) == "body" for inner in e):
                self.blocks(body)
        elif (data := self._package.data(part)) is not None:
            text = self._embedded.inline(posixpath.basename(part), data)
            self._flow.paragraph(f"Embedded file:\n{text}" if text.strip() else "")

    def _table(self, table: Any) -> None:
        cells = [[c for c in row if local(c) in _CELLS] for row in _nearest(table, "table-row")]
        rows = [list(_shown(row, len(cells))) for row in cells]
        data = [[scripts.plain(text) for text in row if text is not None] for row in rows]
        if all(None not in row for row in rows) and max(map(len, data), default=0) > 1:
            add_table(self._flow, data)
            self._beside(table)
        else:  # it only places things on the page
            for row in cells:
                for cell in row:
                    self.blocks(cell)


def _open(data: bytes) -> tuple[Package, Any]:
    if data.startswith(b"PK"):
        package = Package(data)
        manifest = package.xml("META-INF/manifest.xml")
        if manifest is not None and any(local(e) == "encryption-data" for e in manifest.iter()):
            raise protected()
        root = package.xml("content.xml")
    else:
        root = parse(data, data.count(b"<"))
        package = FlatPackage(root) if root is not None else Package(data)
    bodies = [e for e in root if local(e) == "body" and len(e)] if root is not None else []
    if not bodies:
        raise DAMAGED
    return package, bodies[0][0]


def _title(package: Package) -> str:
    return package.title("meta.xml")


def _shown(row: list[Any], rows: int) -> Iterator[str | None]:
    """Yield the cells of a row, None for one that is no datum; beside a short one much text may stand in a table."""
    named = False
    for cell in row:
        text = datum(_inline(cell))
        if text is None and named and rows > 1 and not any(local(e) in ("table", "h") for e in cell.iter()):
            text = " ".join("".join(_inline(cell)).split())
        named = named or bool(text)
        yield text


def _text(element: Any) -> str:
    return scripts.plain("".join(_inline(element)))


def _inline(element: Any) -> Iterator[str]:
    """Yield the text of an element, its paragraphs divided; notes, comments and boxes are left for later."""
    yield element.text or ""
    for child in element:
        name = local(child)
        if name == "s":
            yield " " * min(_number(child, "c"), _MAX_SPACES)
        elif name in _BREAKS:
            yield _BREAKS[name]
        elif name not in _UNSEEN and not (name == "text-box" and local(element) == "frame" and _in_text(element)):
            yield " " if name in _DIVIDED else ""
            yield from _inline(child)
        yield child.tail or ""


def _in_text(frame: Any) -> bool:
    """Whether a frame hangs on a paragraph, after which its text comes."""
    parent = frame.getparent()
    return parent is not None and local(parent) in ("p", "h", "span", "a")


def _nearest(element: Any, name: str) -> Iterator[Any]:
    """Yield the nearest descendants of that name, but none of a table inside a cell."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _nearest(child, name)


def _hiding(root: Any) -> set[str]:
    """Return the styles of sheets and slides that hide them."""
    return {
        attribute(style, "name")
        for style in (e for e in root.iter() if local(e) == "style")
        for properties in style
        if (local(properties) == "table-properties" and attribute(properties, "display") == "false")
        or (local(properties) == "drawing-page-properties" and attribute(properties, "visibility") == "hidden")
    }


def _is_hidden(part: Any) -> bool:
    """Whether a row or column is hidden, by itself, by a filter, or with the group that it stands in."""
    if attribute(part, "visibility") in ("collapse", "filter"):
        return True
    parent = part.getparent()
    for _ in range(_MAX_GROUPS_DEEP):
        if parent is None or local(parent) not in _GROUPS:
            return False
        if attribute(parent, "display") == "false":
            return True
        parent = parent.getparent()
    return False


def _hidden_columns(sheet: Any) -> set[int]:
    columns: set[int] = set()
    column = 1
    for element in sheet.iter():
        if local(element) == "table-row" or column > _MAX_COLUMN:
            break
        if local(element) == "table-column":
            repeated = _number(element, "number-columns-repeated")
            if _is_hidden(element):
                columns.update(range(column, min(column + repeated, _MAX_COLUMN + 1)))
            column += repeated
    return columns


def _fill(
    cells: grid.Grid, sheet: Any, budget: grid.Budget, ranges: list[tuple[int, int, int, int]], hidden: set[int]
) -> bool:
    """Fill a grid with what a sheet shows; return whether there was room for all of it."""
    row = 0
    for element in (e for e in sheet.iter() if local(e) == "table-row"):
        filled = list(_filled(element))
        repeated = _number(element, "number-rows-repeated")
        is_hidden = bool(filled) and _is_hidden(element)
        for number in range(row + 1, row + 1 + min(repeated, _MAX_REPEATED)):
            for column, text, down, right in filled:
                if not budget.allows(text):
                    return False
                cells.put(number, column, text)
                if down > 1 or right > 1:
                    ranges.append((number, number + down - 1, column, column + right - 1))
            if is_hidden:
                hidden.add(number)
            if not filled:
                break
        row += repeated
    return True


def _filled(row: Any) -> Iterator[tuple[int, str, int, int]]:
    """Yield column, text, and rows and columns spanned, of the cells in a row that show something."""
    column = 0
    for cell in row:
        if local(cell) not in _CELLS:
            continue
        repeated = _number(cell, "number-columns-repeated")
        text = " ".join(_text(cell).split()) if local(cell) == "table-cell" else ""
        text = text or attribute(cell, "value")
        if text:
            down, right = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            yield from ((column + 1 + i, text, down, right) for i in range(min(repeated, _MAX_REPEATED)))
        column += repeated


def _number(element: Any, name: str) -> int:
    value = attribute(element, name)
    return max(int(value), 1) if value.isascii() and value.isdigit() and len(value) < 8 else 1

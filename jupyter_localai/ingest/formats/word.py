"""Word documents: headings, paragraphs, lists and tables in their order, with notes, comments and page headers.

The XML is walked here, since what content controls, text boxes, tracked insertions and footnotes say
belongs to the text, and libraries for Word documents leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import charts
from .parts.flow import Flow
from .parts.office import DAMAGED, Package, alternative, attribute, datum, local

_DELETED = frozenset(("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr", "tblPr", "sectPr"))
_PIECES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes", "commentReference": "comments"}
_MAX_STYLES_DEEP = 20
_HEADING = re.compile(r"heading [1-9]$")


def read(data: bytes, path: str) -> Document:
    """Read a Word document; a place per section, anchored by its headings.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    return read_package(Package(data), path)


def read_package(package: Package, path: str) -> Document:
    """Read the parts of a Word document.

    Raises
    ------
    ReadError
        ``corrupted`` when there is no text among them.
    """
    main = package.main("word/document.xml")
    root = package.xml(main)
    if root is None:
        raise DAMAGED
    related = package.related(main)
    flow = Flow()
    word = _Word(package, related, flow)
    word.margins("header")
    word.blocks(root)
    flow.begin(Anchor())
    word.charts()
    word.margins("footer")
    return Document(path, "word", flow.text, package.title() or word.title, flow.places, package.warnings())


class _Word:
    def __init__(self, package: Package, related: list[tuple[str, str, str]], flow: Flow) -> None:
        self._flow = flow
        self._package = package
        self._parts = [(kind, part) for _, kind, part in related]
        self._levels = heading_levels(self._root_of("styles", "word/styles.xml"))
        self._notes = {kind: self._read_notes(kind) for kind in _NOTES.values()}
        self._waiting: list[Any] = []
        self._adding = False
        self.title = ""

    def margins(self, kind: str) -> None:
        """Add the page headers or footers, each text once."""
        texts = []
        for part in (part for relation, part in self._parts if relation == kind):
            root = self._package.xml(part)
            texts.append(self._cell(root) if root is not None else "")
        for text in dict.fromkeys(filter(None, texts)):
            self._flow.paragraph(text)

    def charts(self) -> None:
        """Add what the charts say and draw."""
        for part in dict.fromkeys(part for kind, part in self._parts if kind == "chart"):
            root = self._package.xml(part)
            if root is not None:
                charts.add(root, self._flow)

    def blocks(self, element: Any) -> None:
        """Add the paragraphs and tables inside `element`, whatever they are wrapped in."""
        for child in element:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    self.blocks(branch)
            elif name not in _DELETED:
                self.blocks(child)

    def _paragraph(self, element: Any) -> None:
        text = "".join(self._text(element))
        style, listed, level = "", False, None
        for properties in (child for child in element if local(child) == "pPr"):
            for child in properties:
                if local(child) == "pStyle":
                    style = attribute(child, "val")
                elif local(child) == "numPr":
                    listed = True
                elif local(child) == "outlineLvl":
                    level = _level(attribute(child, "val"))
        level = self._levels.get(style) if level is None else level
        if level == 0 and not self.title:
            self.title = " ".join(text.split())[:200]
        if level is not None and text.strip():
            self._flow.heading(level, text)
        else:
            self._flow.paragraph(f"- {text.strip()}" if listed and text.strip() else text)
        self._beside(element)
        self._add_notes()

    def _add_notes(self) -> None:
        """Add the notes that were referred to, one after the other: a note can refer to the next without end."""
        if self._adding:
            return
        self._adding = True
        for note in self._waiting:  # which grows meanwhile
            if local(note) == "comment":
                self._flow.paragraph("Comment:")
            self.blocks(note)
        self._waiting.clear()
        self._adding = False

    def _beside(self, element: Any) -> None:
        """Add the text boxes that hang on a paragraph or table, and the notes and comments it refers to."""
        for child in element:
            name = local(child)
            if name == "txbxContent":
                self.blocks(child)
            elif name in _NOTES:
                # each once: a note can be referred to a thousand times, even by itself
                note = self._notes[_NOTES[name]].pop(attribute(child, "id"), None)
                if note is not None:
                    self._waiting.append(note)
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    self._beside(branch)
            elif name not in _DELETED:
                self._beside(child)

    def _text(self, element: Any) -> Iterator[str]:
        for child in element:
            name = local(child)
            if name == "t":
                yield child.text or ""
            elif name in _PIECES:
                yield _PIECES[name]
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    yield from self._text(branch)
            elif name == "p":
                yield " "  # a paragraph in a cell
                yield from self._text(child)
            elif name not in _DELETED and name != "txbxContent" and not _vanishes(child):
                yield from self._text(child)

    def _table(self, table: Any) -> None:
        cells = [list(_inside(row, "tc")) for row in _inside(table, "tr")]
        rows = [[datum(self._text(cell)) for cell in row] for row in cells]
        data = [[text for text in row if text is not None] for row in rows]
        if data == rows and max(map(len, data), default=0) > 1:
            self._flow.table(data)
            self._beside(table)
            self._add_notes()
        else:  # it only places things on the page
            for row in cells:
                for cell in row:
                    self.blocks(cell)

    def _cell(self, cell: Any) -> str:
        return " ".join("".join(self._text(cell)).split())

    def _root_of(self, kind: str, usual: str = "") -> Any:
        part = next((part for relation, part in self._parts if relation == kind), usual)
        return self._package.xml(part) if part else None

    def _read_notes(self, kind: str) -> dict[str, Any]:
        root = self._root_of(kind)
        notes = [note for note in root if not attribute(note, "type")] if root is not None else []
        return {attribute(note, "id"): note for note in notes}


def heading_levels(styles: Any) -> dict[str, int]:
    """Return the level of each style that makes a heading; the document's title has level 0."""
    names: dict[str, str] = {}
    based: dict[str, str] = {}
    levels: dict[str, int] = {}
    for style in styles if styles is not None else ():
        key = attribute(style, "styleId")
        for child in style.iter():
            name, value = local(child), attribute(child, "val")
            if name == "name" and key not in names:
                names[key] = value.lower()
            elif name == "basedOn":
                based[key] = value
            elif name == "outlineLvl" and (level := _level(value)) is not None:
                levels[key] = level
        if names.get(key) == "title":
            levels[key] = 0
        elif _HEADING.match(names.get(key, "")):
            levels[key] = int(names[key][8:])
    for key in names:
        ancestor = key
        for _ in range(_MAX_STYLES_DEEP):
            if ancestor in levels:
                levels.setdefault(key, levels[ancestor])
                break
            ancestor = based.get(ancestor, "")
    return levels


def _level(value: str) -> int | None:
    return int(value) + 1 if len(value) == 1 and value in "012345678" else None


def _inside(element: Any, name: str) -> Iterator[Any]:
    """Yield the nearest descendants of that name: content controls may stand between."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in ("sdt", "sdtContent", "customXml", "ins", "tr"):
            yield from _inside(child, name)


def _vanishes(run: Any) -> bool:
    """Whether a run of text is formatted as hidden."""
    if local(run) != "r":
        return False
    switches = (e for properties in run if local(properties) == "rPr" for e in properties if local(e) == "vanish")
    return any(attribute(element, "val") not in ("0", "false", "off") for element in switches)

"""Word documents: headings, paragraphs, lists and tables in their order, with footnotes and page headers.

The XML is walked here, since what content controls, text boxes, tracked insertions and footnotes say
belongs to the text, and libraries for Word documents leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..schema import Document
from .flow import Flow
from .office import DAMAGED, Package, alternative, attribute, local

_DELETED = frozenset(("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr", "tblPr", "sectPr"))
_PIECES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_MAX_STYLES_DEEP = 20


def read(data: bytes, path: str) -> Document:
    """Read a Word document; a place per section, anchored by its headings.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    main = package.main("word/document.xml")
    root = package.xml(main)
    if root is None:
        raise DAMAGED
    related = package.related(main)
    flow = Flow()
    word = _Word(package, related, flow)
    word.margins("header")
    word.blocks(root)
    word.margins("footer")
    return Document(path, "word", flow.text, package.title() or word.title, flow.places)


class _Word:
    def __init__(self, package: Package, related: list[tuple[str, str, str]], flow: Flow) -> None:
        self._flow = flow
        self._package = package
        self._parts = [(kind, part) for _, kind, part in related]
        self._levels = self._heading_levels()
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote")}
        self.title = ""

    def margins(self, kind: str) -> None:
        """Add the page headers or footers, each text once."""
        texts = []
        for part in (part for found, part in self._parts if found == kind):
            root = self._package.xml(part)
            texts.append(self._cell(root) if root is not None else "")
        for text in dict.fromkeys(filter(None, texts)):
            self._flow.paragraph(text)

    def blocks(self, element: Any) -> None:
        """Add the paragraphs and tables inside `element`, whatever they are wrapped in."""
        for child in element:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._flow.table(self._rows(child))
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
        for inner in element.iter():
            name = local(inner)
            if name == "txbxContent" and not _inside_fallback(inner, element):
                self.blocks(inner)
            elif name in ("footnoteReference", "endnoteReference"):
                note = self._notes[name.removesuffix("Reference")].get(attribute(inner, "id"))
                if note is not None:
                    self.blocks(note)

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
            elif name not in _DELETED and name != "txbxContent":
                yield from self._text(child)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for row in _inside(table, "tr"):
            yield [self._cell(cell) for cell in _inside(row, "tc")]

    def _cell(self, cell: Any) -> str:
        return " ".join(" ".join("".join(self._text(p)).split()) for p in cell.iter() if local(p) == "p").strip()

    def _heading_levels(self) -> dict[str, int]:
        """Return the level of each style that makes a heading; the document's title has level 0."""
        root = self._styles()
        names: dict[str, str] = {}
        based: dict[str, str] = {}
        levels: dict[str, int] = {}
        for style in root if root is not None else ():
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
            elif names.get(key, "").startswith("heading ") and names[key][8:].isdigit():
                levels[key] = int(names[key][8:])
        for key in names:
            ancestor = key
            for _ in range(_MAX_STYLES_DEEP):
                if ancestor in levels:
                    levels.setdefault(key, levels[ancestor])
                    break
                ancestor = based.get(ancestor, "")
        return levels

    def _styles(self) -> Any:
        part = next((part for kind, part in self._parts if kind == "styles"), "word/styles.xml")
        return self._package.xml(part)

    def _read_notes(self, kind: str) -> dict[str, Any]:
        part = next((part for found, part in self._parts if found == kind + "s"), "")
        root = self._package.xml(part) if part else None
        notes = [note for note in root if not attribute(note, "type")] if root is not None else []
        return {attribute(note, "id"): note for note in notes}


def _level(value: str) -> int | None:
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None


def _inside(element: Any, name: str) -> Iterator[Any]:
    """Yield the nearest descendants of that name: content controls may stand between."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in ("sdt", "sdtContent", "customXml", "ins", "tr"):
            yield from _inside(child, name)


def _inside_fallback(element: Any, end: Any) -> bool:
    """Whether another branch stands for this element: a text box is written twice, for old and new readers."""
    above = element.getparent()
    while above is not None and above is not end:
        if local(above) == "AlternateContent":
            chosen = alternative(above)
            return chosen is None or not any(element is inner for inner in chosen.iter())
        if local(above) == "txbxContent":
            return True  # its own box brings it
        above = above.getparent()
    return False

"""Word documents: headings, paragraphs, lists and tables in their order, with notes, comments and page headers.

The XML is walked here, since what content controls, text boxes, tracked insertions and footnotes say
belongs to the text, and libraries for Word documents leave it out.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from ...results.passages import Anchor, Document
from .parts import charts, diagrams
from .parts.attached import Attached
from .parts.flow import Flow
from .parts.long_cells import add_table
from .parts.office import DAMAGED, Package, alternative, attribute, local
from .parts.scripts import plain
from .parts.word_numbers import Numbers
from .parts.word_runs import DELETED, Runs
from .parts.word_tables import layout, rows_of

_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes", "commentReference": "comments"}
_MAX_STYLES_DEEP = 20
_MAX_CARRIED = 100_000  # characters of paragraphs whose ends were deleted
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
    flow = Flow()
    word = _Word(package, main, root, flow)
    word.margins("header")
    word.blocks(root)
    flow.begin(Anchor())
    word.charts()
    word.margins("footer")
    warnings = (*word.warnings(), *package.warnings())
    return Document(path, "word", flow.text, package.title() or word.title, flow.places, warnings)


class _Word:
    def __init__(self, package: Package, main: str, root: Any, flow: Flow) -> None:
        self._flow = flow
        self._package = package
        related = package.related(main)
        self._parts = [(kind, part) for _, kind, part in related]
        self._by_id = {key: part for key, _, part in related}
        styles = self._root_of("styles", "word/styles.xml")
        self._levels = heading_levels(styles)
        self._notes = {kind: self._read_notes(kind) for kind in _NOTES.values()}
        _drop_placeholders(root)
        numbering = self._root_of("numbering")
        self._labels = _labels(root, Numbers(numbering, styles))
        self._runs = Runs(package.links(main), self._labels)
        self._waiting: list[Any] = []
        self._adding = False
        self._carried = ""
        self._embedded = Attached(flow, "Embedded files")
        self.title = ""

    def warnings(self) -> list[str]:
        """Return what is to be said of the files inside the document, after it was read."""
        return self._embedded.warnings()

    def margins(self, kind: str) -> None:
        """Add the page headers or footers, each text once."""
        texts = []
        for part in (part for relation, part in self._parts if relation == kind):
            root = self._package.xml(part)
            if root is not None:
                _drop_placeholders(root)
                texts.append(" ".join(plain("".join(self._runs.text(root))).split()))
        for text in dict.fromkeys(filter(None, texts)):
            self._flow.paragraph(text)

    def charts(self) -> None:
        """Add what charts and diagrams say."""
        for part in dict.fromkeys(part for kind, part in self._parts if kind == "chart"):
            root = self._package.xml(part)
            if root is not None:
                charts.add(root, self._flow)
        for part in dict.fromkeys(part for kind, part in self._parts if kind == "diagramData"):
            root = self._package.xml(part)
            if root is not None:
                self._flow.paragraph("\n".join(diagrams.texts(root)))

    def blocks(self, element: Any) -> None:
        """Add the paragraphs and tables inside `element`, whatever they are wrapped in."""
        for child in element:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name == "altChunk":
                self._embed(attribute(child, "id"), "")
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    self.blocks(branch)
            elif name not in DELETED:
                self.blocks(child)

    def _paragraph(self, element: Any) -> None:
        text = self._carried + plain("".join(self._runs.text(element)))
        self._carried = ""
        label = self._labels.get(element, "")
        style, level = "", None
        for properties in (child for child in element if local(child) == "pPr"):
            for child in properties:
                name = local(child)
                if name == "pStyle":
                    style = attribute(child, "val")
                elif name == "outlineLvl":
                    level = _level(attribute(child, "val"))
                elif name == "rPr" and any(local(mark) == "del" for mark in child) and len(text) < _MAX_CARRIED:
                    self._carried = text  # its end was deleted: it goes on in the next one
        if self._carried:
            return
        level = self._levels.get(style) if level is None else level
        if level == 0 and not self.title:
            self.title = " ".join(text.split())[:200]
        if text.strip():
            text = label + text.strip()
        if level is not None and text.strip():
            self._flow.heading(level, text.removeprefix("- "))
        else:
            self._flow.paragraph(text)
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
            elif name == "OLEObject":
                self._embed(attribute(child, "id"), "Embedded file:")
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    self._beside(branch)
            elif name not in DELETED:
                self._beside(child)

    def _table(self, table: Any) -> None:
        cells = rows_of(table)
        rows = layout(cells, self._runs, self._levels)
        if rows is not None:
            add_table(self._flow, *rows)
            self._beside(table)
            self._add_notes()
        else:  # it only places things on the page
            for row in cells:
                for cell in row:
                    self.blocks(cell)

    def _embed(self, key: str, title: str) -> None:
        """Add the text of a file inside the document."""
        part = self._by_id.pop(key, "")  # each once
        text = self._embedded.inline(posixpath.basename(part), self._package.data(part) or b"") if part else ""
        if text.strip():
            self._flow.paragraph(title)
            self._flow.paragraph(text)

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
        for child in style.iter("{*}name", "{*}basedOn", "{*}outlineLvl"):
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


def _drop_placeholders(root: Any) -> None:
    """Take out what stands in controls that nobody has filled in."""
    for mark in [e for e in root.iter("{*}showingPlcHdr") if attribute(e, "val") not in ("0", "false", "off")]:
        control = mark.getparent().getparent() if mark.getparent() is not None else None
        for content in control if control is not None and local(control) == "sdt" else ():
            if local(content) == "sdtContent":
                for run in list(content.iter("{*}r")):
                    if run.getparent() is not None:
                        run.getparent().remove(run)


def _labels(root: Any, numbers: Numbers) -> dict[Any, str]:
    """Return what stands before each numbered paragraph, counted in the order of the document."""
    labels = {}
    for paragraph in root.iter("{*}p"):
        properties = next((child for child in paragraph if local(child) == "pPr"), None)
        if properties is None or _counts_not(paragraph, properties):
            continue
        label = numbers.of(properties)
        if label:
            labels[paragraph] = label
    return labels


def _counts_not(paragraph: Any, properties: Any) -> bool:
    """Whether a paragraph's end was deleted, or it is a second copy for older programs."""
    if any(local(mark) == "del" for child in properties if local(child) == "rPr" for mark in child):
        return True
    if not any(local(child) in ("numPr", "pStyle") for child in properties):
        return True
    return any(local(above) == "Fallback" for above in paragraph.iterancestors("{*}Fallback"))

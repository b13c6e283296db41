"""Presentations: slide by slide, the texts of all shapes in their order, tables, and the speaker's notes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ...results.passages import Anchor, Document
from .parts import charts, diagrams, scripts, slide_marks
from .parts.attached import Attached
from .parts.flow import Flow
from .parts.hidden import left_out, slides_left_out
from .parts.office import DAMAGED, Package, alternative, attribute, local
from .parts.pictures import picture
from .parts.shapes import TITLES, Places, in_order, leans_on_layout, places_of

_BESIDE = ("diagramData", "chart", "package", "oleObject", "notesSlide", "comments")


def read(data: bytes, path: str) -> Document:
    """Read a presentation; a place per slide, which its title is the heading of.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    main = package.main("ppt/presentation.xml")
    slides = list(_slides(package, main))
    if not slides:
        raise DAMAGED
    flow = Flow()
    unread = []
    hidden = []
    masked = 0
    embedded = Attached(flow, "Embedded files")
    layouts: dict[str, Places] = {}
    seen: set[str] = set()
    for number, part in enumerate(slides, 1):
        root = package.xml(part)
        if root is None:
            unread.append(str(number))
            continue
        if root.get("show") in ("0", "false"):
            hidden.append(number)
            continue
        slide_marks.write(root, package.links(part))
        _drop_number(root)
        masked += _drop_hidden(root)
        flow.begin(Anchor(slide=number, heading=_title(root) or None))
        parts = [(kind, other) for _, kind, other in package.related(part)]
        layout = next((other for kind, other in parts if kind == "slideLayout"), "")
        if any(map(leans_on_layout, root.iter("{*}spTree"))) and layout not in layouts:
            layouts[layout] = places_of(package.xml(layout)) if layout else {}
        _add(root, flow, layouts.get(layout))
        related = [(kind, other) for kind, other in parts if kind in _BESIDE]
        for kind, other in sorted(dict.fromkeys(related), key=lambda item: _BESIDE.index(item[0])):
            if other in seen:
                continue
            seen.add(other)
            if kind in ("package", "oleObject"):
                text = embedded.inline(posixpath.basename(other), package.data(other) or b"")
                flow.paragraph(f"Embedded file:\n{text}" if text.strip() else "")
                continue
            inner = package.xml(other)
            if inner is None:
                continue
            if kind == "notesSlide":
                _drop_number(inner)
                flow.paragraph("Notes:" if any(_paragraphs(inner)) else "")
            if kind == "chart":
                charts.add(inner, flow)
            elif kind == "diagramData":
                flow.paragraph("\n".join(diagrams.texts(inner)))
            else:
                _add(inner, flow)
    warnings = [f"Slides that could not be read: {', '.join(unread)}."] if unread else []
    warnings += slides_left_out(hidden)
    warnings += embedded.warnings()
    if masked:
        warnings.append(left_out(f"{masked} objects on slides"))
    return Document(path, "slides", flow.text, package.title(), flow.places, (*warnings, *package.warnings()))


def _slides(package: Package, main: str) -> Iterator[str]:
    """Yield the parts of the slides in the order they are shown; by name when that is lost."""
    root = package.xml(main)
    parts = {key: part for key, kind, part in package.related(main) if kind == "slide"}
    if root is not None and parts:  # each slide once, whatever is said of it
        for element in (e for e in root.iter() if local(e) == "sldId"):
            # it has an id of its own, too: the one of the relation is in a namespace
            keys = [str(value) for name, value in element.attrib.items() if name.startswith("{")]
            yield from (parts.pop(key) for key in keys if key in parts)
        return
    named = [n for n in package.names if n.startswith("ppt/slides/slide") and n.endswith(".xml")]
    yield from sorted(named, key=lambda name: (len(name), name))


def _title(root: Any) -> str:
    for shape in (e for e in root.iter() if local(e) == "sp"):
        if any(local(e) == "ph" and attribute(e, "type") in TITLES for e in shape.iter()):
            return " ".join(" ".join(_paragraphs(shape)).split())[:200]
    return ""


def _drop_number(slide: Any) -> None:
    """Take the slide's number out of it or its notes, where it stands as a shape of its own."""
    for shape in [e for e in slide.iter() if local(e) == "sp"]:
        numbers = any(local(e) == "ph" and attribute(e, "type") == "sldNum" for e in shape.iter())
        if numbers and shape.getparent() is not None and not any(map(str.isalpha, "".join(_paragraphs(shape)))):
            shape.getparent().remove(shape)


def _drop_hidden(slide: Any) -> int:
    """Take the objects out of a slide that are hidden on it; return how many."""
    marks = [e for e in slide.iter() if local(e) == "cNvPr" and e.get("hidden") in ("1", "true")]
    shapes = [mark.getparent().getparent() for mark in marks if mark.getparent() is not None]
    for shape in shapes:
        if shape is not None and shape.getparent() is not None:
            shape.getparent().remove(shape)
    return len(shapes)


def _add(element: Any, flow: Flow, places: Places | None = None) -> None:
    """Add the paragraphs and tables of a slide; a shape's paragraphs stay together."""
    for child in in_order(element, places or {}) if local(element) in ("spTree", "grpSp") else element:
        name = local(child)
        if name == "tbl":
            rows = ([" ".join(_paragraphs(cell)) for cell in row if local(cell) == "tc"] for row in child)
            flow.table(list(rows))
        elif name in ("txBody", "t"):
            flow.paragraph("\n".join(_paragraphs(child)))
        elif name == "text":
            flow.paragraph(child.text or "")  # a comment
        elif name == "AlternateContent":
            branch = alternative(child)
            if branch is not None:
                _add(branch, flow, places)
        else:
            if name == "cNvPr" and local(element) == "nvPicPr":
                flow.paragraph(picture(child.get("descr") or ""))
            _add(child, flow, places)


def _paragraphs(element: Any) -> list[str]:
    texts = (scripts.plain("".join(_runs(p))) for p in element.iter() if local(p) == "p")
    return [text for text in texts if text.strip()]


def _runs(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter():
        name = local(element)
        if name == "t":
            yield element.text or ""
        elif name == "br":
            yield "\n"
        elif name == "tab":
            yield "\t"

"""XML: of documents in it the text, of data the file as it is; Word's own kind of it as a Word document."""

from __future__ import annotations

import re
from typing import Any

from ...results.passages import Document
from . import office_xml
from .parts import scripts
from .parts.flow import Flow
from .parts.office import FlatPackage, local, parse, walk
from .text import decode, refuse_binary, whole
from .word import read_package

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_HEADINGS = frozenset("title heading head subject caption invention-title article-title".split())
_SCRIPTS = {
    **dict.fromkeys(("sup", "superscript"), scripts.UP),
    **dict.fromkeys(("sub", "subscript", "inf"), scripts.DOWN),
}
_ENOUGH = 0.2  # of the text must have markup inside sentences


def read(data: bytes, path: str) -> Document:
    """Read XML; where sentences have markup inside them it is taken for a document, and its text is read.

    Anything else is data and stays as it is, attributes included, with its line numbers.

    Raises
    ------
    ReadError
        ``too_large`` when there are too many elements.
    """
    refuse_binary(data)
    declared = _DECLARED.search(data[:1024])
    text, warnings = decode(data, declared.group(1).decode("ascii") if declared else None)
    root = parse(_without_declaration(text).encode("utf-8", "replace"), text.count("<"))
    if root is not None and local(root) == "package" and root.tag.startswith("{http://schemas.microsoft.com/office/"):
        return read_package(FlatPackage(root), path)
    if root is not None and (document := office_xml.read(root, path)) is not None:
        return document
    mixed = {element for element in root.iter() if _is_mixed(element)} if root is not None else set()
    if sum(map(_length, mixed)) <= _ENOUGH * (_length(root, all_of_it=True) if mixed else 0):
        return Document(path, "text", text, "", whole(text), tuple(warnings))
    flow = Flow()
    _walk(root, mixed, flow)
    title = next((p.anchor.heading for p in flow.places if p.anchor.heading), "") or ""
    return Document(path, "xml", flow.text, title.rsplit(" > ", 1)[-1][:200], flow.places, tuple(warnings))


def _without_declaration(text: str) -> str:
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def _is_mixed(element: Any) -> bool:
    """Whether an element has both text and elements."""
    own = (element.text or "").strip()
    return len(element) > 0 and bool(own or any((child.tail or "").strip() for child in element))


def _length(element: Any, all_of_it: bool = False) -> int:
    if all_of_it:
        return sum(len(part.strip()) for part in element.itertext())
    return len((element.text or "").strip()) + sum(len((child.tail or "").strip()) for child in element)


def _walk(root: Any, mixed: set[Any], flow: Flow) -> None:
    """Add a paragraph per element, except of those that stand inside sentences."""
    pieces: list[str] = []
    depth = 0
    heading = 0

    def flush() -> None:
        text = " ".join(scripts.plain("".join(pieces)).split())
        pieces.clear()
        if heading:
            flow.heading(heading, text)
        else:
            flow.paragraph(text)

    for event, element in walk(root):
        parent = element.getparent()
        block = parent is None or parent not in mixed
        if event == "start":
            depth += 1
            if block:
                flush()
                heading = depth if local(element).lower() in _HEADINGS else 0
            pieces.append(_SCRIPTS.get(local(element), "") + (element.text or ""))
        else:
            depth -= 1
            if block:
                flush()
                heading = 0
            pieces.append(scripts.END * (local(element) in _SCRIPTS) + (element.tail or ""))
    flush()

"""Drawings and maps in XML: the words in them, not the lines."""

from __future__ import annotations

from typing import Any

from ...errors import ReadError
from ...results.passages import Document
from .parts.flow import Flow
from .parts.office import DAMAGED, local, parse

_SVG_TEXTS = ("title", "desc", "text", "p")
_MAP_TEXTS = ("name", "description", "address", "phoneNumber", "Snippet", "value", "SimpleData", "coordinates")
_COORDINATES_CHARS = 60


def read(data: bytes, path: str) -> Document:
    """Read the texts of an SVG drawing, with its title and descriptions.

    Raises
    ------
    ReadError
        ``corrupted`` or ``too_large``.
    """
    root = _root(data)
    flow = Flow()
    for element in root.iter():
        if local(element) in _SVG_TEXTS and not any(local(above) == "text" for above in _above(element)):
            flow.paragraph(" ".join("".join(element.itertext()).split()))
    warnings = () if flow.text else ("The drawing has no text.",)
    title = next((" ".join((e.text or "").split()) for e in root if local(e) == "title"), "")
    return Document(path, "drawing", flow.text, title[:200], flow.places, warnings)


def read_map(data: bytes, path: str) -> Document:
    """Read the names and descriptions of places in a KML map, with the position of each point.

    Raises
    ------
    ReadError
        ``corrupted`` or ``too_large``.
    """
    root = _root(data)
    flow = Flow()
    for element in root.iter():
        name = local(element)
        if name not in _MAP_TEXTS:
            continue
        text = " ".join((element.text or "").split())
        if name == "name" and local(element.getparent()) in ("Document", "Folder", "Placemark"):
            flow.heading({"Document": 1, "Folder": 2}.get(local(element.getparent()), 3), text)
        elif name == "coordinates":
            if 0 < len(text) <= _COORDINATES_CHARS:
                flow.paragraph(f"Position (longitude, latitude): {text}")
        elif name in ("value", "SimpleData"):
            owner = element.get("name") or (element.getparent().get("name") if element.getparent() is not None else "")
            flow.paragraph(f"{owner}: {text}" if owner and text else text)
        else:
            flow.paragraph(_words(text))
    warnings = () if flow.text else ("The map has no text.",)
    return Document(path, "map", flow.text, "", flow.places, warnings)


def _root(data: bytes) -> Any:
    root = parse(data, data.count(b"<"))
    if root is None:
        raise DAMAGED
    return root


def _above(element: Any) -> Any:
    parent = element.getparent()
    return () if parent is None else (parent,)


def _words(text: str) -> str:
    """Return the words of a description, which may be HTML."""
    if "<" not in text:
        return text
    from .html import read as read_html

    try:
        return read_html(text.encode("utf-8", "replace"), "").text
    except ReadError:
        return text

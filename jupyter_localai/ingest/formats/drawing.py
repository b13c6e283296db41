"""Drawings and maps in XML: the words in them, not the lines."""

from __future__ import annotations

from typing import Any

from ...errors import ReadError
from ...results.passages import Document
from .parts.flow import Flow
from .parts.hidden import left_out
from .parts.office import DAMAGED, local, parse, walk

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
    hidden = 0
    steps = walk(root)
    for event, element in steps:
        if event == "start" and (_is_hidden(element) or local(element) in _SVG_TEXTS):
            text = " ".join("".join(element.itertext()).split())
            steps.skip_subtree()
            if _is_hidden(element):
                hidden += bool(text)
            else:
                flow.paragraph(text)
    warnings = () if flow.text else ("The drawing has no text.",)
    if hidden:
        warnings = (*warnings, left_out(f"{hidden} part{'s' * (hidden > 1)} of the drawing"))
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


def _is_hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "")
    hidden = element.get("display") == "none" or element.get("visibility") == "hidden"
    return hidden or "display:none" in style or "visibility:hidden" in style


def _words(text: str) -> str:
    """Return the words of a description, which may be HTML."""
    if "<" not in text:
        return text
    from .html import read as read_html

    try:
        return read_html(text.encode("utf-8", "replace"), "").text
    except ReadError:
        return text

"""Electronic books: the chapters in their order, each a web page."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from ...errors import ReadError
from ...results.passages import Document
from . import html
from .parts.flow import Flow
from .parts.office import DAMAGED, Package, attribute, local, protected


def read(data: bytes, path: str) -> Document:
    """Read a book; a place per section, anchored by its headings.

    Raises
    ------
    ReadError
        As `office.Package`.
    """
    package = Package(data)
    name = _main(package)
    root = package.xml(name)
    if root is None:
        raise DAMAGED
    title = next((" ".join((e.text or "").split())[:200] for e in root.iter() if local(e) == "title"), "")
    locked = _locked(package)
    flow = Flow()
    unread = 0
    for part in _chapters(root, posixpath.dirname(name)):
        if part in locked:
            raise protected()
        page = package.data(part)
        try:
            if page is None:
                unread += 1
            else:
                html.add(html.decode(page)[0], flow, title)
        except ReadError:
            unread += 1
    warnings = (f"{unread} chapters could not be read.",) if unread else ()
    return Document(path, "book", flow.text, title, flow.places, (*warnings, *package.warnings()))


def _main(package: Package) -> str:
    container = package.xml("META-INF/container.xml")
    named = (
        (attribute(e, "full-path") for e in container.iter() if local(e) == "rootfile") if container is not None else ()
    )
    return next(iter(named), "") or next((name for name in package.names if name.endswith(".opf")), "")


def _chapters(root: Any, folder: str) -> list[str]:
    """Return the parts that the book consists of, in the order of reading."""
    items = {attribute(e, "id"): attribute(e, "href") for e in root.iter() if local(e) == "item"}
    order = [items.get(attribute(e, "idref"), "") for e in root.iter() if local(e) == "itemref"]
    parts = [posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0]))) for href in order if href]
    return list(dict.fromkeys(parts))


def _locked(package: Package) -> set[str]:
    """Return the parts that only a reading program with the right key can open."""
    root = package.xml("META-INF/encryption.xml")
    return (
        {unquote(attribute(e, "URI")) for e in root.iter() if local(e) == "CipherReference"}
        if root is not None
        else set()
    )

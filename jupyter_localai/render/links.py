"""Links to places in documents; what they are made of has no meaning in Markdown or HTML."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from ..results.passages import Anchor

NOWHERE = Anchor()
"""The place of a document as a whole."""


def relative(path: str, anchor: Anchor, folder: str) -> str:
    """Return a percent-encoded link to a place in a file, from another file in a folder; both paths are absolute."""
    try:
        way = os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return Path(path).as_uri() + fragment(path, anchor)
    return encoded(way, "/") + fragment(path, anchor)


def fragment(path: str, anchor: Anchor) -> str:
    """Return the fragment by which a link leads to a place in a file, for browsers and JupyterLab's viewers.

    JupyterLab counts lines, and rows below the header row, from 0; in Markdown it finds headings.
    """
    kind = suffix(path)
    if kind == "pdf":
        place = "" if anchor.page is None else f"page={anchor.page}"
    elif kind == "ipynb":
        place = f"cell-id={encoded(anchor.cell_id)}" if anchor.cell_id else ""
    elif kind in ("csv", "tsv"):
        place = "" if anchor.row is None else f"row={max(0, anchor.row - 2)}"
    elif kind in ("md", "markdown"):
        place = encoded((anchor.heading or "").rsplit(" > ", 1)[-1].replace(" ", "-"))
    else:
        place = "" if anchor.line is None else f"line={max(0, anchor.line - 1)}"
    return f"#{place}" if place else ""


def suffix(path: str) -> str:
    """Return the suffix of a file's name in small letters, without its dot."""
    return os.path.splitext(path)[1].lower().removeprefix(".")


def encoded(text: str, safe: str = "") -> str:
    """Return `text` percent-encoded."""
    return quote(text, safe=safe, errors="replace")

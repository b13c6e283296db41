"""Links to places in documents, as JupyterLab opens them from a Markdown cell."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from .places import contents_of

if TYPE_CHECKING:
    from ...results.passages import Anchor, Answer

# JupyterLab shows an error for these
_NOT_SHOWN = frozenset("docx pptx xlsx odt odp ods epub mbox".split())


def source_links(answer: Answer, root: str | None, folder: str) -> dict[int, str]:
    """Return links to the sources of an answer within the server's folder, by marker.

    Parameters
    ----------
    answer : Answer
    root : str, optional
        The server's folder; None if it shows no files of this machine.
    folder : str
        The contents path of the folder that will hold the links; they are relative to it.

    Returns
    -------
    dict of int to str
        Percent-encoded, so that paths have no meaning in Markdown.
    """
    links = {}
    for cited in answer.citations:
        inside = contents_of(cited.path, root)
        if inside and _suffix(inside) not in _NOT_SHOWN:
            relative = posixpath.relpath(f"/{inside}", posixpath.normpath(f"/{folder.lstrip('/')}"))
            links[cited.marker] = _encoded(relative, "/") + _fragment(_suffix(inside), cited.anchor)
    return links


def _fragment(suffix: str, anchor: Anchor) -> str:
    """Return the fragment of a link for JupyterLab's viewer of the file.

    JupyterLab counts lines, and rows below the header row, from 0; in Markdown it finds headings.
    """
    if suffix == "pdf":
        place = "" if anchor.page is None else f"page={anchor.page}"
    elif suffix == "ipynb":
        place = f"cell-id={_encoded(anchor.cell_id)}" if anchor.cell_id else ""
    elif suffix in ("csv", "tsv"):
        place = "" if anchor.row is None else f"row={max(0, anchor.row - 2)}"
    elif suffix in ("md", "markdown"):
        place = _encoded((anchor.heading or "").rsplit(" > ", 1)[-1].replace(" ", "-"))
    else:
        place = "" if anchor.line is None else f"line={max(0, anchor.line - 1)}"
    return f"#{place}" if place else ""


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower().removeprefix(".")


def _encoded(text: str, safe: str = "") -> str:
    return quote(text, safe=safe, errors="replace")

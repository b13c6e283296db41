"""Links to places in documents, as JupyterLab opens them from a Markdown cell."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ...render.links import encoded, fragment, suffix
from .places import contents_of

if TYPE_CHECKING:
    from ...results.answers import Answer

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
        if inside and suffix(inside) not in _NOT_SHOWN:
            relative = posixpath.relpath(f"/{inside}", posixpath.normpath(f"/{folder.lstrip('/')}"))
            links[cited.marker] = encoded(relative, "/") + fragment(inside, cited.anchor)
    return links

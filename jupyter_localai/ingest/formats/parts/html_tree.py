"""The tree of a web page: what of it can be seen, its text on one line, its tables as rows."""

from __future__ import annotations

import re
from typing import Any

from ....errors import ReadError
from . import scripts
from .office import MAX_TAGS, walk

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)
_UNSEEN = frozenset("script style template noscript head title svg iframe object canvas select datalist nav".split())
_QUOTES = re.compile(r"\b(?:gmail_quote|gmail_attr|moz-cite-prefix|yahoo_quoted|protonmail_quote|OutlookMessageHeader)")
_REST_IS_QUOTED = re.compile(r"(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)$")
_LAYOUT_CELL_CHARS = 1500  # a cell with more text than this lays out a page and is no datum
_MAX_SPAN = 200  # columns; what a page says of its cells is not to be believed
_CARRIED_CHARS = 100  # a cell that spans rows is repeated in each of them when it is as short as this
_MAX_CARRIED = 100_000  # characters and empty cells that are put into one table for such cells
_LOOKED_AT = 1000  # elements within one that is to be short


def parse(html: str) -> Any:
    """Return the root element, None when there is nothing in it; nothing is loaded.

    Raises
    ------
    ReadError
        ``too_large`` or ``corrupted``.
    """
    from lxml import etree

    if html.count("<") > 2 * MAX_TAGS:
        raise ReadError("The page has too many elements.", "Split it.", code="too_large")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(html.replace("\x00", "").encode("utf-8", "replace"), parser)
    except etree.ParserError:
        return None
    except etree.LxmlError:
        raise ReadError(
            "The page is damaged and cannot be read.", "Open it in a browser and save it again.", code="corrupted"
        ) from None


def unseen(element: Any) -> bool:
    """Whether a browser would not show an element of a tree with its marks, or would show it beside the text only."""
    name = element.tag
    if name in ("html", "body"):
        return False
    return name in _UNSEEN or element.get("hidden") is not None or element.get("role") == "navigation"


def quoted(element: Any) -> str:
    """Return what of a page quotes an earlier message: ``inside`` this element, ``rest`` from it on, else nothing."""
    if _REST_IS_QUOTED.search(element.get("id") or ""):
        return "rest"
    if element.tag == "blockquote" or _QUOTES.search(element.get("class") or ""):
        return "inside"
    return ""


def plain(element: Any, limit: int | None = None) -> str:
    """Return an element's visible text, parts of it divided where it has elements that divide.

    With a `limit`, of a longer text at least so many characters and of a crowd of elements its beginning.
    """
    pieces: list[str] = []
    length = looked_at = 0
    steps = walk(element)
    for event, inner in steps:
        name = inner.tag if isinstance(inner.tag, str) else ""
        if event == "start" and inner is not element and unseen(inner):
            steps.skip_subtree()
        elif event == "start":
            pieces += [" " if name in BLOCKS or name == "br" else "", inner.text or ""]
        elif inner is not element:
            pieces += [" " if name in BLOCKS else "", inner.tail or ""]
        if limit is not None:
            looked_at += 1
            length += len(pieces[-1].strip()) if pieces else 0
            if length > limit or looked_at > _LOOKED_AT:
                return "".join(pieces).ljust(limit + 1, "\u2026")
    return scripts.plain("".join(pieces))


def table_rows(table: Any) -> list[list[str]] | None:
    """Return the rows of a table that holds data, None of one that only places things on the page.

    A cell with much text is no datum, unless the columns have names and the row a short one.

    A cell that spans columns is followed by empty ones, so that the next stand under their names.
    A short cell that spans rows is repeated, since each row will have to stand for itself.
    """
    if table.find(".//table") is not None or table.find(".//h1") is not None:
        return None
    rows: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    room = _MAX_CARRIED
    is_named = table.find(".//th") is not None
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if unseen(row):
            continue
        shown: list[str] = []
        for cell in [cell for cell in cells if not unseen(cell)]:
            room -= _fill(shown, carried)
            text = " ".join(plain(cell).split())
            if len(text) > _LAYOUT_CELL_CHARS and not ((is_named or _are_names(rows[:1])) and any(shown)):
                return None
            below = _span(cell, "rowspan")
            beside = min(_span(cell, "colspan"), _MAX_SPAN) if room > 0 else 1
            room -= beside - 1
            for column in range(len(shown), len(shown) + beside):
                if below > 1:
                    carried[column] = (below - 1, text if len(text) <= _CARRIED_CHARS else "")
                shown.append(text)
                text = ""
        room -= _fill(shown, carried)
        if room < 0:
            carried.clear()
        rows.append(shown)
    return rows if max(map(len, rows), default=0) > 1 else None


def _are_names(first: list[list[str]]) -> bool:
    """Whether the first row of a table can be the names of its columns."""
    return any(len(row) > 1 and all(0 < len(cell) <= _CARRIED_CHARS for cell in row) for row in first)


def _fill(shown: list[str], carried: dict[int, tuple[int, str]]) -> int:
    """Put the cells of rows above where they reach into this one; return how many characters these were."""
    added = 0
    while len(shown) in carried:
        left, text = carried.pop(len(shown))
        if left > 1:
            carried[len(shown)] = (left - 1, text)
        shown.append(text)
        added += len(text) + 1
    return added


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return max(int(value), 1) if value.isascii() and value.isdigit() and len(value) < 6 else 1

"""HTML: what a reader of the page would see, with its headings and tables."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ReadError
from ..schema import Document
from . import read_text
from .flow import MAX_HEADING_CHARS, Flow

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_UNSEEN = frozenset("script style template noscript head title svg iframe object canvas select datalist nav".split())
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)
_HEADING = re.compile(r"h([1-6])$")
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_LAYOUT_CELL_CHARS = 1500  # a cell with more text than this lays out a page and is no datum


def read(data: bytes, path: str) -> Document:
    """Read a web page; a place per section, anchored by its headings.

    Scripts, styles, navigation and what is marked as hidden are left out. Nothing is loaded.
    """
    read_text.refuse_binary(data)
    declared = _CHARSET.search(data[:4096])
    text, warnings = read_text.decode(data, declared.group(1).decode("ascii") if declared else None)
    flow = Flow()
    title = add(text, flow)
    return Document(path, "html", flow.text, title, flow.places, tuple(warnings))


def add(html: str, flow: Flow) -> str:
    """Add what is visible of a page to `flow`; return the page's title, which heads a page without headings."""
    root = _parse(html)
    if root is None:
        return ""
    element = root.find(".//head/title")
    title = " ".join(_plain(element).split())[:200] if element is not None else ""
    if all(root.find(f".//h{level}") is None for level in (1, 2)):
        flow.heading(1, title)
    _Page(flow).walk(root)
    return title


def _parse(html: str) -> Any:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(html.replace("\x00", "").encode("utf-8", "replace"), parser)
    except etree.ParserError:
        return None  # nothing in it
    except etree.LxmlError:
        raise ReadError(
            "The page is damaged and cannot be read.", "Open it in a browser and save it again.", code="corrupted"
        ) from None


class _Page:
    """Turns a tree into paragraphs: inline text is gathered until a block begins or ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._inline: list[str] = []
        self._kept: list[bool] = []  # per open <pre>: white space counts
        self._item = False

    def walk(self, root: Any) -> None:
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            name = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if _unseen(name, element):
                    walk.skip_subtree()
                elif name == "table" and _is_data(element):
                    self._flush()
                    self._flow.table(_cells(row) for row in element.iter("tr"))
                    walk.skip_subtree()
                elif (heading := _HEADING.match(name)) and len(text := _plain(element)) <= MAX_HEADING_CHARS:
                    self._flush()
                    self._flow.heading(int(heading.group(1)), text)
                    walk.skip_subtree()
                else:
                    self._open(name)
                    self._text(element.text)
            else:
                if name in _BLOCKS:
                    self._flush()
                if name == "pre" and self._kept:
                    self._kept.pop()
                self._text(element.tail)
        self._flush()

    def _open(self, name: str) -> None:
        if name in _BLOCKS:
            self._flush()
        if name == "br":
            self._inline.append("\n")
        elif name == "li":
            self._item = True
        elif name == "pre":
            self._kept.append(True)

    def _text(self, text: str | None) -> None:
        if text:
            self._inline.append(text if self._kept else re.sub(r"\s+", " ", text))

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip():
            return
        if not self._kept:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
        self._flow.paragraph(f"- {text.strip()}" if self._item else text)
        self._item = False


def _unseen(name: str, element: Any) -> bool:
    if name in ("html", "body"):
        return False
    hidden = "hidden" in element.attrib or _NOT_DISPLAYED.search(element.get("style") or "")
    return name in _UNSEEN or bool(hidden) or element.get("role") == "navigation"


def _is_data(table: Any) -> bool:
    """Whether a table holds data; many pages use tables only to place things."""
    if table.find(".//table") is not None or table.find(".//h1") is not None:
        return False
    widths = [len(_cells(row)) for row in table.iter("tr")]
    return max(widths, default=0) > 1 and all(
        len(cell) <= _LAYOUT_CELL_CHARS for row in table.iter("tr") for cell in _cells(row)
    )


def _cells(row: Any) -> list[str]:
    return [_plain(cell) for cell in row if cell.tag in ("td", "th")]


def _plain(element: Any) -> str:
    """Return an element's visible text, parts of it divided where it has elements that divide."""
    from lxml import etree

    pieces: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        name = inner.tag if isinstance(inner.tag, str) else ""
        if event == "start" and inner is not element and _unseen(name, inner):
            walk.skip_subtree()
        elif event == "start":
            pieces += [" " if name in _BLOCKS or name == "br" else "", inner.text or ""]
        elif inner is not element:
            pieces += [" " if name in _BLOCKS else "", inner.tail or ""]
    return "".join(pieces)

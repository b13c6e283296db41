"""HTML: what a reader of the page would see, with its headings and tables."""

from __future__ import annotations

import re
from typing import Any

from ...results.passages import Anchor, Document
from .parts import html_marks, scripts
from .parts.flow import MAX_HEADING_CHARS, Flow
from .parts.hidden import left_out
from .parts.html_tree import BLOCKS, parse, plain, quoted, table_rows, unseen
from .parts.long_cells import add_table
from .parts.numbering import numeral
from .parts.office import walk
from .text import decode as decode_text
from .text import refuse_binary

_CHARSET = re.compile(rb"(?:charset|<\?xml[^>]{0,100}encoding)\s*=\s*(?:[\"']\s*)?([\w.:-]+)", re.IGNORECASE)
_INTEGER = re.compile(r"-?\d{1,5}$", re.ASCII)
_NUMERALS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_HEADING = re.compile(r"h([1-6])$")
_LISTS = ("ol", "ul", "menu")


def read(data: bytes, path: str) -> Document:
    """Read a web page; a place per section, anchored by its headings.

    Scripts, styles, navigation and what is marked as hidden are left out. Nothing is loaded.
    """
    refuse_binary(data)
    text, warnings = decode(data)
    flow = Flow()
    title = ""
    if (root := parse(text)) is not None:
        hidden = html_marks.write(root)
        title = _add(root, flow)
        if hidden:
            warnings.append(left_out(f"{hidden} part{'s' * (hidden > 1)} of the page"))
    return Document(path, "html", flow.text, title, flow.places, tuple(warnings))


def decode(data: bytes) -> tuple[str, list[str]]:
    """Return the text of a page and warnings, as `read_text.decode`, with the encoding that the page names.

    Raises
    ------
    ReadError
        ``wrong_encoding``.
    """
    declared = _CHARSET.search(data[:4096])
    return decode_text(data, declared.group(1).decode("ascii") if declared else None)


def add(html: str, flow: Flow, known: str = "", quotes: tuple[Anchor, Anchor] | None = None) -> str:
    """Add a page's title and what is visible of it to `flow`; return the title.

    The title heads a page that has no headings of its own. It is left out where the first one repeats it or
    it is `known` from elsewhere. With `quotes`, what the page quotes of earlier messages stands at the second of
    these places, all else at the first.

    Raises
    ------
    ReadError
        ``too_large`` or ``corrupted``.
    """
    root = parse(html)
    if root is None:
        return ""
    html_marks.write(root)
    return _add(root, flow, known, quotes)


def _add(root: Any, flow: Flow, known: str = "", quotes: tuple[Anchor, Anchor] | None = None) -> str:
    element = root.find(".//head/title")
    title = " ".join(plain(element).split())[:200] if element is not None else ""
    first = next((heading for level in (1, 2) if (heading := root.find(f".//h{level}")) is not None), None)
    if title == known:
        pass
    elif first is None:
        flow.heading(1, title)
    elif title != " ".join(plain(first, MAX_HEADING_CHARS).split()):
        flow.paragraph(title)
    _Page(flow, quotes).walk(root)
    return title


class _Page:
    """Turns a tree into paragraphs: inline text is gathered until a block begins or ends."""

    def __init__(self, flow: Flow, quotes: tuple[Anchor, Anchor] | None) -> None:
        self._flow = flow
        self._quotes = quotes
        self._quoting: list[Any] = []  # elements that quote and are open
        self._inline: list[str] = []
        self._kept: list[bool] = []  # per open <pre>: white space counts
        self._item = ""  # what stands before an item of a list
        self._lists: list[int | None] = []  # per open list the number of its next item

    def walk(self, root: Any) -> None:
        steps = walk(root)
        for event, element in steps:
            name = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if unseen(element):
                    steps.skip_subtree()
                    continue
                self._quote(element)
                if name == "table" and (rows := table_rows(element)) is not None:
                    self._flush()
                    for caption in element.findall("caption"):
                        self._flow.paragraph(" ".join(plain(caption).split()))
                    add_table(self._flow, rows)
                    steps.skip_subtree()
                elif (heading := _HEADING.match(name)) and len(
                    text := plain(element, MAX_HEADING_CHARS)
                ) <= MAX_HEADING_CHARS:
                    self._flush()
                    self._flow.heading(int(heading.group(1)), text)
                    steps.skip_subtree()
                else:
                    self._open(element, name)
                    self._text(element.text)
            else:
                if name in BLOCKS:
                    self._flush()
                if name == "pre" and self._kept:
                    self._kept.pop()
                elif name in _LISTS and self._lists:
                    self._lists.pop()
                if self._quotes and self._quoting and element is self._quoting[-1]:
                    self._flush()
                    self._quoting.pop()
                    if not self._quoting:
                        self._flow.stand(self._quotes[0])
                self._text(element.tail)
        self._flush()

    def _quote(self, element: Any) -> None:
        """Note where an earlier message begins; after some marks of mail programs nothing else follows."""
        what = quoted(element) if self._quotes else ""
        if self._quotes and what:
            self._flush()
            if not self._quoting:
                self._flow.stand(self._quotes[1])
            self._quoting.append(element if what == "inside" else None)

    def _open(self, element: Any, name: str) -> None:
        if name in BLOCKS:
            self._flush()
        if name == "br":
            self._inline.append("\n")
        elif name in _LISTS:
            self._lists.append(_first(element) if name == "ol" else None)
        elif name == "li":
            self._item, following = _label(element, self._lists[-1] if self._lists else None)
            self._lists[-1:] = [following] * bool(self._lists)
        elif name == "pre":
            self._kept.append(True)

    def _text(self, text: str | None) -> None:
        if text:
            self._inline.append(text if self._kept else re.sub(r"\s+", " ", text))

    def _flush(self) -> None:
        text = scripts.plain("".join(self._inline))
        self._inline.clear()
        if not text.strip():
            return
        if not self._kept:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
        self._flow.paragraph(f"{self._item}{text.strip()}" if self._item else text)
        self._item = ""


def _label(item: Any, place: int | None) -> tuple[str, int | None]:
    """Return what stands before an item of a list, and the place of the next; no place in a list without numbers."""
    if place is None:
        return "- ", None
    parent = item.getparent()
    own = item.get("value") or ""
    place = int(own) if _INTEGER.match(own) else place
    form = _NUMERALS.get((parent.get("type") if parent is not None else "") or "", "decimal")
    step = -1 if parent is not None and "reversed" in parent.attrib else 1
    return f"{numeral(place, form) if place > 0 else place}. ", place + step


def _first(numbered: Any) -> int:
    start = numbered.get("start") or ""
    if _INTEGER.match(start):
        return int(start)
    return sum(child.tag == "li" for child in numbered) if "reversed" in numbered.attrib else 1

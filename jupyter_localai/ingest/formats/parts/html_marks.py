"""What a page says by elements and styles, not by letters: written into its tree before its text is taken.

Raised and lowered letters are marked, addresses stand behind the words of links, and what a style hides has the
attribute ``hidden``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote

from .scripts import DOWN, END, UP, fit

_SCRIPTS = {"sup": UP, "sub": DOWN}
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DISPLAY = re.compile(r"(?:display|visibility)\s*:", re.IGNORECASE)
_ALWAYS = frozenset(("html", "body", "style", "script"))
_RULE = re.compile(r"(?<![^{}])([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"(?:\w+|\*)?([.#][\w-]+)$")
_NAME = re.compile(r"[.#][\w-]+")
_MAX_STYLE_CHARS = 500_000
_TOLD_CHARS = 20  # a hidden part with less text than this is not told
_MAX_ADDRESSES = 30  # a page that leads to more places is made of links, and its words are what it says
_ADDRESS_CHARS = 200
_LOOKED_AT = 20  # elements in a link or in raised letters
_MAX_DEEP = 20
_CONTACTS = ("mailto", "tel", "sms", "fax")
_PAGES = ("http", "https", "ftp")


def write(root: Any) -> int:
    """Write them into a tree; return how many parts are hidden that have something to say."""
    hidden = _hide(root)
    links = [link for link in root.iter("a") if link.get("hidden") is None]
    leads_out = sum(_scheme(link) in _PAGES for link in links) <= _MAX_ADDRESSES
    for link in links:
        scheme = _scheme(link)
        if scheme in _CONTACTS or (leads_out and scheme in _PAGES and not _in_heading(link)):
            address = _address(link)
            if address:
                link.tail = fit(f" ({address}){link.tail or ''}")
    for element in root.iter(*_SCRIPTS):
        opening, closing = _around(element)
        element.text = fit(opening + (element.text or ""))
        element.tail = fit(closing + (element.tail or ""))
    return hidden


def _scheme(link: Any) -> str:
    return (link.get("href") or "")[:_ADDRESS_CHARS].partition(":")[0].strip().lower()


def _address(link: Any) -> str:
    """Return the address or number behind a link, empty when its words say it or nobody would read it."""
    target = " ".join(unquote(link.get("href") or "", errors="ignore")[: _ADDRESS_CHARS + 1].split())
    if _scheme(link) in _CONTACTS:
        target = target.partition(":")[2].partition("?")[0].strip().removeprefix("//")
    words = " ".join("".join(islice(link.itertext(), _LOOKED_AT)).split())
    bare = target.rpartition("://")[2].removeprefix("www.").rstrip("/")
    return "" if len(target) > _ADDRESS_CHARS or not words or bare.lower() in words.lower() else target


def _in_heading(element: Any) -> bool:
    return any(
        above.tag in ("h1", "h2", "h3", "h4", "h5", "h6") for above in islice(element.iterancestors(), _MAX_DEEP)
    )


def _around(element: Any) -> tuple[str, str]:
    """Return what stands around raised or lowered letters; a link among them makes them the mark of a note."""
    if element.tag == "sup" and any(e.tag == "a" and e.get("href") for e in islice(element.iter(), _LOOKED_AT)):
        mark = "".join(islice(element.itertext(), _LOOKED_AT)).strip()
        return ("[", "]") if mark.isalnum() else ("", "")
    return _SCRIPTS[element.tag], END


def _hide(root: Any) -> int:
    """Mark what styles hide; return how many of these and of other hidden parts have some text."""
    names = _hiding("".join(style.text or "" for style in root.iter("style"))[:_MAX_STYLE_CHARS])
    hidden: set[Any] = set()
    count = 0
    for element in root.iter("*"):
        if hidden and element.getparent() in hidden:
            hidden.add(element)
        elif element.tag not in _ALWAYS and (
            element.get("hidden") is not None
            or ((style := element.get("style")) and _NOT_DISPLAYED.search(style))
            or (names and not names.isdisjoint(_names(element)))
        ):
            element.set("hidden", "")
            hidden.add(element)
            count += sum(len(text.strip()) for text in islice(element.itertext(), _LOOKED_AT)) > _TOLD_CHARS
    return count


def _names(element: Any) -> Iterator[str]:
    yield from (f".{name}" for name in (element.get("class") or "").split())
    if name := element.get("id"):
        yield f"#{name}"


def _hiding(style: str) -> set[str]:
    """Return the classes and ids, as selectors, that a style sheet hides on the screen, whatever else is the case.

    One that some other rule shows may be opened by a click, and is no secret.
    """
    hidden: set[str] = set()
    switched: set[str] = set()
    for selectors, body in _RULE.findall(_without_conditions(_without_comments(style))):
        if not _DISPLAY.search(body):
            continue
        hides = _NOT_DISPLAYED.search(body)
        for selector in selectors.split(","):
            simple = _SELECTOR.fullmatch(selector.strip())
            if not hides:
                switched.update(_NAME.findall(selector))
            elif simple:
                hidden.add(simple.group(1))
    return hidden - switched


def _without_comments(style: str) -> str:
    pieces: list[str] = []
    at = 0
    while (opened := style.find("/*", at)) >= 0 and (closed := style.find("*/", opened + 2)) >= 0:
        pieces.append(style[at:opened])
        at = closed + 2
    return "".join((*pieces, style[at:]))


def _without_conditions(style: str) -> str:
    """Return the rules of a style sheet that stand in no other one, such as those for printing do."""
    pieces: list[str] = []
    deep = at_rule = 0
    for piece in re.split(r"([{}])", style):
        if piece == "{":
            deep += 1
        elif piece == "}":
            deep = max(deep - 1, 0)
            if deep < at_rule:
                at_rule = 0
                continue
        elif not at_rule:
            before, _, last = piece.rpartition(";")
            if "@" in last:
                at_rule = deep + 1
                pieces.append(before if deep else "")
            elif not deep:
                piece = last  # before it are rules without a body
        if not at_rule:
            pieces.append(piece)
    return "".join(pieces)

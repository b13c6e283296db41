"""What an OpenDocument file says by styles, not by letters: written into its tree before its text is taken.

Raised and lowered letters are marked, addresses stand behind the words of links, and what a style hides is taken out.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from .office import attribute, local, with_address
from .scripts import DOWN, END, UP, fit

_POSITION = re.compile(r"(?:super|(-|sub)?(?:0*[1-9]\d*(?:\.\d+)?%)?)(?:\s|$)")
_ADDRESS_CHARS = 500
_LOOKED_AT = 50  # pieces of text in one link or hidden part


def write(root: Any, styles: Any = None) -> int:
    """Write them into a tree; return how many parts of it are hidden and were taken out.

    Parameters
    ----------
    root : element
        The document.
    styles : element, optional
        The part that defines more styles.
    """
    marks, hiding = _styles([root] if styles is None else [styles, root])
    hidden = []
    paragraphs = ("{*}p", "{*}h") if hiding else ()
    for element in root.iter("{*}span", "{*}a", "{*}section", "{*}hidden-text", "{*}hidden-paragraph", *paragraphs):
        name = local(element)
        style = attribute(element, "style-name") if name in ("span", "p", "h") else ""
        if style in hiding or _is_hidden(element, name):
            hidden.append(element)
        elif name == "span" and style in marks:
            element.text = fit(marks[style] + (element.text or ""))
            element.tail = fit(END + (element.tail or ""))
        elif name == "a":
            _write_address(element)
    return sum(map(_taken_out, hidden))


def _styles(roots: list[Any]) -> tuple[dict[str, str], set[str]]:
    """Return the marks of styles that raise or lower letters, and the styles that hide."""
    marks: dict[str, str] = {}
    hiding: set[str] = set()
    for style in (e for root in roots for e in root.iter("{*}style")):
        for properties in (e for e in style if local(e) == "text-properties"):
            position = attribute(properties, "text-position")
            if position and (match := _POSITION.match(position)) and match.group():
                marks[attribute(style, "name")] = DOWN if match.group(1) else UP
            if attribute(properties, "display") == "none":
                hiding.add(attribute(style, "name"))
    return marks, hiding


def _write_address(link: Any) -> None:
    address = attribute(link, "href")[: _ADDRESS_CHARS + 1]
    words = "".join(islice(link.itertext(), _LOOKED_AT))
    if words.strip() and len(address) <= _ADDRESS_CHARS and not address.startswith(("#", ".", "/")):
        shown = with_address(words, address.removeprefix("mailto:"))[len(words) :]
        link.tail = fit(shown + (link.tail or ""))


def _is_hidden(element: Any, name: str) -> bool:
    if name == "section":
        return attribute(element, "display") == "none"
    return name in ("hidden-text", "hidden-paragraph") and attribute(element, "is-hidden") == "true"


def _taken_out(element: Any) -> bool:
    """Take an element out with its text, and return whether it was there and had some."""
    if local(element) == "hidden-paragraph":  # a mark in the paragraph that it hides
        element = element.getparent()
    parent = element.getparent() if element is not None else None
    if parent is None:
        return False
    says = any(text.strip() for text in islice(element.itertext(), _LOOKED_AT))
    before, tail = element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = fit((before.tail or "") + tail)
    else:
        parent.text = fit((parent.text or "") + tail)
    parent.remove(element)
    return says

"""Hyphens at line ends: dropped where they only divide a word, kept where the word has one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....text.keywords import STOP_WORDS

MARK = "\ufffe"
"""What pdfium writes for a hyphen at a line end; the next line follows without a break."""
_BREAK = re.compile(rf"{MARK}\s*")
_DIGITS = re.compile(r"-\n(?<=\d-\n)(?=\d)")  # begins with what is rare, so that it is found fast
_INLINE = re.compile(r"-(?=\w)")
_NOT_WORD = re.compile(r"[^\w-]+")
_AFTER = re.compile(r"\w*")
_MAX_WORD = 40
_OWN_PART = frozenset(("well", "self"))  # of English compounds that keep their hyphen


def joined(pages: Sequence[str]) -> list[str]:
    """Return the pages with their divided words joined.

    A hyphen stays before digits and capitals, after a digit, in a word that the pages write with a hyphen elsewhere,
    and in a compound that has another hyphen before a whole word.
    """
    pages = [page.replace("\x02", MARK) for page in pages]
    if not any(MARK in page or "-\n" in page for page in pages):
        return pages
    compounds = {compound for page in pages for compound in _compounds(page)}

    def mend(page: str) -> str:
        if MARK not in page and "-\n" not in page:
            return page

        def hyphen(match: re.Match[str]) -> str:
            before, after = _around(page, match)
            return "-" if _stays(before, after, compounds) else ""

        return _DIGITS.sub("-", _BREAK.sub(hyphen, page))

    return [mend(page) for page in pages]


def _stays(before: str, after: str, compounds: set[str]) -> bool:
    if not after:
        return not before
    if not after[0].isalpha() or after[0].isupper() or not before[-1:].isalpha():
        return True
    *parts, last = before.lower().split("-")
    if f"{last}-{after.lower()}" in compounds or last in _OWN_PART:
        return True
    return bool(parts) and last in STOP_WORDS


def _compounds(page: str) -> set[str]:
    """Return the pairs of words that a page writes with a hyphen between them, inside a line."""
    found = set()
    for match in _INLINE.finditer(page):
        before, after = _around(page, match)
        if before and after:
            found.add(f"{before.rsplit('-', 1)[-1]}-{after}".lower())
    return found


def _around(page: str, hyphen: re.Match[str]) -> tuple[str, str]:
    """Return the letters, digits and hyphens before a hyphen, and the letters and digits after it."""
    words = page[max(0, hyphen.start() - _MAX_WORD) : hyphen.start()].rsplit(None, 1)
    before = words[-1] if words and not page[hyphen.start() - 1].isspace() else ""
    if before and not before.isalnum():
        before = _NOT_WORD.split(before)[-1]
    after = _AFTER.match(page, hyphen.end(), hyphen.end() + _MAX_WORD)
    return before, after[0] if after else ""

"""Where sentences end: used to size chunks and to pick the sentences of an answer.

A rule per kind of evidence, no model: terminal punctuation followed by white space, unless
the word before it is an abbreviation, an initial or a list number; a blank line; a line break
before a list item or table row; and the terminal marks of scripts written without spaces.
"""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc eg ie e.g i.e cf al fig figs eq eqs ref refs sec no nos vol pp p approx "
    "inc ltd co corp dept est jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k a.m p.m ca resp incl".split()
)
_BREAK = re.compile(
    r"""
    (?P<stop>(?<![.!?])[.!?]+["'”’)\]]*)(?=\s)      # Latin, Cyrillic, Greek … sentence end
    | (?P<wide>[。！？｡]+[」』”’）]*)        # Chinese and Japanese
    | (?P<other>(?<![।؟։።])[।؟։።]+)(?=\s|$)          # Devanagari, Arabic, Armenian, Ethiopic
    | (?P<blank>\n[^\S\n]*\n)             # blank line
    | \n(?=[^\S\n]*(?:[-*+•▪◦–]\s|\d{1,3}[.)]\s|\||\#{1,6}\s))   # list item, table row, heading
    """,
    re.VERBOSE,
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Split ``text[start:end]`` into sentences.

    Returns
    -------
    list of (int, int)
        Offsets into `text`, in order, without surrounding white space; together they cover
        every character that is not white space.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _BREAK.finditer(text, start, end):
        if match.group("stop") and not _ends_sentence(text, begin, match):
            continue
        _append_stripped(spans, text, begin, match.end())
        begin = match.end()
    _append_stripped(spans, text, begin, end)
    return spans


def line_breaks(text: str, start: int, end: int) -> int:
    """Return how many lines end in ``text[start:end]``: LF, CRLF and CR each end one."""
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    if not match.group("stop").startswith(".") or match.group("stop").startswith(".."):
        return True
    before = text[max(begin, match.start() - 24) : match.start()].removesuffix("\n")
    if not before or before[-1].isspace():
        return True
    original = before.split()[-1].lstrip("([\"'“‘")
    word = original.lower()
    following = text[match.end() : match.end() + 8].lstrip()[:1]
    if word in _ABBREVIATIONS:
        return False
    if len(original) == 1 and original.isupper():
        return False  # an initial; a lower-case letter is a unit such as "5.2 m."
    if word.isdigit() and len(word) <= 3 and match.start() - begin <= len(word) + 2:
        return False  # "3." at the start of a list item
    return not (following.islower() and len(word) <= 2)


def _append_stripped(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        spans.append((begin, end))

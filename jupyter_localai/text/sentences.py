"""Where sentences end: used to size chunks and to pick the sentences of an answer.

A rule per kind of evidence, no model: terminal punctuation followed by white space, unless
the word before it is an abbreviation, an initial, an ordinal or a list number; a blank line; the end
of a line that ends on purpose; and the terminal marks of scripts written without spaces.
"""

from __future__ import annotations

import re

from .abbreviations import is_abbreviation, language_of, spaced
from .lines import line_borders

_MONTHS = (
    "januar jänner februar feber märz april mai juni juli august september oktober november dezember jan feb mär apr "
    "jun jul aug sep sept okt nov dez januari februari mars maj augusti december maart mei augustus desember"
)
_AFTER_ORDINALS = frozenset(
    f"{_MONTHS} jahrhundert jahrhunderts jahrhunderte quartal auflage kapitel stock stockwerk etage klasse "
    "obergeschoss weltkrieg weltkriegs lebensjahr platz tag woche monat".split()
)
_BEFORE_ORDINALS = frozenset(
    "am im vom zum zur beim der die das dem den des bis seit ab dieser diese dieses jeder jede jedes und".split()
)
_FOLLOWING = re.compile(r"\s{0,9}([^\W\d_]{0,20})")
_WORD_BEFORE = 48  # characters
_BREAK = re.compile(
    r"""
    (?P<stop>(?<![.!?])[.!?]+["'”’)\]]*)(?=\s)      # Latin, Cyrillic, Greek … sentence end
    | (?P<wide>[。！？｡]+[」』”’）]*)        # Chinese and Japanese
    | (?P<other>(?<![।؟։።])[।؟։።]+)(?=\s|$)          # Devanagari, Arabic, Armenian, Ethiopic
    | (?P<blank>\n[^\S\n]*\n)             # blank line
    | \n(?=[^\S\n]*(?:[-*+•▪◦–]\s|\d{1,3}[.)]\s|\||\#{1,6}\s))   # list item, table row, heading
    | (?P<line>\n)                     # a line that may end on purpose
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
    lines = line_borders(text, start, end)
    inside = {at for match in spaced().finditer(text, start, end) for at in _stops(match)}
    language = language_of(text[start:end])
    for match in _BREAK.finditer(text, start, end):
        if match.group("stop") and (match.start() in inside or not _ends_sentence(text, begin, match, language)):
            continue
        if match.group("line") and match.start() not in lines:
            continue
        _append_stripped(spans, text, begin, match.end())
        begin = match.end()
    _append_stripped(spans, text, begin, end)
    return spans


def line_breaks(text: str, start: int, end: int) -> int:
    """Return how many lines end in ``text[start:end]``: LF, CRLF and CR each end one."""
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


def _stops(match: re.Match[str]) -> list[int]:
    return [match.start() + at for at, ch in enumerate(match[0]) if ch == "."]


def _ends_sentence(text: str, begin: int, match: re.Match[str], language: str) -> bool:
    if not match.group("stop").startswith(".") or match.group("stop").startswith(".."):
        return True
    before = text[max(begin, match.start() - _WORD_BEFORE) : match.start()].removesuffix("\n")
    if not before or before[-1].isspace():
        return True
    words = before.split()
    word = words[-1].lstrip("([\"'“‘«„")
    following = _FOLLOWING.match(text, match.end())
    after = following[1] if following else ""
    if is_abbreviation(word, language):
        return False
    if len(word) == 1 and word.isupper():
        return False  # an initial; a lower-case letter is a unit such as "5.2 m."
    if word.isdigit() and len(word) <= 3 and match.start() - begin <= len(word) + 2:
        return False  # "3." at the start of a list item
    if word.isdigit() and len(word) <= 2 and after:
        led = len(words) > 1 and words[-2].lower() in _BEFORE_ORDINALS
        if after.lower() in _AFTER_ORDINALS or (led and language == "de"):
            return False  # "am 3. Mai", "im 19. Jahrhundert"
    return not (after[:1].islower() and len(word) <= 2)


def _append_stripped(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        spans.append((begin, end))

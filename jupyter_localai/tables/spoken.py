"""The words of a question with their places, and which of them are numbers, days, months or years."""

from __future__ import annotations

import calendar
import dataclasses
import re

from ..text.number_words import MONTHS, numbers
from . import cells

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_PERIOD = re.compile(
    rf"""(?<![\w.-])(?:
    (?P<y1>\d{{4}})-(?P<m1>\d\d)(?:-(?P<d1>\d\d))?(?![\w-])
    | (?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s)?(?P<m2>{_MONTH})\b\.?,?\s(?P<y2>\d{{4}})\b
    | (?P<m3>{_MONTH})\b\.?\s(?:(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s)?(?:of\s)?(?P<y3>\d{{4}})\b
    | q(?P<q4>[1-4])[ /-]?(?P<y4>\d{{4}})\b
    | (?P<y5>(?:19|20)\d\d)(?![.,]?\d|[\w%])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.,-])[$€£¥]?\s?(?P<minus>[-−])?(?P<digits>\d[\d,.'’\u00a0\u202f]*\d|\d)\s?"
    r"(?P<scale>k|thousand|million|tausend|millionen)?\b\s?(?P<unit>%|percent|[$€£¥]|(?:euros?|dollars?|pounds|eur|usd|gbp|chf)\b)?",
    re.IGNORECASE,
)
_SCALES = {"k": 1e3, "thousand": 1e3, "tausend": 1e3, "million": 1e6, "millionen": 1e6}
_WORD = re.compile(r"[^\W_]+|[<>]=?|=")
_SMALL = {word: value for word, value in numbers("en").items() if word not in ("once", "second", "first")}


@dataclasses.dataclass(frozen=True)
class Word:
    """One word, as `cells.words_of` compares it, and as it is written, small."""

    start: int
    end: int
    text: str
    plain: str


@dataclasses.dataclass(frozen=True)
class Period:
    """A span of days that a question names, as ISO 8601; ``year`` if it is just one.

    ``first`` has no more parts than the question, so that months and years compare with it; nothing of its last day is
    behind ``last``.
    """

    start: int
    end: int
    first: str
    last: str
    year: int | None = None


@dataclasses.dataclass(frozen=True)
class Amount:
    """A number that a question names; ``percent`` if it says so."""

    start: int
    end: int
    value: int | float
    percent: bool = False


def words(question: str) -> list[Word]:
    """Return the words of a question, and its signs of comparison."""
    found = []
    for match in _WORD.finditer(question):
        text = cells.words_of(match[0])
        plain = match[0].lower()
        found.append(Word(match.start(), match.end(), text[0] if text else plain, plain))
    return found


def periods(question: str) -> list[Period]:
    """Return the days, months, quarters and years that a question names."""
    found = []
    for match in _PERIOD.finditer(question):
        part = match.groupdict()
        year = int(part["y1"] or part["y2"] or part["y3"] or part["y4"] or part["y5"])
        named = part["m2"] or part["m3"]
        month = MONTHS[named.casefold()] if named else int(part["m1"] or 0)
        day = int(part["d1"] or part["d2"] or part["d3"] or 0)
        first, last = month or 1, month or 12
        if part["q4"]:
            first, last = 3 * int(part["q4"]) - 2, 3 * int(part["q4"])
        if not (year and 1 <= first <= 12) or day > calendar.monthrange(year, last)[1]:
            continue
        begin = f"{year:04}"
        if month or part["q4"]:
            begin += f"-{first:02}" + (f"-{day:02}" if day else "")
        end = f"{year:04}-{last:02}-{day or calendar.monthrange(year, last)[1]:02}T99"
        found.append(Period(*match.span(), begin, end, year if part["y5"] else None))
    return found


def amounts(question: str) -> list[Amount]:
    """Return the numbers that a question names, in figures or small ones in words."""
    found = []
    for match in _NUMBER.finditer(question):
        digits = re.sub(r"['’\u00a0\u202f]", "", match["digits"])
        value = cells.number(digits, comma=bool(re.search(r",\d{1,2}$", digits)) and "." not in digits[-3:])
        if value is not None:
            value *= int(_SCALES.get((match["scale"] or "").lower(), 1))
            signed = -value if match["minus"] else value
            found.append(Amount(*match.span(), signed, (match["unit"] or "").lower() in ("%", "percent")))
    for word in _WORD.finditer(question):
        if word[0].lower() in _SMALL:
            found.append(Amount(*word.span(), _SMALL[word[0].lower()]))
    return sorted(found, key=lambda amount: amount.start)

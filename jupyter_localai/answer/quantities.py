"""Numbers, dates and times of day, whatever their spelling: ``7 March 2031`` is ``2031-03-07``, ``three`` is ``3``."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from ..text.abbreviations import language_of
from ..text.number_words import MONTHS, SCALES, numbers
from .halves import half_numbers, spoken_minutes

_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f’']\d{3}){1,6}(?!\d)(?:[.,]\d{1,9})?")  # 1 200 000
_ANYWHERE = re.compile(r"\d(?:[\d.,]*\d)?")
_CLAIMED = re.compile(r"(?<![^\W\d_])\d(?:[\d.,]*\d)?(?!\d)")  # not in a word such as B12
_HYPHENED = re.compile(r"(?<![\w-])\d{2,9}(?:-\d{2,9}){1,4}(?![\w-])")  # 555-0188
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""(?<!\d)(?:
    (?P<y1>\d{{4}})[-/.](?P<m1>\d{{1,2}})(?:[-/.](?P<d1>\d{{1,2}}))?(?![\d-])
    | (?P<p2>\d{{1,2}})[-/.](?P<q2>\d{{1,2}})[-/.](?P<y2>\d{{4}}|\d\d)(?![\d-])
    | (?:(?P<f3>\d{{1,2}})(?:\.|st|nd|rd|th)?\s?(?:-|–|to|and|until|bis|und|au|et|al|y|a|e)\s?)?
      (?P<d3>\d{{1,2}})(?:\.|st|nd|rd|th|er|º)?\s(?:of\s|de\s)?(?P<m3>{_MONTH})\b\.?(?:,?\s(?:de\s)?(?P<y3>\d{{4}})(?!\d))?
    | (?<![^\W_])(?P<m4>{_MONTH})\b\.?\s(?:(?P<f4>\d{{1,2}})(?:st|nd|rd|th)?\s?(?:-|–|to|and)\s?)?
      (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]\d|\d)(?:,?\s(?P<y4>\d{{4}})(?!\d))?
    | (?<![^\W_])(?P<m5>{_MONTH})\b\.?,?\s(?:de\s)?(?P<y5>\d{{4}})(?!\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_HALF = r"a\.?\s?m\b\.?|p\.?\s?m\b\.?"
_TIME = re.compile(
    rf"""(?<![\d.,:])(?:(?P<h0>\d{{1,2}})(?:[:.](?P<m0>\d\d))?\s?(?:{_HALF})?\s?(?:-|–|to|until|and|bis)\s?)?
    (?:(?P<h1>\d{{1,2}})\s?(?:[:h]|(?P<dot>\.))\s?(?P<m1>[0-5]\d)(?::[0-5]\d)?(?![\d:])(?:\s?(?P<half1>{_HALF}|uhr\b|h\b))?
    | (?P<h2>\d{{1,2}})\s?(?P<half2>{_HALF}|uhr\b|o['’]clock))""",
    re.VERBOSE | re.IGNORECASE,
)
_PERCENT = re.compile(
    r"(?<![\d.,])(\d(?:[\d.,]{0,14}\d)?)\s?"
    r"(?:%|٪|per ?cent\b|pct\b|prozent|v\. ?h\.|pour ?cent|por ?ciento|por ?cento|процент)",
    re.IGNORECASE,
)
_SCALED = re.compile(rf"(?<![\d.,])(\d(?:[\d.,]{{0,14}}\d)?)\s?({'|'.join(SCALES)})\b", re.IGNORECASE)
_SAID = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_FRACTIONS = {"half": "0.5", "halved": "0.5", "hälfte": "0.5", "moitié": "0.5", "mitad": "0.5", "quarter": "0.25"}
_FRACTIONS |= {"viertel": "0.25", "quart": "0.25", "½": "0.5", "¼": "0.25", "¾": "0.75"}
_CLOCK = {"noon": 720, "midday": 720, "midnight": 0, "mittag": 720, "mitternacht": 0, "midi": 720, "minuit": 0}
Day = tuple[int | None, int | None, int | None]


@dataclasses.dataclass(frozen=True)
class Known:
    """What a text has of numbers, as `value` spells them, of dates (year, month, day) and of times, in minutes."""

    numbers: frozenset[str]
    days: frozenset[Day]
    minutes: frozenset[int]

    def months(self) -> set[str]:
        """Return every name of the months that dates of the text lie in."""
        numbers = {month for _, month, _ in self.days}
        return {name for name, month in MONTHS.items() if month in numbers}


def known_in(text: str) -> Known:
    """Return the numbers, dates and times of a text."""
    found = {value(match[0]) for pattern in (_ANYWHERE, _GROUPED) for match in pattern.finditer(text)}
    words = _SAID.findall(text.casefold())
    single = {part for word in words for part in (word, *word.split("-"))}
    said = {**numbers("en"), **numbers(language_of(text))}
    found |= {str(said[word]) for word in single if word in said}
    for word, following in pairwise(words):
        if word in said and following in SCALES:
            found.add(_times(str(said[word]), SCALES[following]))
        elif word in said and following in said and said[word] >= 20 and 0 < said[following] < 10:
            found.add(str(said[word] + said[following]))
    found |= {_times(match[1], SCALES[match[2].casefold()]) for match in _SCALED.finditer(text)}
    found |= {_FRACTIONS[word] for word in {*single, *text} if word in _FRACTIONS}
    found |= {_times(match[1], Decimal("0.01")) for match in _PERCENT.finditer(text)}
    found |= half_numbers(text.casefold(), said) | {match[0].replace("-", "") for match in _HYPHENED.finditer(text)}
    days = {day for match in _DATE.finditer(text) for group in _days(match) for day in group}
    minutes = {at for match in _TIME.finditer(text) for group in _minutes(match) for at in group}
    minutes |= {_CLOCK[word] for word in single if word in _CLOCK} | spoken_minutes(text.casefold(), said)
    return Known(frozenset(found), frozenset(days), frozenset(minutes))


def without_known(text: str, known: Known) -> tuple[str, list[str]]:
    """Return `text` without its dates, times, shares and numbers, and those of them that are not known."""
    missing: list[str] = []

    def check(supported: bool, match: re.Match[str]) -> str:
        if not supported:
            missing.append(" ".join(match[0].split()))
        return " "

    text = _DATE.sub(lambda m: check(_knows_days(m, known), m) if any(_days(m)) else m[0], text)
    text = _TIME.sub(lambda m: check(_knows_time(m, known), m) if any(_minutes(m)) else m[0], text)
    text = _PERCENT.sub(lambda m: check(_knows_share(m[1], known), m), text)
    text = _SCALED.sub(lambda m: check(_times(m[1], SCALES[m[2].casefold()]) in known.numbers, m), text)
    text = _GROUPED.sub(lambda m: " " if value(m[0]) in known.numbers else m[0], text)
    text = _CLAIMED.sub(lambda m: check(_knows_number(m[0], known), m), text)
    return text, missing


def value(number: str) -> str:
    """Return a number in one spelling: ``1,200``, ``1.200``, ``1 200`` and ``1200`` are one, ``1.50`` is ``1.5``.

    ``05`` is ``5``, as in dates and times; longer ones with a leading zero are names: ``007`` is not ``7``.
    """
    number = re.sub(r"['’ \u00a0\u202f]", "", number)
    if not number.startswith(("0.", "0,")):
        number = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number)
    number = number.replace(",", ".")
    if number.count(".") == 1:
        number = number.rstrip("0").rstrip(".")
    return re.sub(r"^0(?=\d$)", "", number)


def _times(number: str, factor: int | Decimal) -> str:
    try:
        return value(f"{(Decimal(value(number)) * factor).normalize():f}")
    except InvalidOperation:
        return number


def _knows_number(number: str, known: Known) -> bool:
    return value(number) in known.numbers


def _knows_share(number: str, known: Known) -> bool:
    return value(number) in known.numbers or _times(number, Decimal("0.01")) in known.numbers


def _days(match: re.Match[str]) -> Iterator[list[Day]]:
    """Yield the possible readings of each date that a match names; none for what is no date."""
    part = match.groupdict()
    if part["y1"]:
        readings = [(part["y1"], part["m1"], part["d1"])]
    elif part["y2"]:
        year = part["y2"] if len(part["y2"]) == 4 else f"20{part['y2']}"
        readings = [(year, part["q2"], part["p2"]), (year, part["p2"], part["q2"])]
    else:
        readings = [(part["y3"] or part["y4"] or part["y5"], None, part["d3"] or part["d4"])]
    month = MONTHS.get((part["m3"] or part["m4"] or part["m5"] or "").casefold())
    firsts = [(readings[0][0], None, first)] if (first := part["f3"] or part["f4"]) else []
    for group in (readings, firsts):
        days = [(_int(y), month or _int(m), _int(d)) for y, m, d in group]
        good = [day for day in days if 1 <= (day[1] or 0) <= 12 and (day[2] is None or 1 <= day[2] <= 31)]
        if good:
            yield good


def _knows_days(match: re.Match[str], known: Known) -> bool:
    return all(any(_is_known_day(day, known) for day in readings) for readings in _days(match))


def _is_known_day(day: Day, known: Known) -> bool:
    """Whether there is such a day; its year may stand elsewhere, but a month alone has no day of it."""
    for other in known.days:
        if day[2] is not None and other[2] is None:
            continue
        if all(mine is None or theirs is None or mine == theirs for mine, theirs in zip(day, other, strict=True)):
            rest = [str(mine) for mine, theirs in zip(day, other, strict=True) if mine is not None and theirs is None]
            if all(number in known.numbers for number in rest):
                return True
    return False


def _minutes(match: re.Match[str]) -> Iterator[list[int]]:
    """Yield the possible readings of each time that a match names; none for what is no time."""
    part = match.groupdict()
    half = (part["half1"] or part["half2"] or "").casefold()
    if part["dot"] and not half:
        return  # a decimal number
    times = [(part["h1"] or part["h2"], part["m1"])]
    if part["h0"]:
        times.append((part["h0"], part["m0"]))
    for hour, minute in times:
        h, m = int(hour), int(minute or 0)
        if h > 24 or m > 59:
            continue
        if half.startswith(("a", "p")):
            yield [(h % 12 + (12 if half.startswith("p") else 0)) * 60 + m]
        elif half or h > 12 or hour.startswith("0"):
            yield [h * 60 + m]
        else:
            yield [h * 60 + m, (h * 60 + m + 720) % 1440]


def _knows_time(match: re.Match[str], known: Known) -> bool:
    if all(any(at in known.minutes for at in readings) for readings in _minutes(match)):
        return True
    return not known.minutes and all(value(number) in known.numbers for number in re.findall(r"\d+", match[0]))


@functools.cache
def _int(number: str | None) -> int | None:
    return None if number is None else int(number)

"""What the cells of a column are: numbers, dates or text, by what nearly all of them say."""

from __future__ import annotations

import dataclasses
import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from ..text.number_words import MONTHS
from ..text.words import fold

Kind = Literal["number", "date", "text"]
Value = int | float | str | None

_MOST_ODD = 0.1  # share of a column's cells that may be something else
_SAMPLE = 100  # of a column's distinct cells, of which half must be numbers for the others to be looked at
NUMBERED = frozenset("id nr no number num code key zip postcode phone year index".split())
"""Words in the names of columns whose numbers count nothing."""
_NOTHING = frozenset(("", "-", "–", "—", "n/a", "na", "null", "none", "nan", "#n/a", "?", "k.a.", "tbd"))
_MONEY = r"[$€£¥₹]|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD)\b"
_NUMBER = re.compile(
    rf"(?P<minus>[-−(])? ?(?:{_MONEY})? ?(?P<inner>[-−])?(?P<digits>\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)"
    rf"(?P<power>[eE][-+]?\d{{1,2}})? ?(?P<after>%|{_MONEY})? ?\)?$"
)
_WHOLE = r"\d+|\d{1,3}(?:['’\u00a0\u202f ]\d{3})+"
_WITH_POINT = re.compile(rf"(?:{_WHOLE}|\d{{1,3}}(?:,\d{{3}})+|\d{{1,2}}(?:,\d{{2}})+,\d{{3}})?(?:\.\d+)?$")
_WITH_COMMA = re.compile(rf"(?:{_WHOLE}|\d{{1,3}}(?:\.\d{{3}})+)?(?:,\d+)?$")
_GROUPS = re.compile(r"['’\u00a0\u202f ]")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ]+(\d{1,2}:\d\d(?::\d\d)?).*)?$")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?:[T ]+(\d{1,2}:\d\d(?::\d\d)?).*)?$")
_DAY_MONTH = re.compile(r"(?:[^\W\d_]+,? )?(\d{1,2})(?:st|nd|rd|th|\.)? ?-?(?:of )?([^\W\d_]+)\.?,?[ -](\d{4})$")
_MONTH_DAY = re.compile(r"(?:[^\W\d_]+, )?([^\W\d_]+)\.? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})$")
_WORD = re.compile(r"[^\W_]+")


@dataclasses.dataclass(frozen=True)
class Column:
    """The cells of a column as values; ``odd`` counts those that say something else than their kind, and are None."""

    kind: Kind
    values: list[Value]
    odd: int = 0


def typed(cells: Sequence[str]) -> Column:
    """Return the cells of a column as numbers, as dates (ISO 8601) or as they stand."""
    said = [cell for cell in dict.fromkeys(cells) if cell.casefold() not in _NOTHING]
    sample = said[:: max(1, len(said) // _SAMPLE)]
    readings: tuple[tuple[Kind, Callable[[Sequence[str]], Mapping[str, Value]]], ...]
    readings = (("number", _numbers), ("date", _dates))
    for kind, read in readings:
        if 2 * len(read(sample)) <= len(sample):
            continue
        values = read(said)
        nothing = sum(cell.casefold() in _NOTHING for cell in cells)
        known = sum(cell in values for cell in cells)
        if values and known >= (1 - _MOST_ODD) * (len(cells) - nothing):
            return Column(kind, [values.get(cell) for cell in cells], len(cells) - nothing - known)
    return Column("text", [cell or None for cell in cells])


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: without case, accents and the usual endings of a plural."""
    plain = text.lower()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", fold(text).casefold())
        plain = "".join(ch for ch in plain if not unicodedata.combining(ch))
    return [singular(word) for word in _WORD.findall(plain)]


def key(text: str) -> str:
    """Return what two texts share that say the same."""
    return " ".join(words_of(text))


def spaced(name: str) -> str:
    """Return a name with a blank between its parts: ``claimId`` and ``claim_id`` are two words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)


def is_numbered(name: str) -> bool:
    """Whether a column of that name tells things apart by numbers, which count nothing."""
    return not NUMBERED.isdisjoint(words_of(spaced(name)))


def singular(word: str) -> str:
    """Return an English word without the ending of a plural; others without their last ``s``, too."""
    if word[-1:] != "s":
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and not word.endswith("ss") else word


def number(text: str, comma: bool = False) -> int | float | None:
    """Return the number that a text is, with a comma before its decimals if `comma`; None where it is none."""
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    digits = match["digits"].rstrip(".,'’\u00a0\u202f ")
    if not (_WITH_COMMA if comma else _WITH_POINT).match(digits):
        return None
    digits = _GROUPS.sub("", digits)
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    try:
        value = float(digits + (match["power"] or ""))
    except ValueError:
        return None
    value = -value if match["minus"] or match["inner"] else value
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def date(text: str, month_first: bool = False) -> str | None:
    """Return the day, or the month, that a text is, as ISO 8601 has it, with the time if there is one."""
    text = text.strip()
    if match := _YEAR_FIRST.match(text):
        return _iso(match[1], match[2], match[3], match[4])
    if match := _YEAR_LAST.match(text):
        day, month = (match[3], match[1]) if month_first and match[2] != "." else (match[1], match[3])
        return _iso(match[4] if len(match[4]) == 4 else f"20{match[4]}", month, day, match[5])
    if (match := _DAY_MONTH.match(text)) and match[2].casefold() in MONTHS:
        return _iso(match[3], MONTHS[match[2].casefold()], match[1])
    if (match := _MONTH_DAY.match(text)) and match[1].casefold() in MONTHS:
        return _iso(match[3], MONTHS[match[1].casefold()], match[2])
    return None


def _iso(year: str, month: int | str, day: str | None, time: str | None = None) -> str | None:
    try:
        found = datetime.date(int(year), int(month), int(day or 1)).isoformat()
    except ValueError:
        return None
    if day is None:
        return found[:7]
    return f"{found}T{time.rjust(8 if time.count(':') == 2 else 5, '0')}" if time else found


def _dates(cells: Iterable[str]) -> dict[str, str]:
    """Return the dates among cells; none where nothing tells whether days or months come first."""
    orders = {
        (int(match[1]) > 12, int(match[3]) > 12)
        for cell in cells
        if (match := _YEAR_LAST.match(cell.strip())) and match[2] != "."
    }
    day_first, month_first = (True, False) in orders, (False, True) in orders
    if orders and day_first == month_first:
        return {}
    return {cell: found for cell in cells if (found := date(cell, month_first)) is not None}


def _numbers(cells: Iterable[str]) -> dict[str, int | float]:
    """Return the numbers among cells, read as the column writes them; none where they are names such as 007."""
    matches = [match for cell in cells if (match := _NUMBER.match(cell))]
    if any(match["digits"][0] == "0" and match["digits"][1:2].isdigit() for match in matches):
        return {}
    comma = _has_decimal_commas(matches)
    return {cell: found for cell in cells if (found := number(cell, comma)) is not None}


def _has_decimal_commas(matches: Iterable[re.Match[str]]) -> bool:
    points = commas = 0
    for match in matches:
        if match["digits"].isdigit():
            continue
        digits = _GROUPS.sub("", match["digits"]).rstrip(".,")
        last = max(digits.rfind("."), digits.rfind(","))
        if last < 0:
            continue
        mark, others = digits[last], digits[:last]
        is_decimal = mark not in others and (len(digits) - last - 1 != 3 or others in ("", "0") or {*".,"} & {*others})
        if not is_decimal and mark not in others and not (mark == "." and match["after"] == "€"):
            continue  # 1,250 and 1.250 alone tell nothing
        if (mark == ",") == bool(is_decimal):
            commas += 1
        else:
            points += 1
    return commas > points

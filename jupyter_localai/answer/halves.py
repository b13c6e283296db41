"""Numbers and times of day as people say them: two and a half, half past two, halb drei, at 9, from 9 to 17."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_WORD = r"([^\W_]{1,16})"
_AND_HALF = re.compile(rf"\b{_WORD}(?: and a half| et demie?| y medi[oa]| e mezz[oa]| e mei[oa])\b")
_GERMAN_HALF = re.compile(r"\b([^\W\d_]{2,12})einhalb\b")
_HALF_PAST = re.compile(rf"\bhalf[ -]past {_WORD}")
_HALF_BEFORE = re.compile(rf"\bhalb {_WORD}")
_FRENCH_HALF = re.compile(rf"\b{_WORD} heures? et demie\b")
_QUARTER = re.compile(
    rf"\b(?:(?P<after>quarter past|viertel nach)|(?P<before>quarter to|viertel vor)) {_WORD}"
    rf"|\b{_WORD} heures? (?:et quart|moins le quart)\b"
)
_FULL_HOUR = re.compile(r"\b(?:at|um|à|alle|às|a las) (\d{1,2})\b(?![.:,]?\d| ?%)")
_FROM_TO = re.compile(
    r"\b(?:from|between|open|von|de|da|das|dalle) (\d{1,2}) ?(?:-|–|to|and|until|till|bis|à|a|alle) ?(\d{1,2})\b"
)
_HALF_DAY = 720


def half_numbers(text: str, said: Mapping[str, int]) -> set[str]:
    """Return the numbers with a half, as ``2.5``; `text` is in lower case, `said` has the numbers in words."""
    words = [match[1] for pattern in (_AND_HALF, _GERMAN_HALF) for match in pattern.finditer(text)]
    found = {f"{number}.5" for word in words if (number := _number(word, said)) is not None}
    return found | ({"1.5"} if "anderthalb" in text else set())


def spoken_minutes(text: str, said: Mapping[str, int]) -> set[int]:
    """Return the minutes of the day that are said without minutes in digits, before and after noon."""
    return {at for minute in _spoken(text, said) for at in (minute % 1440, (minute + _HALF_DAY) % 1440)}


def _spoken(text: str, said: Mapping[str, int]) -> Iterator[int]:
    for pattern, offset in ((_HALF_PAST, 30), (_HALF_BEFORE, -30), (_FRENCH_HALF, 30)):
        for match in pattern.finditer(text):
            if (hour := _number(match[1], said)) is not None:
                yield hour * 60 + offset
    for pattern in (_FULL_HOUR, _FROM_TO):
        for match in pattern.finditer(text):
            yield from (int(hour) * 60 for hour in match.groups() if int(hour) <= 24)
    for match in _QUARTER.finditer(text):
        hour = _number(match[3] or match[4], said)
        if hour is not None:
            yield hour * 60 + (-15 if match["before"] or "moins" in match[0] else 15)


def _number(word: str, said: Mapping[str, int]) -> int | None:
    number = int(word) if word.isdecimal() else said.get(word)
    return number if number is not None and number <= 24 * 60 else None

"""The comparisons of a question with numbers and with spans of time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

from . import cells, spoken
from .query import Condition
from .reading import Reading, Unsure

Sign = Literal["=", "!=", ">", ">=", "<", "<=", "between"]

_OPERATORS: tuple[tuple[Sign, str], ...] = (
    (">=", r"at least|no less than|not less than|minimum of|since|>="),
    ("<=", r"at most|no more than|not more than|up to|until|till|through|<="),
    (">", r"more than|greater than|higher than|larger than|bigger than|later than|over|above|exceed(?:s|ing)?|after|>"),
    ("<", r"less than|fewer than|lower than|smaller than|earlier than|under|below|before|<"),
    ("between", r"between|from"),
    ("=", r"exactly|equal to|equals|equal|in|on|during|of|for|is|was|are|were|="),
)
_IN_TIME = re.compile(r"(?:in|on|during|for)\b", re.IGNORECASE)  # where a number would be a time or a place
_SHARES = frozenset("percent percentage share rate pct".split())
_AROUND = 3  # words between a comparison and its column


def compare(reading: Reading, named: Collection[str]) -> None:
    """Find comparisons with numbers and with spans of time; a number that names the table compares nothing."""
    periods = [p for p in spoken.periods(reading.question) if reading.is_free(p.start, p.end)]
    spans = [(p.start, p.end) for p in periods]
    amounts = [
        a
        for a in spoken.amounts(reading.question)
        if reading.is_free(a.start, a.end) and not any(a.start < end and start < a.end for start, end in spans)
    ]
    both: list[spoken.Period | spoken.Amount] = [*periods, *amounts]
    meant = [one for one in both if not set(cells.words_of(reading.question[one.start : one.end])) <= set(named)]
    meant.sort(key=lambda one: one.start)
    while meant:
        one = meant.pop(0)
        sign, begin = _operator(reading, one.start)
        if sign == "between":
            link = re.match(r"\s*(?:and|to|-|–)\s*", reading.question[one.end :])
            if not meant or link is None or one.end + link.end() != meant[0].start:
                if begin < one.start and reading.question[begin:].lower().startswith("from"):
                    sign = ">=" if isinstance(one, spoken.Period) and one.year is None else "="
                else:
                    raise Unsure
            else:
                _limit(reading, sign, one, meant.pop(0), begin)
                continue
        _limit(reading, sign, one, one, begin)


def _operator(reading: Reading, end: int) -> tuple[Sign, int]:
    """Return the sign that stands before an offset of the question, and where it begins."""
    before = reading.question[:end]
    for sign, pattern in _OPERATORS:
        match = re.search(rf"(?:(?<!\w)(?:{pattern})(?:\s+the)?|)\s*$", before, re.IGNORECASE)
        if match and match[0].strip() and reading.is_free(*match.span()):
            if re.search(r"\b(?:not|no)\s+$", before[: match.start()], re.IGNORECASE):
                raise Unsure
            return sign, match.start()
    return "=", end


def _limit(
    reading: Reading,
    sign: Sign,
    first: spoken.Period | spoken.Amount,
    last: spoken.Period | spoken.Amount,
    begin: int,
) -> None:
    words = reading.take(begin, last.end)
    said = reading.question[begin : last.end].strip()
    if isinstance(first, spoken.Period) and isinstance(last, spoken.Period):
        column = _near(reading, "date", words)
        if column is not None:
            low, high = first.first, last.last
            values = {"=": (low, high), "between": (low, high), ">": (high,), ">=": (low,), "<": (low,)}
            told = said if begin < first.start or len(first.first) > len("2031-03") else f"in {said}"
            reading.add(Condition(column, "between" if sign == "=" else sign, values.get(sign, (high,)), told))
            return
        years = [at for at, name in enumerate(reading.table.names) if "year" in cells.words_of(cells.spaced(name))]
        if first.year is None or last.year is None or (len(years) != 1 and _IN_TIME.match(said)):
            raise Unsure
        values_of = (first.year, last.year) if sign == "between" else (first.year,)
        column = years[0] if len(years) == 1 else _near(reading, "number", words, strict=sign == "=")
    elif isinstance(first, spoken.Amount) and isinstance(last, spoken.Amount) and not _IN_TIME.match(said):
        values_of = (first.value, last.value) if sign == "between" else (first.value,)  # type: ignore[assignment]
        column = _near(reading, "number", words, strict=sign == "=")
    else:
        raise Unsure
    if column is None or reading.table.kinds[column] != "number":
        raise Unsure
    if isinstance(first, spoken.Amount) and first.percent and not _is_share(reading.table.names[column]):
        raise Unsure
    reading.add(Condition(column, sign, values_of))


def _near(reading: Reading, kind: str, words: Sequence[int], strict: bool = False) -> int | None:
    """Return the column of a kind that a comparison is about: the one named beside it, else the only one.

    A strict one must be named right beside it.
    """
    at, end = (words[0], words[-1]) if words else (0, 0)
    named = [
        (min(abs(at - last), abs(first - end)), column)
        for column, first, last in reading.columns
        if reading.table.kinds[column] == kind and column not in reading.used
    ]
    close = sorted(each for each in named if each[0] <= (1 if strict else _AROUND))
    if close and (len(close) == 1 or close[0][0] < close[1][0]):
        return close[0][1]
    if strict or close:
        return None
    kinds = reading.table.kinds
    of_kind = [c for c in range(len(kinds)) if kinds[c] == kind and not (kind == "number" and reading.is_id(c))]
    if named:
        of_kind = [column for _, column in named]
    return of_kind[0] if len(of_kind) == 1 else None


def _is_share(name: str) -> bool:
    return "%" in name or not {"percent", "percentage", "share", "rate", "pct"}.isdisjoint(
        cells.words_of(cells.spaced(name))
    )

"""What a spreadsheet shows of a number: units, currencies, decimals, dates and times as its format wants them."""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from .number_formats import BUILT_IN, Section, parsed

_DAY_0 = {False: datetime.datetime(1899, 12, 30), True: datetime.datetime(1904, 1, 1)}
_MAX_DAYS = 2_958_465  # the end of the year 9999
_MAX_SHOWN = 1e15  # beyond, a float has no more digits to group
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    **{"<": operator.lt, ">": operator.gt, "=": operator.eq},
    **{"<=": operator.le, ">=": operator.ge, "<>": operator.ne},
}


def built_in(number: int) -> str:
    """Return the number format that the specification gives a number to."""
    return BUILT_IN.get(number, "")


def shown(value: float, form: str, from_1904: bool = False) -> str:
    """Return a number as text; empty when its format shows nothing of it.

    Dates are written as ``2024-03-01``, whatever order of day and month the format has.

    Parameters
    ----------
    value : float
        The number; for dates, days since the beginning of its calendar.
    form : str
        The number format, such as ``#,##0.00``; empty for none.
    from_1904 : bool
        Whether the calendar begins in 1904.
    """
    sections = parsed(form)
    if not sections or not math.isfinite(value):
        return f"{value:.15g}"
    section, amount = _chosen(sections, value)
    kind = section.kind
    if kind == "number":
        return _number(amount, section)
    if kind == "date" and 0 <= value <= _MAX_DAYS:
        return _date(value, section, from_1904)
    if kind == "elapsed" and abs(value) <= _MAX_DAYS:
        return _elapsed(value, section)
    if kind == "fraction" and abs(amount) < _MAX_SHOWN:
        return _joined([text if what == "literal" else "" for what, text in section.tokens], _fraction(amount, section))
    if kind == "science":
        return _science(amount, section)
    if kind in ("general", "text", "literal"):
        plain = f"{amount:.15g}"
        pieces = [plain if what == "general" or text == "@" else text for what, text in section.tokens]
        minus = "-" if kind == "literal" and amount < 0 else ""
        return " ".join((minus + "".join(pieces)).split())
    return f"{value:.15g}"


def _chosen(sections: tuple[Section, ...], value: float) -> tuple[Section, float]:
    """Return the section for a number, and the number without its sign where the section says that itself."""
    if any(section.condition for section in sections[:2]):
        for section in sections[:3]:
            if section.condition is None or _HOLDS[section.condition[0]](value, section.condition[1]):
                own = section.condition is not None and value < 0 and section.condition[0] in ("<", "<=")
                return section, abs(value) if own and section is not sections[0] else value
        return sections[-1], value
    if len(sections) == 1 or value > 0:
        return sections[0], value
    if value < 0:
        return sections[1], -value
    return sections[2] if len(sections) > 2 else sections[0], value


def _number(value: float, section: Section) -> str:
    percents = sum(what == "percent" for what, _ in section.tokens)
    text = _rounded(value, section.decimals, 2 * percents - 3 * section.scale)
    minus = text.startswith("-")
    whole, _, decimals = text.lstrip("-").partition(".")
    if section.optional:
        least = section.decimals - section.optional
        decimals = decimals[:least] + decimals[least:].rstrip("0")
    whole = ("" if whole == "0" and not section.whole else whole).zfill(section.whole)
    if section.commas:
        whole = f"{int(whole or 0):,}".rjust(len(whole), "0") if whole else ""
    return _filled(section, whole, decimals, "-" if minus else "")


def _filled(section: Section, whole: str, decimals: str, minus: str) -> str:
    """Put digits in the places of a format; literals between them stay where they are."""
    before = [place for place, (what, _) in enumerate(section.tokens) if what == "digit"]
    point = next((place for place, (what, _) in enumerate(section.tokens) if what == "point"), len(section.tokens))
    before = [place for place in before if place < point]
    split = any(what != "digit" for what, _ in section.tokens[before[0] : before[-1] + 1]) if before else False
    digits: dict[int, str] = {}
    if split and not section.commas:  # such as a telephone number
        rest = whole
        for place in reversed(before):
            rest, digits[place] = rest[:-1], rest[-1:]
        digits[before[0]] = rest + digits[before[0]]
    elif before:
        digits[before[0]] = whole
    pieces = []
    for place, (what, text) in enumerate(section.tokens):
        if what == "digit":
            pieces.append(digits.get(place, ""))
        elif what == "point":
            pieces.append(f".{decimals}" if decimals else "")
        else:
            pieces.append(text)
    return minus + " ".join("".join(pieces).split())


def _rounded(value: float, decimals: int, power: int) -> str:
    """Return a number with so many decimals, halves rounded up as they are shown, times a power of ten."""
    try:
        exact = Decimal(f"{value:.15g}").scaleb(power)
        return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    except InvalidOperation:
        return f"{value:.15g}"


def _fraction(value: float, section: Section) -> str:
    pattern = "".join(text for what, text in section.tokens if what in ("digit", "other"))
    upper, _, lower = pattern.partition("/")
    places = lower.strip()
    exact = Fraction(f"{abs(value):.15g}")
    if places.isascii() and places.isdigit() and int(places[:9]):
        below = int(places[:9])
        above = int(exact * below + Fraction(1, 2))
    else:
        near = exact.limit_denominator(10 ** min(max(len(places), 1), 7) - 1)
        above, below = near.numerator, near.denominator
    minus = "-" if value < 0 else ""
    if " " not in upper.strip():
        return f"{minus}{above}/{below}"
    whole, above = divmod(above, below)
    part = f"{above}/{below}" if above else ""
    return minus + (f"{whole or ''} {part}".strip() or "0")


def _joined(pieces: list[str], number: str) -> str:
    return " ".join(f"{number} {' '.join(filter(str.strip, pieces))}".split())


def _science(value: float, section: Section) -> str:
    width = max(1, sum(what == "digit" for what, _ in section.tokens[: _place(section, "point")]))
    mantissa, _, power = f"{value:.{max(section.decimals, 0)}e}".partition("e")
    if width > 1 and value:
        low = int(power) // width * width
        mantissa, power = _rounded(value, section.decimals, -low), str(low)
    least = sum(what == "digit" for what, _ in section.tokens[_place(section, "exponent") :])
    return f"{mantissa}E{'-' if int(power) < 0 else '+'}{str(abs(int(power))).zfill(min(least, 5))}"


def _place(section: Section, kind: str) -> int:
    return next((place for place, (what, _) in enumerate(section.tokens) if what in (kind, "exponent")), 0)


def _date(value: float, section: Section, from_1904: bool) -> str:
    letters = "".join(text for what, text in section.tokens if what == "date").lower()
    seconds = round(value * 86400)
    timed = "h" in letters or "s" in letters
    if timed and "y" not in letters and "d" not in letters:
        return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    early = not from_1904 and value < 60  # the calendar of 1900 has a 29 February that never was
    try:
        when = _DAY_0[from_1904] + datetime.timedelta(days=early, seconds=seconds)
    except OverflowError:
        return f"{value:.15g}"
    return when.isoformat(" ").removesuffix(" 00:00:00")


def _elapsed(value: float, section: Section) -> str:
    finest = {letter for what, text in section.tokens if what in ("date", "elapsed") for letter in text.lower()}
    seconds = round(abs(value) * 86400)
    if "s" not in finest:
        seconds = round(abs(value) * 1440) * 60 if "m" in finest else int(abs(value) * 24 + 1e-9) * 3600
    of = {
        "h": (seconds // 3600, seconds // 3600 % 24),
        "m": (seconds // 60, seconds // 60 % 60),
        "s": (seconds, seconds % 60),
    }
    pieces = ["-" if value < 0 else ""]
    for what, text in section.tokens:
        letter = text[:1].lower()
        if what in ("date", "elapsed") and letter in of:
            pieces.append(str(of[letter][what == "date"]).zfill(min(len(text), 20)))
        elif what in ("literal", "other"):
            pieces.append(text)
    return " ".join("".join(pieces).split())

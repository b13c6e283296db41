"""What a spreadsheet shows of a number: decimals, per cent, dates and times as its format wants them."""

from __future__ import annotations

import datetime
import functools
import re

_BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??"},
    **{14: "y-m-d", 15: "d-m-y", 16: "d-m", 17: "m-y", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss"},
    **{22: "y-m-d h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"},
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "##0.0E+0"},
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "y-m-d"),
}  # ECMA-376 Part 1, 18.8.30
_NOT_SHOWN = re.compile(r'"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]|\\.|_.|\*.', re.IGNORECASE)
_NUMBER = re.compile(r"([#0][#0,]*)(?:\.(0+))?")
_MAX_DIGITS = 20
_DAY_0 = {False: datetime.datetime(1899, 12, 30), True: datetime.datetime(1904, 1, 1)}
_MAX_DAYS = 2_958_465  # the end of the year 9999


def built_in(number: int) -> str:
    """Return the number format that the specification gives a number to."""
    return _BUILT_IN.get(number, "")


def shown(value: float, form: str, from_1904: bool = False) -> str:
    """Return a number as text.

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
    kind, integers, commas, decimals, percent = _parsed(form)
    if kind == "date" and 0 <= value <= _MAX_DAYS:
        return _date(value, form, from_1904)
    if kind != "number":
        return f"{value:.15g}"
    text = f"{value * 100 if percent else value:{',' if commas else ''}.{decimals}f}"
    digits = text.lstrip("-").split(".")[0]
    if not commas and len(digits) < integers:
        text = text.replace(digits, digits.zfill(integers), 1)
    return text + ("%" if percent else "")


@functools.lru_cache(maxsize=1024)
def _parsed(form: str) -> tuple[str, int, bool, int, bool]:
    """Return the kind of a format, its least digits, whether it has commas, its decimals, whether it is per cent."""
    first = _NOT_SHOWN.sub("", form[:500].split(";")[0])
    if first.lower() != "general" and re.search(r"[ymdhs]", first, re.IGNORECASE):
        return "date", 0, False, 0, False
    match = _NUMBER.search(first)
    if not match or "E" in first.upper() or "?" in first:
        return "plain", 0, False, 0, False
    whole, decimals = match.group(1), match.group(2) or ""
    return "number", min(whole.count("0"), _MAX_DIGITS), "," in whole, min(len(decimals), _MAX_DIGITS), "%" in first


def _date(value: float, form: str, from_1904: bool) -> str:
    first = _NOT_SHOWN.sub("", form[:500].split(";")[0]).lower()
    seconds = round(value * 86400)
    if "[" in first:
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    timed = "h" in first or "s" in first
    if timed and "y" not in first and "d" not in first:
        return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    early = not from_1904 and value < 60  # the calendar of 1900 has a 29 February that never was
    try:
        when = _DAY_0[from_1904] + datetime.timedelta(days=early, seconds=seconds)
    except OverflowError:
        return f"{value:.15g}"
    return when.isoformat(" ").removesuffix(" 00:00:00")

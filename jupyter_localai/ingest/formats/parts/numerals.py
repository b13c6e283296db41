"""Numbers as documents write them before headings, clauses and the items of lists: ``iv``, ``d``, ``4th``."""

from __future__ import annotations

_MAX_NUMBER = 32_767
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_CARDINAL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_ORDINAL = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()


def numeral(number: int, form: str) -> str:
    """Return a number as Word writes it in one of its formats."""
    number = min(number, _MAX_NUMBER)
    if form in ("lowerRoman", "upperRoman"):
        text = ""
        for value, letters in _ROMAN:
            count, number = divmod(number, value)
            text += letters * count
        return text if form == "lowerRoman" else text.upper()
    if form in ("lowerLetter", "upperLetter") and number > 0:
        text = chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, 30)
        return text if form == "lowerLetter" else text.upper()
    if form == "decimalZero":
        return f"{number:02d}"
    if form == "ordinal":
        ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    if form in ("cardinalText", "ordinalText") and number < len(_CARDINAL):
        return (_CARDINAL if form == "cardinalText" else _ORDINAL)[number].capitalize()
    return "" if form == "none" else str(number)

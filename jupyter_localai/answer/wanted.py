"""What kind of thing a question wants: a number, a time, a name or a numbered clause; and whether a quote has it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from ..text.number_words import number_words_in

WEIGHT = 0.15

_NUMBER = re.compile(r"\d+")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_DATE = re.compile(r"(?:\b\d{1,2}\.? [A-Z]\w{2,8} )?\b(?:1[0-9]|20)\d\d\b")
_CAPITAL = (
    "January February March April May June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch "
    "Donnerstag Freitag Samstag Sonntag Easter Christmas"
).split()
_SMALL = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi "
    "vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "lunes martes miércoles jueves viernes sábado domingo monday tuesday wednesday thursday friday saturday sunday "
    "today tomorrow yesterday noon midnight"
).split()
_TIME = re.compile(
    rf"\b(?:{'|'.join([*_CAPITAL, *_SMALL])})\b|\b\d{{1,2}}[:.h] ?\d\d\b"
    r"|\b\d{1,2} ?(?:[aApP]\.?[mM]|o'clock|[uU]hr)\b|\bat \d{1,2}\b"
)
_CLAUSE = re.compile(
    r"(?:\b(?:clause|section|article|paragraph|chapter|rule|step|item|point|abschnitt|absatz|artikel|ziffer|kapitel|"
    r"clause|alinéa|chapitre|cláusula|artículo|articolo)\s+|§\s?)(\d{1,3}(?:\.\d{1,3}){0,4})(?![\w.]*\d)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,;:] )[A-ZÀ-Þ][\w'’-]+")


def _sums(text: str) -> set[str]:
    return set(_NUMBER.findall(_DATE.sub(" ", text)))


def _amounts(text: str) -> set[str]:
    return _sums(text) | number_words_in(text)


def _times(text: str) -> set[str]:
    return {match.casefold() for match in (*_TIME.findall(text), *_YEAR.findall(text))}


def _names(text: str) -> set[str]:
    return set(_NAME.findall(text)) - set(_CAPITAL)


_WANTS: tuple[tuple[re.Pattern[str], Callable[[str], set[str]]], ...] = (
    (re.compile(r"\bhow much\b|\bwie ?viel\b", re.IGNORECASE), _sums),
    (
        re.compile(
            r"\bhow (?:many|long|often|far|old|high|deep|big|large|tall|heavy|wide|fast)\b"
            r"|\bwie ?(?:viele?|lange|oft|weit|alt|hoch|tief|groß|schwer)\b|\bcombien\b|\bcu[aá]nt[oa]s?\b",
            re.IGNORECASE,
        ),
        _amounts,
    ),
    (re.compile(r"\bwhen\b|\bwhat (?:time|day|date)\b|\bwann\b|\bquand\b|\bcu[aá]ndo\b", re.IGNORECASE), _times),
    (re.compile(r"\bwho(?:m|se)?\b|\bwer\b|\bwem\b|\bqui\b|\bqui[eé]n\b", re.IGNORECASE), _names),
)


def has_wanted(question: str, text: str, path: str, before: Sequence[str] = ()) -> float:
    """Return `WEIGHT` if a text has what is wanted, and neither the question nor the name of its file has it.

    A clause that the question names by its number has twice the weight. A follow-up that does not say what it wants
    wants what the questions before it did, the last first.
    """
    if has_clause(question, text, beginning=True):
        return 2 * WEIGHT
    known = f"{question} {os.path.basename(path)}"
    for asked in (question, *before):
        for wants, found in _WANTS:
            if wants.search(asked):
                return WEIGHT if found(text) - found(known) - set(_NUMBER.findall(known)) else 0.0
    return 0.0


def has_clause(question: str, text: str, beginning: bool = False) -> bool:
    """Whether a clause that a question names, such as "clause 5.2", begins in a text, or is its beginning."""
    line = "" if beginning else r"^[^\S\n]*"
    return any(
        (re.match if beginning else re.search)(rf"{line}(?:#+ )?{re.escape(number)}[.)]?(?=\s)", text, re.MULTILINE)
        for number in _CLAUSE.findall(question)
    )

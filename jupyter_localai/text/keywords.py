"""Turn any text a person types into safe and useful FTS5 expressions."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

from . import german, words

_LONGEST_PHRASE = 12
_MAX_TERMS = 64
_MAX_NAMES = 160
_QUOTED = re.compile(r'["“„«]([^"“”„«»\n]{3,200})["”“»]')
_HIRAGANA = re.compile(r"[\u3040-\u309fー]+")
_DECIMAL = re.compile(r"(?<![\w.,])\d+[.,]\d+(?!\d)(?![\w.,]*\d)")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:FY|CY)\s?'?(\d{2})", re.IGNORECASE)
STOP_WORDS = frozenset(
    "a about above after again against all am an and any are as at be because been before being below between "
    "both but by can could did do does doing down during each few for from further had has have having he her "
    "here hers him his how i if in into is it its itself just me more most my no nor not now of off on once only "
    "or other our ours out over own same she should so some such than that the their theirs them then there these "
    "they this those through to too under until up us very was we were what when where which while who whom whose "
    "why will with would you your yours".split()
)


@dataclasses.dataclass(frozen=True)
class Term:
    """What to look for: as it is shown, and as an FTS5 expression."""

    shown: str
    match: str


def terms(query: str) -> list[str]:
    """Return the distinct words of `query` that carry meaning, lower case, at most 64.

    Function words are dropped unless there is nothing else. What is written without spaces counts in pieces.
    """
    query = words.fold(query)
    found = [word.lower() for word in _words(words.without_runs(query))]
    for run in words.runs(query):
        found += _pieces(run)
    found = list(dict.fromkeys(found))
    telling = [word for word in found if word not in STOP_WORDS and not _HIRAGANA.fullmatch(word)]
    return (telling or found)[:_MAX_TERMS]


def query_terms(query: str) -> list[Term]:
    """Return what to look for in the keyword index, at most 64 terms.

    Besides the words: phrases in quotation marks; compounds and long numbers as one word; the parts of identifiers.
    Everything is quoted, so operators, quotes and columns in the query are only words.
    """
    query = words.fold(query)
    found = _german(query) or [Term(word, _quoted(word, words.is_short(word))) for word in terms(query)]
    found += [Term(number, _quoted(" ".join(_words(number)))) for number in _DECIMAL.findall(query)]
    for phrase in _QUOTED.findall(query):
        inside = _words(phrase)[:_LONGEST_PHRASE]
        if len(inside) > 1 and not words.runs(phrase):
            found.append(Term(" ".join(inside).lower(), _quoted(" ".join(inside))))
    for word in (*map(words.joined, words.compounds(query)), *(p for w in _words(query) for p in words.parts(w))):
        found.append(Term(word.lower(), _quoted(word.lower())))
    return list({term.match: term for term in found}.values())[:_MAX_TERMS]


def is_german(text: str) -> bool:
    """Whether a question is German."""
    return german.is_german([word.lower() for word in _words(text)], STOP_WORDS)


def any_of(wanted: Iterable[Term]) -> str:
    """Return an expression that matches any of the terms; empty when there are none."""
    return " OR ".join(term.match for term in wanted)


def name_terms(query: str) -> list[str]:
    """Return the words by which a query may name a document, longest first, at most 160.

    Names of files are often written in one word, so neighbours are joined; a fiscal year counts as a year.
    """
    query = words.fold(query)
    given = _words(query)
    found = [word.lower() for word in given if word.lower() not in STOP_WORDS and len(word) > 1]
    found += [part.lower() for word in given for part in words.parts(word)]
    found += [f"20{year}" for year in _YEAR.findall(query)]
    for count in (2, 3):
        for at in range(len(given) - count + 1):
            several = given[at : at + count]
            if several[0].lower() not in STOP_WORDS and several[-1].lower() not in STOP_WORDS:
                found.append("".join(several).lower())
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:_MAX_NAMES]


def name_words(path: str) -> str:
    """Return the words of a file's name without its suffix, and the words inside them."""
    stem = unicodedata.normalize("NFC", PurePath(path).stem)
    return " ".join([*_words(stem), words.inner_words(stem)]).strip()


def _german(query: str) -> list[Term]:
    """Return the words of a German query, the longer ones by their first letters, too; none of another query."""
    if not is_german(query):
        return []
    telling = [word for word in terms(query) if word not in german.FUNCTION_WORDS]
    begun = [(word, german.beginning(word)) for word in telling]
    return [Term(w, f"({_quoted(w)} OR {_quoted(b, True)})" if b else _quoted(w)) for w, b in begun]


def _pieces(run: str) -> list[str]:
    """Return the pieces to look for of a run of letters without spaces."""
    size = words.gram_size(run)
    pieces = words.grams(run)
    return pieces[: len(pieces) - size + 1] or pieces[:1]


def _quoted(word: str, begins: bool = False) -> str:
    return f'"{word}"*' if begins else f'"{word}"'


def _words(text: str) -> list[str]:
    """Return the words of a text; an accent or a vowel sign, however it is encoded, does not end one."""
    return words.plain_words(_POSSESSIVE.sub("", words.fold(text)))

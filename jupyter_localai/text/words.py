"""The words inside other words, which a tokenizer of spaced scripts does not see.

Chinese, Japanese and Thai put no space between words, so every run of such letters is also kept as its
overlapping pairs (of Thai and its neighbours, whose words are longer: triples). An identifier is also kept as its
parts, a compound with hyphens and a number with separators also as one word, and what is written with other letters
than usual (ligatures, full-width letters) also in the usual ones, as `fold` makes them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

_CJK = "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK += "\uff66-\uff9f\U00020000-\U0003134f"
_LONG = "\u0e00-\u0e3a\u0e40-\u0e4e\u0e80-\u0ebd\u0ec0-\u0ecd\u0edc-\u0edf\u1000-\u109f\u1780-\u17d3\u17dc-\u17dd"
_RUN = re.compile(f"[{_CJK}]+|[{_LONG}]+")
_LONG_RUN = re.compile(f"[{_LONG}]")
_GROUPS = r"\d{1,3}(?:(?P<mark>[,.'’ ])\d{3}(?:(?P=mark)\d{3}){0,4})(?!(?P=mark)\d)|\d{1,2}(?:,\d{2}){1,4},\d{3}"
_COMPOUND = re.compile(rf"(?<![\w,.])(?<!\d[ '’])(?:{_GROUPS}|[^\W_]+(?:[-‐‑][^\W_]+){{1,3}})(?!\w)")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_POWER = re.compile(r"(?<=\d)(?=[\u2070-\u2079\u00b2\u00b3\u00b9])")
_SIMPLE = re.compile(r"[^\W_]+")
_SEAM = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|[^\W\d_]{2}\d{2}")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LATIN = re.compile(r"[A-Za-z0-9]")
_SEPARATORS = re.compile(r"[^\w]+")
SHORTEST_PART = 2
_IDENTIFIER_CHARS = range(4, 65)


def inner_words(text: str) -> str:
    """Return the words inside the words of `text`, to be indexed beside it; empty for most texts."""
    found: list[str] = []
    if not text.isascii():
        folded = fold(text)
        for run in _RUN.findall(folded):
            found += grams(run)
        for piece in text.split():
            found += _unusual(piece)
        text = without_runs(folded)
    for match in _COMPOUND.finditer(text):
        found.append(joined(match.group()))
    for word in _SIMPLE.findall(text):
        if not (word.isalpha() and word[1:].islower()) and len(word) in _IDENTIFIER_CHARS and _SEAM.search(word):
            found += parts(word)
    return " ".join(found)


def fold(text: str) -> str:
    """Return `text` in the usual letters, as Unicode's compatibility form has them.

    Marks that are not seen are left out. A power does not become a digit of its number.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _POWER.sub(" ", text.translate(_UNSEEN)))


def usual_letters(text: str) -> str:
    """Return `text` in the usual letters and digits, its punctuation as it stands, for models that know no others."""
    if text.isascii():
        return text
    text = text.translate(_UNSEEN)
    if unicodedata.is_normalized("NFKC", text):
        return text
    letters = (unicodedata.normalize("NFKC", c) if c.isalpha() or c.isdecimal() else c for c in text)
    return unicodedata.normalize("NFC", "".join(letters))


def _unusual(piece: str) -> list[str]:
    """Return the words of a piece between spaces that a tokenizer would not find as `fold` writes them."""
    if piece.isascii():
        return []
    usual, given = fold(piece), unicodedata.normalize("NFC", piece)
    if usual == given and not (_RUN.search(usual) and _LATIN.search(usual)):
        return []
    as_given = set(plain_words(given))
    return [word for word in plain_words(without_runs(usual)) if word not in as_given]


def grams(run: str) -> list[str]:
    """Return the overlapping pieces of a run of letters, the last ones shorter, so that each letter begins one."""
    units = list(_units(run))
    size = gram_size(run)
    return ["".join(units[at : at + size]) for at in range(len(units))]


def gram_size(run: str) -> int:
    """Return how many letters with their marks a piece of `run` has."""
    return 3 if _LONG_RUN.match(run) else 2


def runs(text: str) -> list[str]:
    """Return the runs of letters of scripts without spaces."""
    return _RUN.findall(text)


def is_short(word: str) -> bool:
    """Whether a word is of a script without spaces and shorter than the pieces that are kept."""
    return _RUN.fullmatch(word) is not None and len(list(_units(word))) < gram_size(word)


def without_runs(text: str) -> str:
    """Return `text` with its runs of letters of scripts without spaces taken out."""
    return _RUN.sub(" ", text)


def plain_words(text: str) -> list[str]:
    """Return the words between spaces and signs; a vowel sign does not end one."""
    return _plain().findall(text)


@functools.cache  # it takes 10 ms to make, and most processes need none
def _plain() -> re.Pattern[str]:
    marks = "".join(chr(c) for c in range(0x300, 0x20000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
    return re.compile(f"[^\\W_](?:[^\\W_]|[{marks}])*")


def compounds(text: str) -> list[str]:
    """Return the words with hyphens and the numbers with separators."""
    return [match.group() for match in _COMPOUND.finditer(text)]


def joined(compound: str) -> str:
    """Return a compound as one word."""
    return _SEPARATORS.sub("", compound)


def parts(identifier: str) -> list[str]:
    """Return the parts of ``removeSpikes``, ``HTTPServer`` or ``FY2016``; none of a plain word."""
    found = _PART.findall(identifier) if identifier.isascii() else []
    return [part for part in found if len(part) >= SHORTEST_PART] if len(found) > 1 else []


def _units(run: str) -> Iterator[str]:
    """Yield letters with the marks that belong to them."""
    unit = ""
    for letter in run:
        if unit and unicodedata.category(letter) not in ("Mn", "Mc"):
            yield unit
            unit = ""
        unit += letter
    if unit:
        yield unit

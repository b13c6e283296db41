"""The words inside other words, which a tokenizer of spaced scripts does not see.

Chinese, Japanese and Thai put no space between words, so every run of such letters is also kept as its
overlapping pairs (of Thai and its neighbours, whose words are longer: triples). An identifier is also kept as its
parts, a compound with hyphens and a number with separators also as one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CJK = "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK += "\uff66-\uff9f\U00020000-\U0003134f"
_LONG = "\u0e00-\u0e3a\u0e40-\u0e4e\u0e80-\u0ebd\u0ec0-\u0ecd\u0edc-\u0edf\u1000-\u109f\u1780-\u17d3\u17dc-\u17dd"
_MARKS = "".join(chr(c) for c in range(0x300, 0x20000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
_RUN = re.compile(f"[{_CJK}]+|[{_LONG}]+")
_LONG_RUN = re.compile(f"[{_LONG}]")
_COMPOUND = re.compile(r"(?<!\w)(?:\d{1,3}(?:[,'’]\d{3})+|[^\W_]+(?:[-‐‑][^\W_]+){1,3})(?!\w)")
_IDENTIFIER = re.compile(r"(?<![^\W_])(?=[^\W_]*(?:[a-z][A-Z]|[A-Z]{2}[a-z]|[^\W\d_]{2}\d{2}))[^\W_]{4,64}(?![^\W_])")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SEPARATORS = re.compile(r"[^\w]+")
_PLAIN = re.compile(f"[^\\W_](?:[^\\W_]|[{_MARKS}])*")
SHORTEST_PART = 2


def inner_words(text: str) -> str:
    """Return the words inside the words of `text`, to be indexed beside it; empty for most texts."""
    found: list[str] = []
    for run in _RUN.findall(text):
        found += grams(run)
    for match in _COMPOUND.finditer(text):
        found.append(joined(match.group()))
    for match in _IDENTIFIER.finditer(text):
        found += parts(match.group())
    return " ".join(found)


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
    return _PLAIN.findall(text)


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

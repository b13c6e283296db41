"""Where a text has the words of a question: to show the part with most of them, and to make them stand out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from . import keywords
from .clip import clipped

_LONG_WORD = 4  # letters; a longer word counts in other forms, too
_FORM, _ENDING = 3, 1  # letters that a form in the text may have more, and less
_BEFORE = 0.25  # share of the part that is shown before its first match


def of_question(question: str) -> list[str]:
    """Return the words of a question that carry meaning."""
    return keywords.terms(question)


def pieces(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Return `text` in pieces, each with whether it is one of the words."""
    found, done = [], 0
    for start, end, _ in _matches(text, words):
        found += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [piece for piece in [*found, (text[done:], False)] if piece[0]]


def part(text: str, words: Sequence[str], chars: int) -> str:
    """Return the part of `text`, on one line and about `chars` long, that has most of the different words."""
    text = " ".join(text.split())
    if len(text) <= chars:
        return text
    matches = _matches(text, words)
    best, best_count, last = 0, 0, 0
    inside: Counter[str] = Counter()
    for at, (_, end, word) in enumerate(matches):
        inside[word] += 1
        while end - matches[last][0] > chars * (1 - _BEFORE) and last < at:
            inside[matches[last][2]] -= 1
            inside += Counter()
            last += 1
        if len(inside) > best_count:
            best, best_count = last, len(inside)
    start = matches[best][0] if matches else 0
    if start <= chars * _BEFORE:
        return clipped(text, chars)
    start = min(start - int(chars * _BEFORE), len(text) - chars)
    space = text.find(" ", start)
    begin = space + 1 if 0 <= space < start + chars // 4 else start
    return f"… {clipped(text[begin:], chars)}"


def _matches(text: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where the words stand, with the word of each."""
    wanted = {form: word for word in reversed(words) for form in _roots(word.casefold(), _ENDING)}
    found = []
    for match in re.finditer(r"[^\W_]+", text):
        word = next((wanted[root] for root in _roots(match[0].casefold(), _FORM) if root in wanted), None)
        if word is not None:
            found.append((*match.span(), word))
    return found


def _roots(word: str, most: int) -> list[str]:
    """Return a word and what is left of it without up to `most` letters of its end."""
    shortest = max(_LONG_WORD, len(word) - most)
    return [word, *(word[:size] for size in range(len(word) - 1, shortest - 1, -1))]

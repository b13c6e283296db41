"""What is left of an English word without the endings of its forms: open, opens, opened and opening are one."""

from __future__ import annotations

import re

_SHORTEST = 3  # letters that are left
_VOWEL = re.compile(r"[aeiouy]")


def stem(word: str) -> str:
    """Return the stem of a word in lower case; words of other scripts and with digits stay as they are."""
    if not word.isascii() or not word.isalpha() or len(word) <= _SHORTEST:
        return word
    if word.endswith("ies") and len(word) > _SHORTEST + 1:
        word = f"{word[:-3]}y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST and _VOWEL.search(rest):
            twice = rest[-1] == rest[-2] and rest[-1] not in "aeiouls"
            word = rest[:-1] if twice else rest
            break
    if word.endswith("e") and len(word) > _SHORTEST:
        word = word[:-1]
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > _SHORTEST else word

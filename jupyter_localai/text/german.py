"""German inflects its words and joins them, so a word of a question seldom stands in a text as it was typed.

The longer words of a German question are also looked for by their first letters: *Verteidiger* finds *Verteidigung* and
*Verteidigungslinie*. That finds more than stems do, and needs neither a dictionary nor another index.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

_BEGINNING = 5
_TELLING = frozenset(
    "als auf aus bei beim das dem der durch ein eine einem einen einer eines für gegen haben hatte hatten ich ihr im "
    "ist kann können mit nach nicht oder ohne sich sie sind über und unter vom von vor wann warum welche welchem "
    "welchen welcher welches wem wen wenn wer werden wie wieso wieviel wird wo wurde wurden zu zum zur zwischen".split()
)
FUNCTION_WORDS = _TELLING | frozenset(
    "am an auch bis da den des die dies diese diesem diesen dieser dieses doch er es gibt hat in man noch nur sein "
    "seine so um viel viele war waren was wir".split()
)


def is_german(words: Sequence[str], english: Set[str]) -> bool:
    """Whether lower-case words are of a German question: two function words, and more than English ones."""
    telling = sum(word in _TELLING for word in words)
    foreign = sum(word in english and word not in FUNCTION_WORDS for word in words)
    return telling > foreign and sum(word in FUNCTION_WORDS for word in words) > 1


def beginning(word: str) -> str:
    """Return the letters by which to look for other forms of a word; empty for a short one, and for numbers."""
    return word[:_BEGINNING] if len(word) > _BEGINNING and word.isalpha() else ""

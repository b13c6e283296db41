"""Check what a chat model wrote against the passages it was given. Nothing it says is taken on trust.

Markers of passages that there are not go; every other gets the quote that best carries its sentence;
numbers and names that stand in no passage are told. Code is left as it is. No model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..embed.base import Embedder
from ..results.answers import Citation
from ..results.passages import Hit
from ..text.sentences import sentence_spans
from .cite import best_quotes
from .doubts import doubts
from .markers import MARKER, code_hidden, numbers, removed, shown_again, written

_CLAIM_CHARS = 600


def verify(
    text: str, hits: Sequence[Hit], question: str, embedder: Embedder, context: str = ""
) -> tuple[str, tuple[Citation, ...], list[str]]:
    """Check a model's answer against the passages.

    Parameters
    ----------
    hits : sequence of Hit
        The passages by their numbers; none where the answer rests on `context` alone.
    context : str
        What the question is about. Its numbers and names are known, as those of the question are.

    Returns
    -------
    text : str
        With every marker written as ``[1]``, and without those of passages that there are not.
    citations : tuple of Citation
        One per passage cited, with the quote that best carries the sentence that cites it first.
    warnings : list of str
        Markers dropped, and in one the numbers and names that stand in no passage.
    """
    dropped = 0

    def known_only(match: re.Match[str]) -> str:
        nonlocal dropped
        cited = numbers(match)
        good = [number for number in cited if 1 <= number <= len(hits)]
        dropped += len(cited) - len(good)
        return f" {written(good)}" if good else ""

    text = MARKER.sub(known_only, code_hidden(text)).strip()
    warnings = []
    if dropped and hits:
        warnings.append(f"The model cited passages that there are not; {dropped} such marker(s) were dropped.")
    claims: dict[int, str] = {}
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    before = ""
    for sentence in sentences:
        plain = removed(sentence)
        # a marker after the full stop begins the next piece, and belongs to the sentence before it
        begin = 0
        while (leading := MARKER.match(sentence, begin)) is not None:
            for number in numbers(leading):
                claims.setdefault(number, before or plain)
            begin = leading.end()
        for match in MARKER.finditer(sentence, begin):
            for number in numbers(match):
                claims.setdefault(number, plain if _has_word(plain) else before)
        if _has_word(plain):
            before = plain
    citations = best_quotes({n: (hits[n - 1], claims[n][-_CLAIM_CHARS:]) for n in sorted(claims)}, embedder)
    text = shown_again(text)
    warnings += doubts(text, hits, f"{question}\n{context}")
    if hits and not citations:
        warnings.append("The model cited no passage.")
    return text, citations, warnings


def _has_word(text: str) -> bool:
    return any(ch.isalnum() for ch in text)

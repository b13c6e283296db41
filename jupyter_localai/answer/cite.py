"""Tie a sentence to the exact place it comes from."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..embed.base import Embedder
from ..index.texts import Part
from ..results.answers import Citation
from ..results.passages import Anchor, Hit
from ..text import keywords
from ..text.sentences import line_breaks, sentence_spans
from ..text.stems import stem

_MAX_SENTENCES = 60


def anchor_at(hit: Hit | Part, offset: int) -> Anchor:
    """Return the anchor of a character of the document that lies inside `hit`.

    The line is counted from the start of the place it lies in, so it is exact for every kind
    of document whose anchors carry lines.
    """
    place = next((p for p in reversed(hit.places) if p.start <= offset), None)
    if place is None:
        return hit.anchor
    if place.anchor.line is None or place.anchor.row is not None:
        return place.anchor
    lines = line_breaks(hit.text, place.start - hit.start, offset - hit.start)
    return dataclasses.replace(place.anchor, line=place.anchor.line + lines)


def citation(marker: int, hit: Hit, start: int, end: int, support: float) -> Citation:
    """Return the citation of ``start:end`` (offsets into the document) within `hit`."""
    return Citation(
        marker, hit.path, anchor_at(hit, start), start, end, hit.text[start - hit.start : end - hit.start], support
    )


def best_quotes(claims: Mapping[int, tuple[Hit, str]], embedder: Embedder) -> tuple[Citation, ...]:
    """Return, per marker, the citation of the sentence of its hit that best carries its claim.

    The support is seven parts similarity of meaning and three parts the share of the claim's words that
    the sentence has, rare words and numbers counting more.
    """
    spans = {marker: _spans(hit.text, claim) for marker, (hit, claim) in claims.items()}
    texts: list[str] = []
    for marker, (hit, claim) in claims.items():
        texts += [claim, *(" ".join(hit.text[start:end].split()) for start, end in spans[marker])]
    vectors = embedder.embed(texts)
    citations, at = [], 0
    for marker, (hit, claim) in claims.items():
        count = len(spans[marker])
        meaning = np.clip(vectors[at + 1 : at + 1 + count] @ vectors[at], 0, 1)
        support = 0.7 * meaning + 0.3 * word_overlap(claim, texts[at + 1 : at + 1 + count])
        best = int(np.argmax(support))
        start, end = spans[marker][best]
        citations.append(citation(marker, hit, hit.start + start, hit.start + end, float(support[best])))
        at += 1 + count
    return tuple(citations)


def _spans(text: str, claim: str) -> list[tuple[int, int]]:
    """Return the sentences that may carry a claim; of very many, those that share most words with it."""
    spans = sentence_spans(text) or [(0, len(text))]
    if len(spans) <= _MAX_SENTENCES:
        return spans
    wording = word_overlap(claim, [text[start:end] for start, end in spans])
    return [spans[at] for at in sorted(np.argsort(-wording, kind="stable")[:_MAX_SENTENCES])]


def word_overlap(wanted: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return, per text, the share of the words of `wanted` that it has, 0 to 1.

    A word weighs more the fewer of the texts have it, and a number twice as much; its forms count as one.
    """
    terms = list(dict.fromkeys(map(stem, keywords.terms(wanted))))
    if not terms:
        return np.zeros(len(texts))
    words = [set(map(stem, keywords.terms(text))) for text in texts]
    seen = Counter(word for group in words for word in group)
    weight = {word: math.log(1 + len(texts) / (0.5 + seen[word])) * (2 if word.isdigit() else 1) for word in terms}
    total = sum(weight.values())
    return np.array([sum(weight[word] for word in terms if word in group) / total for group in words])

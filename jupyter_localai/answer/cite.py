"""Tie a sentence to the exact place it comes from."""

from __future__ import annotations

import dataclasses

from ..index import keywords
from ..index.embed import Embedder
from ..schema import Anchor, Citation, Hit
from ..sentences import line_breaks, sentence_spans


def anchor_at(hit: Hit, offset: int) -> Anchor:
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


def best_quote(marker: int, hit: Hit, claim: str, embedder: Embedder) -> Citation:
    """Return the citation of the sentence of `hit` that best carries `claim`.

    Its support is seven parts similarity of meaning and three parts share of the claim's words.
    """
    spans = sentence_spans(hit.text)[:60] or [(0, len(hit.text))]
    texts = [" ".join(hit.text[a:b].split()) for a, b in spans]
    vectors = embedder.embed([claim, *texts])
    wanted = set(keywords.terms(claim))
    best, support = 0, -1.0
    for index, text in enumerate(texts):
        shared = len(wanted & set(keywords.terms(text))) / len(wanted) if wanted else 0.0
        score = 0.7 * max(0.0, float(vectors[index + 1] @ vectors[0])) + 0.3 * shared
        if score > support:
            best, support = index, score
    start, end = spans[best]
    return citation(marker, hit, hit.start + start, hit.start + end, min(1.0, support))

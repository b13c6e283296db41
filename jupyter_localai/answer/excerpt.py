"""What of the passages a chat model reads that reads slowly: the sentences around what matches the question."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..embed.base import Embedder
from ..results.passages import Hit
from ..text.code import is_code
from ..text.sentences import sentence_spans
from .cite import word_overlap

LONG_S = 3
"""Seconds of reading from which on passages are cut."""
_ALWAYS = 3  # passages that are read however little they match
_WEAK = 0.5  # of the best score: what is below is left out after these
_NEAR = 0.8  # of the best sentence's score: what matches, too
_LEAST_LETTERS = 24  # of a passage besides its headings
_MOST_SENTENCES = 200  # that are compared; passages after them stay whole
_WORTH = 0.8  # of a passage: where more stays, all does
_GAP = " […] "

Span = tuple[int, int]


def excerpts(question: str, hits: Sequence[Hit], embedder: Embedder) -> tuple[list[Hit], list[Hit]]:
    """Return the passages worth reading, and the same with their text cut.

    Of each passage its best sentence stays, whatever of it matches as well as that of the best passage, and what
    stands beside these, with the heading above; a table and code stay whole.
    """
    least = _WEAK * max((hit.score for hit in hits), default=0.0)
    kept = [hit for at, hit in enumerate(hits) if at < _ALWAYS or (hit.score >= least and _says_something(hit.text))]
    units: list[list[Span]] = []
    for hit in kept:
        spans = _units(hit)
        if sum(map(len, units)) + len(spans) > _MOST_SENTENCES:
            break
        units.append(spans)
    compared = kept[: len(units)]
    texts = [" ".join(hit.text[a:b].split()) for hit, spans in zip(compared, units, strict=True) for a, b in spans]
    if not texts:
        return kept, kept
    meaning = np.clip(embedder.embed(texts) @ embedder.embed_query(question), 0, 1)
    score = 0.7 * meaning + 0.3 * word_overlap(question, texts)
    limit, at, cut = _NEAR * score.max(), 0, []
    for hit, spans in zip(compared, units, strict=True):
        own = score[at : at + len(spans)]
        at += len(spans)
        cut.append(dataclasses.replace(hit, text=_cut(hit.text, spans, own, float(limit))))
    return kept, [*cut, *kept[len(cut) :]]


def _cut(text: str, units: Sequence[Span], score: npt.NDArray[np.float64], limit: float) -> str:
    """Return the units that match, and those beside them."""
    if len(units) < 3:
        return text
    matching = {int(np.argmax(score)), *np.flatnonzero(score >= limit).tolist()}
    after = {at + 1 for at in matching if at + 1 < len(units) and text[units[at + 1][0]] != "#"}
    chosen = matching | after | {at - 1 for at in matching if at}
    for at in matching:
        heading = next((n for n in range(at, -1, -1) if text[units[n][0]] == "#"), None)
        chosen |= set() if heading is None else {heading}
    if sum(units[at][1] - units[at][0] for at in chosen) >= _WORTH * len(text):
        return text
    parts, last = [], -1
    for at in sorted(chosen):
        between = text[units[last][1] : units[at][0]] if last >= 0 and at == last + 1 else _GAP
        parts += [between if last >= 0 or at > 0 else "", text[units[at][0] : units[at][1]]]
        last = at
    return "".join([*parts, _GAP if last < len(units) - 1 else ""]).strip()


def _units(hit: Hit) -> list[Span]:
    """Return the sentences of a passage, the rows of a table together; code is one unit."""
    if is_code(hit.path) or "```" in hit.text:
        return [(0, len(hit.text))]
    units: list[Span] = []
    for start, end in sentence_spans(hit.text):
        is_row = hit.text[start:end].count("|") > 1
        if is_row and units and hit.text[slice(*units[-1])].count("|") > 1:
            units[-1] = units[-1][0], end
        else:
            units.append((start, end))
    return units


def _says_something(text: str) -> bool:
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return sum(ch.isalnum() for ch in body) >= _LEAST_LETTERS

"""A second reader for the order: a reranker reads the query together with each of the best passages."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..index.catalogue import Catalogue
from . import fuse
from .rank import Ranking

DEPTH = 50
_WEIGHT = 1.0
"""More than what parts the best candidates otherwise: the reranker has the word, and the rest decides near ties."""


class Reranker(Protocol):
    """Says how well texts fit a query: a higher number for a better fit."""

    def score(self, query: str, texts: Sequence[str]) -> fuse.Scores: ...


def rerank(ranking: Ranking, query: str, reranker: Reranker, catalogue: Catalogue) -> Ranking:
    """Return the ranking with the best chunks ordered by what a reranker says of them, as well.

    Its numbers have no scale that models share, so the best of these chunks has 1 and the last 0. All others stay
    behind them in their order.
    """
    numbers = ranking.evidence.numbers
    chunks = catalogue.chunks.by_id([int(numbers[at]) for at in ranking.order[:DEPTH]])
    best = np.array([at for at in ranking.order[:DEPTH] if int(numbers[at]) in chunks], np.int64)
    if len(best) < 2:
        return ranking
    texts = [chunk.text for chunk in (chunks[int(numbers[at])] for at in best)]
    said = reranker.score(query, texts)
    read = np.zeros(len(numbers))
    read[best] = fuse.share(said - said.min())
    scores = ranking.scores + _WEIGHT * read
    order = ranking.order.copy()
    order[: len(best)] = best[fuse.ranking(scores[best], numbers[best])]
    return dataclasses.replace(ranking, order=order, scores=scores, parts={**ranking.parts, "read": read})

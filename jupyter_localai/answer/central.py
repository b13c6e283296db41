"""Which passages of documents say most of what they are about: those near in meaning to many others.

LexRank (Erkan and Radev, 2004), over the vectors that the index has: no model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..embed.base import Array
from ..index.catalogue import Catalogue

_SAMPLE = 1500  # passages that are compared with each other
_NEAR = 0.1
_ROUNDS, _DAMPING = 30, 0.85


def by_centrality(documents: Sequence[int], catalogue: Catalogue) -> tuple[list[int], Array]:
    """Return the chunks of documents, the most central first, and their vectors; of very many an even sample."""
    numbers, vectors = catalogue.chunks.vectors(0, documents, _SAMPLE)
    if not numbers:
        return [], vectors
    order = np.argsort(-_centrality(vectors), kind="stable")
    return [numbers[at] for at in order.tolist()], vectors[order]


def _centrality(vectors: Array) -> Array:
    """Return the share of a random walk along likeness that ends at each vector."""
    near = vectors @ vectors.T
    near[near < _NEAR] = 0.0
    near /= np.maximum(near.sum(axis=1, keepdims=True), 1e-9)
    near *= _DAMPING
    share: Array = np.full(len(vectors), 1 / len(vectors), np.float32)
    for _ in range(_ROUNDS):
        share = share @ near
        share += (1 - _DAMPING) / len(vectors)
    return share

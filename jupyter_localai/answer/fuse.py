"""One ranking from several kinds of evidence, each 0 to 1: meaning, words, the document's name.

The score is a convex combination of meaning and words (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
Hybrid Retrieval", 2023, find it better than reciprocal ranks and robust in its weight), plus a share for a document
that the query names. More of any evidence never lowers a chunk.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]

DENSE_WEIGHT = 0.5
GUESSING_WEIGHT = 0.2
"""Of meaning, where the embedding model reads the query badly."""
NAME_WEIGHT = 0.3
_NEAREST = 100
_LEAST_SPREAD = 0.25


def fuse(near: Scores, words: Scores, names: Scores, dense_weight: float = DENSE_WEIGHT) -> Scores:
    """Return the score of each candidate from its three kinds of evidence, each 0 to 1."""
    return dense_weight * near + (1 - dense_weight) * words + NAME_WEIGHT * names


def cosines(vectors: npt.NDArray[np.float32], vector: npt.NDArray[np.float32]) -> Scores:
    """Return the cosine of each of some unit vectors with another.

    Not by BLAS, which would wake a second thread for so little, and wait for it on a busy machine.
    """
    products: Scores = np.einsum("nd,d->n", vectors, vector).astype(np.float64)
    return products


def nearness(near: Scores) -> Scores:
    """Scale cosines to 0..1: the nearest candidate is 1, the hundredth nearest and all beyond are 0.

    Where these two are nearly equally near, meaning tells little, and the nearest stays below 1.
    """
    if not len(near):
        return near
    ordered = np.sort(near)[::-1]
    high, low = ordered[0], ordered[min(_NEAREST, len(ordered)) - 1]
    if len(ordered) == 1:
        return np.ones(1)
    scaled: Scores = np.clip((near - low) / max(high - low, _LEAST_SPREAD), 0, 1)
    return scaled


def share(scores: Scores) -> Scores:
    """Scale scores that are 0 or more to shares of the best one."""
    top = scores.max(initial=0.0)
    return scores / top if top > 0 else np.zeros_like(scores)


def ranking(scores: Scores, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the positions of `scores`, best first; equal ones by number, so that results repeat exactly."""
    return np.lexsort((numbers, -scores))

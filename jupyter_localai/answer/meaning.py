"""How near chunks are to a query in meaning, out of three cosines: their own, their neighbourhood's, their head's."""

from __future__ import annotations

import numpy as np

from .fuse import Scores, Weights

_NEAREST = 100
_FAR = 0.25
_TINY = 1e-6
_MOST_HEAD = 1.5


def nearness(near: Scores) -> tuple[Scores, float, float]:
    """Scale cosines to 0..1: the nearest is 1, the hundredth nearest and all beyond are 0; and return both bounds.

    Of fewer than a hundred, the last need not be far: then what is 0 is at least so much less near than the nearest.
    """
    if not len(near):
        return near, 1.0, 0.0
    ordered = np.sort(near)[::-1]
    high, low = float(ordered[0]), float(ordered[min(_NEAREST, len(ordered)) - 1])
    if len(ordered) < _NEAREST:
        low = min(low, high - _FAR)
    return np.clip((near - low) / max(high - low, _TINY), 0, 1), high, low


def meaning(own: Scores, soft: Scores, heads: Scores, weights: Weights) -> Scores:
    """Return how near chunks are in meaning; `heads` is NaN for chunks without one.

    A head's cosine is scaled as the chunks' are, and may be nearer than any of them.
    """
    near, high, low = nearness(own)
    both = (1 - weights.soft) * near + weights.soft * nearness(soft)[0]
    head = np.clip((heads - low) / max(high - low, _TINY), 0, _MOST_HEAD)
    return np.where(np.isnan(heads), both, (1 - weights.head) * both + weights.head * head)

"""The weights: one score out of several kinds of evidence, each 0 to 1.

The score is a convex combination (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023,
find it better than reciprocal ranks and robust in its weights). More of any evidence never lowers a chunk. The weights
are from the middle of a plateau: most of them may be half or twice as large without harm.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Weights:
    """How much each kind of evidence counts."""

    meaning: float = 0.4
    words: float = 0.25
    around: float = 0.15
    document: float = 0.4
    title: float = 0.125
    name: float = 0.2
    short: float = 0.25
    """The share of `document` in a document of few chunks, whose words are those of a chunk and its neighbours."""
    guessed_meaning: float = 0.1
    """Of meaning, where the embedding model reads the query badly."""
    soft: float = 0.5
    """The share of the neighbourhood in meaning."""
    head: float = 0.5
    """The share of the page's head in meaning, where there is one."""
    turn: float = 0.025
    """What each further page of a document counts less, where equally likely documents take turns."""


WEIGHTS = Weights()


def share(scores: Scores) -> Scores:
    """Scale scores that are 0 or more to shares of the best one."""
    top = scores.max(initial=0.0)
    return scores / top if top > 0 else np.zeros_like(scores)


def ranking(scores: Scores, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the positions of `scores`, best first; equal ones by number, so that results repeat exactly."""
    return np.lexsort((numbers, -scores))

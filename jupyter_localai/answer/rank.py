"""Score every candidate by all evidence about it, and sort them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..embed.base import Array
from ..index.chunks import ChunkVectors
from ..results.passages import Explanation
from . import fuse
from .surroundings import Surroundings

AROUND_WEIGHT = 0.5
"""Of the words in and around a chunk together, beside those in it alone."""
ECHO_WEIGHT = 0.3
_ECHOING = 3


@dataclasses.dataclass(frozen=True)
class Matches:
    """What matches a query: both lists, best first, as ``(chunk number, score)``, and the documents it names."""

    dense: Sequence[tuple[int, float]]
    worded: Sequence[tuple[int, float]]
    named: dict[int, float]

    def numbers(self) -> list[int]:
        """Return the chunks of both lists, ascending."""
        return sorted({number for number, _ in (*self.dense, *self.worded)})


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Chunks with their scores; ``order`` has their positions, best first."""

    numbers: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    scores: fuse.Scores
    cosines: fuse.Scores
    near: fuse.Scores
    words: fuse.Scores
    names: fuse.Scores
    matches: Matches
    around: Surroundings
    dense_weight: float

    def explain(self, at: int) -> Explanation:
        """Say why the chunk at a position ranks where it does."""
        number = self.numbers[at]
        return Explanation(
            dense=float(self.near[at]),
            keyword=float(self.words[at]),
            dense_rank=_place(number, self.matches.dense),
            keyword_rank=_place(number, self.matches.worded),
            name=float(self.names[at]),
            words=self.around.words(at, self.around.inside),
            around=self.around.words(at, self.around.around),
            dense_weight=self.dense_weight,
        )


def rank(
    vector: Array,
    chunks: ChunkVectors,
    matches: Matches,
    around: Surroundings,
    dense_weight: float = fuse.DENSE_WEIGHT,
) -> Ranking:
    """Give every chunk a score.

    What is best so far sharpens the question (`_echo`) before the last ranking.

    Parameters
    ----------
    vector : (dimension,) array
        The query's.
    chunks : ChunkVectors
        The chunks that match.
    matches, around
        How they match, and what stands around them.
    dense_weight : float
        How much of the score is meaning.
    """
    numbers, documents, vectors = chunks
    cosines = fuse.cosines(vectors, vector)
    worded = dict(matches.worded)
    own = np.array([max(0.0, worded.get(number, 0.0)) for number in numbers.tolist()])
    words = fuse.share(own + AROUND_WEIGHT * around.scores)
    names = np.array([matches.named.get(document, 0.0) for document in documents.tolist()])
    first = fuse.fuse(fuse.nearness(cosines), words, names, dense_weight)
    echo = _echo(vector, vectors, first, numbers)
    near = fuse.nearness(fuse.cosines(vectors, echo))
    scores = fuse.fuse(near, words, names, dense_weight)
    order = fuse.ranking(scores, numbers)
    return Ranking(numbers, order, scores, cosines, near, words, names, matches, around, dense_weight)


def _echo(vector: Array, vectors: Array, scores: fuse.Scores, numbers: npt.NDArray[np.int64]) -> Array:
    """Move the query a little towards what answers it best so far (Rocchio, 1971), each by its score."""
    best = fuse.ranking(scores, numbers)[:_ECHOING]
    total = float(scores[best].sum())
    if total <= 0:
        return vector
    moved = vector + ECHO_WEIGHT * (scores[best] / total) @ vectors[best]
    echo: Array = (moved / np.linalg.norm(moved)).astype(np.float32)
    return echo


def _place(number: int, ranked: Sequence[tuple[int, float]]) -> int | None:
    return next((place for place, (other, _) in enumerate(ranked, 1) if other == number), None)

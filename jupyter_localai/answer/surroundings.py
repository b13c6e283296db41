"""The words around a chunk: a chunk with some of a query's words, near others with the rest, ranks higher.

Chunks are short, and what they are about is often said once, some sentences before. So the words of the neighbours
count, too: BM25 over a window, in which the number of chunks that have a word stands for how often it is there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..text.keywords import Term
from .fuse import Scores

REACH = 2
"""Chunks on either side."""
_COMMON, _COMMON_SHARE = 5000, 0.05
"""A word in more chunks than both tells little about any one, and would take long to look up."""
_K1, _B = 1.2, 0.5


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What was found in and around each of some chunks: scores, and for each telling word who has it."""

    scores: Scores
    inside: dict[str, npt.NDArray[np.bool_]]
    around: dict[str, npt.NDArray[np.bool_]]

    def words(self, position: int, of: dict[str, npt.NDArray[np.bool_]]) -> tuple[str, ...]:
        """Return the words that a chunk has, by its position among the chunks that were asked for."""
        return tuple(word for word, has in of.items() if has[position])


def look_around(
    terms: Sequence[Term], numbers: npt.NDArray[np.int64], catalogue: Catalogue, collection: Collection
) -> Surroundings:
    """Look for a query's words in chunks and next to them.

    Parameters
    ----------
    terms : sequence of Term
        The words.
    numbers : (n,) array of int
        The chunks, ascending.
    """
    scores = np.zeros(len(numbers))
    inside: dict[str, npt.NDArray[np.bool_]] = {}
    around: dict[str, npt.NDArray[np.bool_]] = {}
    if not len(numbers) or not terms:
        return Surroundings(scores, inside, around)
    count = catalogue.chunks.count(collection.id)
    pairs = np.array(catalogue.chunks.neighbours(numbers.tolist(), REACH), dtype=np.int64).reshape(-1, 2)
    whose = np.searchsorted(numbers, pairs[:, 0])
    itself = pairs[:, 0] == pairs[:, 1]
    sizes = np.bincount(whose, minlength=len(numbers))
    norm = _K1 * (1 - _B + _B * sizes / (2 * REACH + 1))
    for term in terms:
        holders = catalogue.fulltext.having(collection.id, term.match, max(_COMMON, int(_COMMON_SHARE * count)))
        if not holders:
            continue
        having = np.array(holders, dtype=np.int64)
        has = having[np.minimum(np.searchsorted(having, pairs[:, 1]), len(having) - 1)] == pairs[:, 1]
        times = np.bincount(whose, has, minlength=len(numbers))
        rarity = max(math.log((count - len(holders) + 0.5) / (len(holders) + 0.5)), 1e-6)
        scores += rarity * times * (_K1 + 1) / (times + norm)
        own = np.zeros(len(numbers), dtype=np.bool_)
        own[whose[itself & has]] = True
        inside[term.shown] = own
        around[term.shown] = (times > 0) & ~own
    return Surroundings(scores, inside, around)

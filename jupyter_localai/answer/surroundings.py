"""What the words of a query say above the chunk: those next to it, and those of its whole document.

Chunks are short, and what they are about is often said once, some sentences before, or only in other parts of the
document. Both are BM25, in which the number of chunks that have a word stands for how often it is there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..index.catalogue import Catalogue
from ..index.layout import Layout
from ..index.registry import Collection
from ..text.keywords import Term
from .fuse import Scores

REACH = 2
"""Chunks on either side."""
_COMMON, _COMMON_SHARE = 5000, 0.05
"""A word in more chunks than both tells little about any one, and would take long to look up."""
_K1, _B = 1.2, 0.5

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Telling:
    """A word of a query, and the places of the chunks that have it."""

    term: Term
    places: Ints


def telling_words(terms: Sequence[Term], catalogue: Catalogue, collection: Collection, layout: Layout) -> list[Telling]:
    """Return those of the words that some chunks have, and not too many."""
    most = max(_COMMON, int(_COMMON_SHARE * len(layout.numbers)))
    found = []
    for term in terms:
        having = catalogue.fulltext.having(collection.id, term.match, most)
        if having:
            found.append(Telling(term, layout.places(np.array(having, np.int64))))
    return found


def look_around(
    words: Sequence[Telling], places: Ints, layout: Layout
) -> tuple[Scores, dict[str, Flags], dict[str, Flags]]:
    """Score chunks by the words in them and next to them.

    Returns
    -------
    scores : (n,) array
    inside, beside : dict of str to (n,) array of bool
        For each word, which chunks have it, and which have it only next to them.
    """
    near, same = layout.around(places, REACH)
    sizes = same.sum(axis=1)
    scores, inside, beside = np.zeros(len(places)), {}, {}
    for word in words:
        has = np.isin(near, word.places) & same
        times = has.sum(axis=1)
        scores += _bm25(times, sizes / (2 * REACH + 1), len(word.places), len(layout.numbers))
        inside[word.term.shown] = has[:, REACH]
        beside[word.term.shown] = (times > 0) & ~has[:, REACH]
    return scores, inside, beside


def look_at_documents(words: Sequence[Telling], places: Ints, layout: Layout) -> Scores:
    """Score the documents of chunks by their words."""
    sizes = layout.sizes
    length = sizes / max(1.0, float(sizes.mean())) if len(sizes) else sizes.astype(np.float64)
    scores = np.zeros(len(sizes))
    for word in words:
        times = np.bincount(layout.owners[word.places], minlength=len(sizes))
        scores += _bm25(times, length, int(np.count_nonzero(times)), len(sizes))
    found: Scores = scores[layout.owners[places]]
    return found


def _bm25(times: npt.NDArray[np.int_], length: Scores, having: int, count: int) -> Scores:
    """Return what one word adds: it is there so many times, in texts of this share of the usual length.

    The rarity is Lucene's, which is above 0 for a word in most of a few documents, too.
    """
    rarity = math.log1p((count - having + 0.5) / (having + 0.5))
    found: Scores = rarity * times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * length))
    return found

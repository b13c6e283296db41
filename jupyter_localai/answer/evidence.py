"""All that is known of each candidate for a query, as arrays; `rank` makes an order of it.

What is here is kept apart from its weights, so that weights can be judged without a search.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..index.layout import Layout
from .fuse import Scores

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What was found of each of n chunks; every array is (n,), scores are 0 or more and not scaled.

    ``cosines`` are those of the chunk, ``soft`` those of the mean of it and its neighbours, ``heads`` those of its
    page's head, NaN where it has none. ``words``, ``around``, ``documents`` and ``titles`` are BM25 scores of the
    chunk, of the chunk with its neighbours, of its document and of its page's head; ``named`` says how well the query
    names the document's file. ``firsts`` are the numbers of the first chunk in the document that says exactly the
    same, ``sizes`` how many chunks the document has.
    """

    numbers: Ints
    document_ids: Ints
    pages: Ints
    firsts: Ints
    sizes: Ints
    cosines: Scores
    soft: Scores
    heads: Scores
    words: Scores
    around: Scores
    documents: Scores
    titles: Scores
    named: Scores
    dense_ranks: Mapping[int, int]
    keyword_ranks: Mapping[int, int]
    inside: Mapping[str, Flags]
    beside: Mapping[str, Flags]
    reads: bool = True
    """Whether the embedding model was made for the language of the query."""

    @property
    def has_head(self) -> Flags:
        return ~np.isnan(self.heads)


def standing(layout: Layout, places: Ints) -> dict[str, Ints]:
    """Return the parts of `Evidence` that say where chunks stand."""
    return {
        "numbers": layout.numbers[places],
        "document_ids": layout.documents[places],
        "pages": layout.pages[places],
        "firsts": layout.numbers[layout.firsts[places]],
        "sizes": layout.sizes[layout.owners[places]],
    }


def joined(parts: Sequence[Evidence]) -> Evidence | None:
    """Return the evidence of several collections as one, in order of the chunks' numbers; None without any.

    Ranks stay those in their own collection.
    """
    if len(parts) < 2:
        return parts[0] if parts else None
    order = np.argsort(np.concatenate([part.numbers for part in parts]))
    arrays = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])[order]
        for field in dataclasses.fields(Evidence)
        if isinstance(getattr(parts[0], field.name), np.ndarray)
    }

    def flags(name: str) -> dict[str, Flags]:
        words = dict.fromkeys(word for part in parts for word in getattr(part, name))
        absent = [np.zeros(len(part.numbers), np.bool_) for part in parts]
        return {
            word: np.concatenate([getattr(part, name).get(word, no) for part, no in zip(parts, absent, strict=True)])[
                order
            ]
            for word in words
        }

    return Evidence(
        **arrays,
        dense_ranks={number: rank for part in parts for number, rank in part.dense_ranks.items()},
        keyword_ranks={number: rank for part in parts for number, rank in part.keyword_ranks.items()},
        inside=flags("inside"),
        beside=flags("beside"),
        reads=parts[0].reads,
    )

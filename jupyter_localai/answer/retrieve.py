"""Find the chunks that answer a query: by meaning, by words and by the names of documents, in one ranking.

Chroma gives the nearest vectors, FTS5 the best keyword matches (BM25); where the query names documents, the best of
these join. Every candidate then gets all kinds of evidence: its exact cosine, its words and those around it
(`surroundings`), its document's name (`named`); `rank` makes one order of them, `hits` what is shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from ..embed.base import Array, Embedder
from ..index import exact
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..results.passages import Hit
from ..text import keywords, words
from . import fuse
from .hits import make_hits
from .named import most_named, named_documents
from .rank import Matches, rank
from .surroundings import look_around

Nearest = Callable[[Array, int, Sequence[int] | None], list[tuple[int, float]]]
"""Finds the chunks nearest to a vector: at most so many, in these documents; ``(chunk number, cosine)``."""

_DEPTH = 100
_NAMED_CHUNKS = 4000
"""Documents that are named are searched by themselves unless they have more chunks."""


@dataclasses.dataclass(frozen=True)
class SearchSpace:
    """Where to search, and with what: a collection, all of it or the documents given."""

    catalogue: Catalogue
    collection: Collection
    nearest: Nearest
    embedder: Embedder
    document_ids: Sequence[int] | None = None


def retrieve(query: str, k: int, space: SearchSpace) -> list[Hit]:
    """Return the `k` best hits for `query`, best first.

    Chunks that follow each other in a document become one hit; copies of a better hit
    are left out. Equal scores are ordered by chunk id, so results repeat exactly.
    """
    vector = space.embedder.embed_query(words.usual_letters(query))
    terms = keywords.query_terms(query)
    matches = _matches(query, vector, terms, max(_DEPTH, 2 * k), space)
    chunks = space.catalogue.chunks.vectors_of(matches.numbers())
    if not len(chunks.numbers):
        return []
    around = look_around(terms, chunks.numbers, space.catalogue, space.collection)
    weight = fuse.DENSE_WEIGHT if space.embedder.reads(query) else fuse.GUESSING_WEIGHT
    return make_hits(rank(vector, chunks, matches, around, weight), k, space.catalogue)


def _matches(query: str, vector: Array, terms: Sequence[keywords.Term], depth: int, space: SearchSpace) -> Matches:
    """Return the candidates of all kinds."""
    catalogue, collection = space.catalogue, space.collection
    expression = keywords.any_of(terms)

    def worded(within: Sequence[int] | None) -> list[tuple[int, float]]:
        return catalogue.fulltext.search(collection.id, expression, depth, within) if expression else []

    matches = Matches(
        space.nearest(vector, depth, space.document_ids),
        worded(space.document_ids),
        named_documents(query, catalogue, collection),
    )
    if space.document_ids is not None or not matches.named:
        return matches
    meant = most_named(matches.named)
    if catalogue.chunks.count_of(meant) > _NAMED_CHUNKS:
        return matches
    also_near = exact.query(catalogue, collection, vector, depth, meant)
    return Matches(_together(matches.dense, also_near), _together(matches.worded, worded(meant)), matches.named)


def _together(one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted({**dict(other), **dict(one)}.items(), key=lambda item: (-item[1], item[0]))

"""Find the chunks that answer a query: by meaning, by words and by the names of documents, in one ranking.

Chroma gives the nearest vectors, FTS5 the best keyword matches (BM25); where the query names documents, the best of
these join. Every candidate then gets all kinds of evidence: its exact cosine, its words and those around it
(`surroundings`), its document's name (`named`); `rank` makes one order of them, `hits` what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..embed.base import Embedder, Vectors
from ..index import exact
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..results.passages import Hit
from ..text import keywords
from . import fuse
from .hits import make_hits
from .named import most_named, named_documents
from .rank import Found, rank
from .surroundings import look_around

Nearest = Callable[[Vectors, int, Sequence[int] | None], list[tuple[int, float]]]
"""Finds the chunks nearest to a vector: at most so many, in these documents; ``(chunk number, cosine)``."""

_DEPTH = 100
_NAMED_CHUNKS = 4000
"""Documents that are named are searched by themselves unless they have more chunks."""


def retrieve(
    query: str,
    k: int,
    *,
    catalogue: Catalogue,
    nearest: Nearest,
    embedder: Embedder,
    collection: Collection,
    document_ids: Sequence[int] | None = None,
) -> list[Hit]:
    """Return the `k` best hits for `query`, best first.

    Chunks that follow each other in a document become one hit; near-copies of a better hit
    are left out. Equal scores are ordered by chunk id, so results repeat exactly.
    """
    vector = embedder.embed_query(query)
    terms = keywords.query_terms(query)
    depth = max(_DEPTH, 2 * k)
    found = _find(query, vector, terms, depth, catalogue, nearest, collection, document_ids)
    numbers, documents, vectors = catalogue.chunks.vectors_of(found.numbers())
    if not len(numbers):
        return []
    around = look_around(terms, numbers, catalogue, collection)
    weight = fuse.DENSE_WEIGHT if embedder.reads(query) else fuse.GUESSING_WEIGHT
    return make_hits(rank(vector, numbers, documents, vectors, found, around, weight), k, catalogue)


def _find(
    query: str,
    vector: Vectors,
    terms: Sequence[keywords.Term],
    depth: int,
    catalogue: Catalogue,
    nearest: Nearest,
    collection: Collection,
    document_ids: Sequence[int] | None,
) -> Found:
    """Return the candidates of all kinds."""
    expression = keywords.any_of(terms)

    def worded(within: Sequence[int] | None) -> list[tuple[int, float]]:
        return catalogue.fulltext.search(collection.id, expression, depth, within) if expression else []

    found = Found(
        nearest(vector, depth, document_ids),
        worded(document_ids),
        named_documents(query, catalogue, collection),
    )
    if document_ids is not None or not found.named:
        return found
    meant = most_named(found.named)
    if catalogue.chunks.count_of(meant) > _NAMED_CHUNKS:
        return found
    also_near = exact.query(catalogue, collection, vector, depth, meant)
    return Found(_together(found.dense, also_near), _together(found.worded, worded(meant)), found.named)


def _together(one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted({**dict(other), **dict(one)}.items(), key=lambda item: (-item[1], item[0]))

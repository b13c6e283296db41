"""Find the chunks that answer a query: by meaning and by words, in the chunk and above it, in one ranking.

Chroma gives the nearest vectors, FTS5 the best keyword matches (BM25); where the query names documents, the best of
these join, and so do the chunks of the pages with the nearest heads. `gather` collects all `Evidence` of these
candidates; `rank` makes one order of them, `rerank` a better one of the best where there is a model for it, and `hits`
what is shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ..embed.base import Array, Embedder
from ..index import exact
from ..index.catalogue import Catalogue
from ..index.layout import Layout
from ..index.registry import Collection
from ..results.passages import Hit
from ..text import keywords
from ..text import words as letters
from .evidence import Evidence, Ints, joined, standing
from .hits import make_hits
from .named import most_named, named_documents
from .near import compare, nearest_pages, of_pages
from .rank import rank
from .rerank import Reranker, rerank
from .surroundings import look_around, look_at_documents, telling_words

Nearest = Callable[[Array, int, Sequence[int] | None], list[tuple[int, float]]]
"""Finds the chunks nearest to a vector: at most so many, in these documents; ``(chunk number, cosine)``."""

_DEPTH = 100
_SCORED = 1000
"""Chunks whose BM25 is looked up, so that a candidate that was found in another way mostly has its own."""
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
    reranker: Reranker | None = None


def retrieve(query: str, k: int, spaces: Sequence[SearchSpace]) -> list[Hit]:
    """Return the `k` best hits for `query` in collections of one catalogue and embedding model, best first.

    Chunks that follow each other on a page become one hit, and of chunks that say exactly the same in one document the
    first is shown. Equal scores are ordered by chunk id, so results repeat exactly. The candidates of all collections
    are ranked together by the same evidence, so that a collection without an answer takes no places.
    """
    found = [gather(query, max(_DEPTH, 2 * k), space) for space in spaces]
    evidence = joined([each for each in found if each is not None])
    if evidence is None:
        return []
    ranking, catalogue, reranker = rank(evidence), spaces[0].catalogue, spaces[0].reranker
    if reranker is not None:
        ranking = rerank(ranking, query, reranker, catalogue)
    return make_hits(ranking, k, catalogue)


def gather(query: str, depth: int, space: SearchSpace) -> Evidence | None:
    """Return all there is to know of the candidates for `query`, in order of their numbers; None without any."""
    catalogue, collection, document_ids = space.catalogue, space.collection, space.document_ids
    vector = space.embedder.embed_query(letters.usual_letters(query))
    terms = keywords.query_terms(query)
    layout = catalogue.layouts.get(collection.id)
    telling = telling_words(terms, catalogue, collection, layout)
    expression = keywords.any_of([word.term for word in telling] or terms)

    def worded(within: Sequence[int] | None) -> list[tuple[int, float]]:
        most = max(_SCORED, depth)
        return catalogue.fulltext.search(collection.id, expression, most, within) if expression else []

    near, matching = space.nearest(vector, depth, document_ids), worded(document_ids)
    scores = dict(matching)
    found = {number for number, _ in (*near, *matching[:depth])}
    named = named_documents(query, catalogue, collection)
    meant = most_named(named) if document_ids is None else []
    if meant and catalogue.chunks.count_of(meant) <= _NAMED_CHUNKS:
        also = worded(meant)
        scores |= dict(also)
        found |= {n for n, _ in (*exact.query(catalogue, collection, vector, depth, meant), *also[:depth])}
    within = None if document_ids is None else np.array(document_ids, np.int64)
    heads, pages = nearest_pages(vector, layout, within)
    others = _crowded_out(layout.places(np.array(sorted(found), np.int64)), layout, within)
    if others:
        also = worded(others)
        scores |= dict(also)
        found |= {number for number, _ in (*space.nearest(vector, depth, others), *also[:depth])}
    places = layout.places(np.array(sorted(found), np.int64))
    places = np.union1d(places, layout.of_pages(pages))
    places = np.union1d(places, layout.firsts[places]) if len(places) else places
    if not len(places):
        return None
    places = places[np.argsort(layout.numbers[places])]
    where = standing(layout, places)
    around, inside, beside = look_around(telling, places, layout)
    headed = catalogue.fulltext.headed(collection.id, expression, _SCORED) if expression and len(pages) else {}
    titles = np.array(sorted(headed), np.int64), np.array([headed[page] for page in sorted(headed)], np.float64)
    cosines, soft = compare(vector, places, layout, catalogue)
    return Evidence(
        **where,
        cosines=cosines,
        soft=soft,
        heads=of_pages(where["pages"], layout.heads[0], heads),
        words=np.array([max(0.0, scores.get(number, 0.0)) for number in where["numbers"].tolist()]),
        around=around,
        documents=look_at_documents(telling, places, layout),
        titles=np.nan_to_num(of_pages(where["pages"], *titles)),
        named=np.array([named.get(document, 0.0) for document in where["document_ids"].tolist()]),
        dense_ranks={number: at for at, (number, _) in enumerate(near, 1)},
        keyword_ranks={number: at for at, (number, _) in enumerate(matching[:depth], 1)},
        inside=inside,
        beside=beside,
        reads=space.embedder.reads(query),
    )


def _crowded_out(places: Ints, layout: Layout, within: Ints | None) -> list[int]:
    """Return the documents that have no room among the candidates where copies of one text in a document take most."""
    copies = layout.firsts[places] != places
    if np.count_nonzero(copies) * 2 < len(places):
        return []
    others = np.setdiff1d(layout.documents if within is None else within, layout.documents[places[copies]])
    return [int(document) for document in others]

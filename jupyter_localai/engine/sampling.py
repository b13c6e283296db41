"""The vectors of a collection, out of the catalogue: all of them, or an even sample."""

from __future__ import annotations

import numpy as np

from ..embed.base import Vectors as Array
from ..errors import UsageError
from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..index.registry import Collection
from ..results.vectors import MAX_LIMIT, WORDS_CHARS, Point, Vectors, packed


def sample(catalogue: Catalogue, collection: Collection, limit: int, query: Array | None) -> Vectors:
    """Return at most `limit` vectors of a collection, spread evenly over its documents, and the query's.

    Raises
    ------
    UsageError
        For a `limit` outside 1 to 50,000.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit is {limit}; it must lie between 1 and {MAX_LIMIT:,}.", "Leave it out.")
    numbers = catalogue.chunks.numbers(collection.id)
    total = len(numbers)
    if total > limit:
        numbers = [numbers[at * total // limit] for at in range(limit)]
    chunks = sorted(catalogue.chunks.by_id(numbers).values(), key=lambda chunk: (chunk.path, chunk.seq))
    vectors = np.stack([chunk.vector for chunk in chunks]) if chunks else np.empty((0, 0), np.float32)
    return Vectors(
        collection=collection.name,
        embedder=collection.embedder,
        dimension=vectors.shape[1] if query is None else len(query),
        total=total,
        points=tuple(map(_point, chunks)),
        float32=packed(vectors),
        query_float32=None if query is None else packed(query),
    )


def _point(chunk: StoredChunk) -> Point:
    words = " ".join(chunk.text.split())
    if len(words) > WORDS_CHARS:
        words = words[:WORDS_CHARS].rsplit(" ", 1)[0] + " …"
    return Point(str(chunk.id), chunk.path, chunk.label, chunk.start, chunk.end, chunk.places[0].anchor, words)

"""Exact search over the catalogue's own vectors, where Chroma cannot work because it must write to read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..embed.base import Array
from .catalogue import Catalogue
from .registry import Collection


def query(
    catalogue: Catalogue,
    collection: Collection,
    vector: Array,
    limit: int,
    document_ids: Sequence[int] | None = None,
) -> list[tuple[int, float]]:
    """Compare a vector with every one of a collection.

    Returns
    -------
    list of (int, float)
        Chunk number and cosine similarity of the nearest chunks, most similar first.
    """
    numbers, vectors = catalogue.chunks.vectors(collection.id, document_ids)
    if not numbers:
        return []
    cosines = np.einsum("nd,d->n", vectors, vector)  # BLAS would wake and await other threads
    best = np.argsort(-cosines, kind="stable")[:limit]
    return [(numbers[i], float(cosines[i])) for i in best]

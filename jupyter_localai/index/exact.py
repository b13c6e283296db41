"""Exact search over the catalogue's own vectors, for where Chroma cannot work: it has to write to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from .catalogue import Catalogue
from .chunks import Vectors
from .registry import Collection


class Nearest(Protocol):
    """What search needs of a vector index."""

    def query(self, vector: Vectors, limit: int, document_ids: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return ``(chunk number, cosine similarity)`` of the nearest chunks, most similar first."""


class ExactStore:
    """Compares a query with every vector of a collection."""

    def __init__(self, catalogue: Catalogue, collection: Collection) -> None:
        self._catalogue = catalogue
        self._collection = collection

    def query(self, vector: Vectors, limit: int, document_ids: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return ``(chunk number, cosine similarity)`` of the nearest chunks, most similar first."""
        numbers, vectors = self._catalogue.chunks.vectors(self._collection.id, document_ids)
        if not numbers:
            return []
        cosines = vectors @ vector
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [(numbers[i], float(cosines[i])) for i in best]

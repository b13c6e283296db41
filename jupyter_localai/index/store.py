"""The vector index: Chroma, opened for our own vectors only.

Chroma gets ids, vectors, texts and metadata, so that any Chroma client can read a collection;
it never gets an embedding function, since its default one downloads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import privacy
from ..errors import StoreError

Vectors = npt.NDArray[np.float32]


def chroma_stem(name: str) -> str:
    """Return the readable part of the name Chroma knows a collection by: Chroma allows few characters."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:40] or "collection"


class VectorStore:
    """Vectors of one store's collections, by chunk id.

    Raises
    ------
    StoreError
        ``chroma_failed`` when Chroma cannot open or change its files.
    """

    def __init__(self, folder: Path) -> None:
        privacy.stay_offline()
        import chromadb
        from chromadb.config import Settings

        # Settings would also read a .env file from the working folder: pass what matters.
        settings = Settings(
            anonymized_telemetry=False, is_persistent=True, persist_directory=str(folder), allow_reset=False
        )
        try:
            self._client = chromadb.PersistentClient(path=str(folder), settings=settings)
        except Exception as error:  # Chroma's Rust core raises its own kinds
            raise _failed(error) from error
        self._batch = min(2000, self._client.get_max_batch_size())

    def ensure(self, chroma_name: str, metadata: dict[str, Any]) -> None:
        """Create the collection if it is not there."""
        self._client.get_or_create_collection(
            chroma_name,
            metadata=metadata,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
        )

    def upsert(
        self,
        chroma_name: str,
        ids: Sequence[int],
        vectors: Vectors,
        texts: Sequence[str],
        metadatas: Sequence[dict[str, Any]],
    ) -> None:
        """Add or replace chunks; (n, dimension) float32 vectors."""
        collection = self._get(chroma_name)
        try:
            for at in range(0, len(ids), self._batch):
                part = slice(at, at + self._batch)
                collection.upsert(
                    ids=[str(i) for i in ids[part]],
                    embeddings=vectors[part],
                    documents=list(texts[part]),
                    metadatas=list(metadatas[part]),
                )
        except Exception as error:
            raise _failed(error) from error

    def delete(self, chroma_name: str, ids: Sequence[int]) -> None:
        """Forget chunks; ids that are not there are ignored."""
        collection = self._get(chroma_name)
        try:
            for at in range(0, len(ids), self._batch):
                collection.delete(ids=[str(i) for i in ids[at : at + self._batch]])
        except Exception as error:
            raise _failed(error) from error

    def query(
        self, chroma_name: str, vector: Vectors, limit: int, document_ids: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(chunk id, cosine similarity)`` of the nearest chunks, most similar first."""
        where: Any = {"document_id": {"$in": list(document_ids)}} if document_ids is not None else None
        collection = self._get(chroma_name)
        try:
            result = collection.query(query_embeddings=[vector], n_results=limit, where=where, include=["distances"])
        except Exception as error:
            raise _failed(error) from error
        distances = result["distances"] or [[]]
        return [(int(i), 1.0 - float(distance)) for i, distance in zip(result["ids"][0], distances[0], strict=True)]

    def count(self, chroma_name: str) -> int:
        """Return the number of chunks Chroma holds."""
        return int(self._get(chroma_name).count())

    def close(self) -> None:
        """Release Chroma's files."""
        close = getattr(self._client, "close", None)
        if close is not None:
            close()

    def _get(self, chroma_name: str) -> Any:
        try:
            return self._client.get_collection(chroma_name, embedding_function=None)
        except Exception as error:
            raise _failed(error) from error


def _failed(error: Exception) -> StoreError:
    return StoreError(
        f"The vector index cannot be used ({type(error).__name__}).",
        "Move the store away and index again.",
        code="chroma_failed",
    )

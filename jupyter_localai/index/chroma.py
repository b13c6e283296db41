"""The vector index of a collection: Chroma, opened for our own vectors only.

Chroma gets ids and vectors. Texts and metadata it only gets for other clients of Chroma, where they are wanted: its
index of texts is larger than all the rest. It never gets an embedding function, since its default one downloads.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..embed.base import Array
from ..errors import StoreError
from ..privacy import guard
from .database import disk_full, is_full

_M_PERTURB = -6  # malloc.h


def chroma_stem(name: str) -> str:
    """Return the readable part of the name Chroma knows a collection by: Chroma allows few characters."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:40] or "collection"


class VectorStore:
    """The vectors of one collection, by chunk number, in a Chroma folder of its own.

    Parameters
    ----------
    folder : Path
        Created when it is not there.
    name : str
        The name Chroma knows the collection by.
    metadata : dict, optional
        What Chroma tells other clients about the collection; only used when it is created.
    has_texts : bool
        Whether the folder has the texts and metadata of chunks, too.

    Raises
    ------
    StoreError
        ``chroma_failed`` when Chroma cannot open or change its files, ``disk_full``.
    """

    def __init__(
        self, folder: Path, name: str, metadata: dict[str, Any] | None = None, has_texts: bool = False
    ) -> None:
        chromadb, Settings = _load()
        self.folder = folder
        self.has_texts = has_texts
        # Settings would also read the environment, and a .env file from the working folder: pass what matters.
        settings = Settings(
            _env_file=None,
            chroma_api_impl="chromadb.api.rust.RustBindingsAPI",
            chroma_server_host=None,
            chroma_server_http_port=None,
            chroma_otel_collection_endpoint="",
            chroma_otel_granularity=None,
            anonymized_telemetry=False,
            is_persistent=True,
            persist_directory=str(folder),
            allow_reset=False,
        )
        with self._translating():
            self._client: Any = chromadb.PersistentClient(path=str(folder), settings=settings)
            self._batch = min(2000, self._client.get_max_batch_size())
            self._collection: Any = self._client.get_or_create_collection(
                name,
                metadata=metadata,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )

    def upsert(
        self,
        ids: Sequence[int],
        vectors: Array,
        texts: Sequence[str] | None = None,
        metadatas: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Add or replace chunks; (n, dimension) float32 vectors."""
        with self._translating():
            for part in self._batches(len(ids)):
                self._collection.upsert(
                    ids=[str(i) for i in ids[part]],
                    embeddings=vectors[part],
                    documents=None if texts is None else list(texts[part]),
                    metadatas=None if metadatas is None else list(metadatas[part]),
                )

    def update_metadata(self, ids: Sequence[int], metadatas: Sequence[dict[str, Any]]) -> None:
        """Change what is told of chunks that are there; ids that are not there are ignored."""
        with self._translating():
            for part in self._batches(len(ids)):
                self._collection.update(ids=[str(i) for i in ids[part]], metadatas=list(metadatas[part]))

    def delete(self, ids: Sequence[int]) -> None:
        """Forget chunks; ids that are not there are ignored."""
        with self._translating():
            for part in self._batches(len(ids)):
                self._collection.delete(ids=[str(i) for i in ids[part]])

    def query(self, vector: Array, limit: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return ``(chunk number, cosine similarity)`` of the nearest chunks, of all or some, most similar first.

        Where another thread deletes a chunk meanwhile, Chroma may fail ("Error finding id"); the next time it does not.
        """
        try:
            return self._nearest(vector, limit, among)
        except StoreError:
            return self._nearest(vector, limit, among)

    def _nearest(self, vector: Array, limit: int, among: Sequence[int] | None) -> list[tuple[int, float]]:
        ids = None if among is None else [str(i) for i in among]
        with self._translating():
            result = self._collection.query(query_embeddings=[vector], n_results=limit, ids=ids, include=["distances"])
        distances = result["distances"] or [[]]
        return [(int(i), 1.0 - float(distance)) for i, distance in zip(result["ids"][0], distances[0], strict=True)]

    def numbers(self) -> list[int]:
        """Return the numbers of all chunks Chroma holds."""
        with self._translating():
            return [int(i) for i in self._collection.get(include=[])["ids"]]

    def having(self, ids: Sequence[int]) -> set[int]:
        """Return those of the chunks that are there."""
        with self._translating():
            return {int(i) for i in self._collection.get(ids=[str(i) for i in ids], include=[])["ids"]}

    def fetch(self, ids: Sequence[int]) -> dict[int, tuple[str | None, Array]]:
        """Return text, if it has texts, and vector of those of the chunks that are there."""
        with self._translating():
            got = self._collection.get(ids=[str(i) for i in ids], include=["documents", "embeddings"])
        chunks = zip(got["ids"], got["documents"] or (), np.asarray(got["embeddings"], np.float32), strict=True)
        return {int(i): (text, vector) for i, text, vector in chunks}

    def close(self) -> None:
        """Release Chroma's files and memory; it cannot be used again. A second time it does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = self._collection = None
            _give_back_memory()

    def _batches(self, count: int) -> Iterator[slice]:
        return (slice(at, at + self._batch) for at in range(0, count, self._batch))

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            with _filled_memory():
                yield
        except Exception as error:  # Chroma's Rust core raises its own kinds
            if "full" in str(error) or "No space" in str(error) or is_full(self.folder.parent):
                raise disk_full() from error
            raise StoreError(
                f"The vector index cannot be used ({type(error).__name__}).",
                "Rebuild it: jupyter localai rebuild.",
                code="chroma_failed",
            ) from error


def _load() -> tuple[Any, Any]:
    """Import Chroma, in half the time.

    Chroma imports jsonschema, which imports a grammar of web addresses when there is one, for a check that
    Chroma never asks for. Building that grammar takes longer than all the rest.
    """
    guard.stay_offline()
    left_out = "rfc3987_syntax"
    leave_out = "jsonschema" not in sys.modules and left_out not in sys.modules
    if leave_out:
        sys.modules[left_out] = None  # type: ignore[assignment]  # an import of it fails
    try:
        import chromadb
        from chromadb.config import Settings
    finally:
        if leave_out:
            del sys.modules[left_out]
    return chromadb, Settings


@contextmanager
def _filled_memory() -> Iterator[None]:
    """Let the C library fill memory when it is handed out.

    Chroma saves a new index with room for a hundred vectors that nobody has written to: with whatever
    the process had there before, such as text that was forgotten since.
    """
    set_option = _mallopt()
    set_option(_M_PERTURB, 0x55)
    try:
        yield
    finally:
        set_option(_M_PERTURB, 0)


def _give_back_memory() -> None:
    """Have glibc return free memory to the system, which it else keeps for good when it lies between what is used."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@functools.cache
def _mallopt() -> Callable[[int, int], int]:
    """Return glibc's mallopt(3); where there is another C library, something that does nothing."""
    try:
        return ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return lambda option, value: 0

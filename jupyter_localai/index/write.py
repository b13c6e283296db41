"""Write documents to the index so that a crash at any moment loses nothing.

The order is always the same: the catalogue records the chunks and marks their document
pending; Chroma gets the new chunks and forgets the old ones; the catalogue marks the document
ready. Documents that are pending when a store is opened are done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..embed.base import Embedder
from ..results.passages import Chunk
from ..text.words import usual_letters
from .catalogue import Catalogue, Source
from .chroma import VectorStore
from .chunks import StoredChunk
from .registry import Collection

Entry = tuple[Source, Sequence[Chunk]]
"""A document that has been read and cut, on its way into the index."""

_EMBED_AT_ONCE = 64  # about a second: progress shows, an interrupt waits no longer, little is lost
_AT_ONCE = 1000  # chunks on their way to Chroma
_SHOWN_IN_CHROMA = ("page", "line", "cell", "heading")


class Writer:
    """Writes to one collection.

    Parameters
    ----------
    catalogue, store, embedder
        The three parts of an index.
    collection : Collection
        Where to write.
    """

    def __init__(self, catalogue: Catalogue, store: VectorStore, embedder: Embedder, collection: Collection) -> None:
        self._catalogue = catalogue
        self._store = store
        self._embedder = embedder
        self._collection = collection

    def write(self, entries: Sequence[Entry], coming: int = 0) -> Iterator[int]:
        """Index a batch of documents.

        Vectors are kept as they are made, so an interrupted batch does not embed them again.

        Parameters
        ----------
        entries : sequence of Entry
            The documents.
        coming : int
            A guess of how many chunks will follow, for choosing how to embed.

        Yields
        ------
        int
            How many texts have just gone through the embedding model, several times.
        """
        texts = [embedded_text(chunk) for _, chunks in entries for chunk in chunks]
        keys = [vector_key(self._embedder, text) for text in texts]
        table = self._catalogue.chunks
        known = table.vector_ids(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        order = sorted(missing, key=lambda key: len(missing[key]))  # similar lengths together: less padding
        for at in range(0, len(order), _EMBED_AT_ONCE):
            part = order[at : at + _EMBED_AT_ONCE]
            vectors = self._embedder.embed([missing[key] for key in part], coming + len(order) - at - len(part))
            with self._catalogue.transaction():
                known.update(table.put_vectors(part, vectors))
            yield len(part)
        with self._catalogue.transaction():
            at = 0
            for source, chunks in entries:
                vector_ids = [known[key] for key in keys[at : at + len(chunks)]]
                self._catalogue.put_document(self._collection, source, chunks, vector_ids)
                at += len(chunks)
        settle(self._catalogue, self._store, self._collection)


def embedded_text(chunk: Chunk) -> str:
    """Return the exact text that is embedded for a chunk."""
    return usual_letters(f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text)


def vector_key(embedder: Embedder, text: str) -> bytes:
    """Return the key under which a text's vector is kept; however computed, it is the same vector."""
    identity = f"{embedder.fingerprint}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(identity, digest_size=16).digest()


def settle(catalogue: Catalogue, store: VectorStore, collection: Collection) -> None:
    """Bring Chroma up to what the catalogue says: what it lacks goes in, what is buried goes out.

    What a run gave to Chroma before it was ended is not given again, though it would be the same: where an id stands
    twice in the log that Chroma replays after that, its graph may lose the chunk, and no search finds it.
    """
    table = catalogue.chunks
    pending = catalogue.pending(collection)
    new, outdated = table.numbers(collection.id, below=1), table.numbers(collection.id, 1, 2)
    there = {number for at in range(0, len(new), _AT_ONCE) for number in store.having(new[at : at + _AT_ONCE])}
    lacking = [number for number in new if number not in there]
    outdated += [number for number in new if number in there]
    for _ in fill(store, catalogue, lacking):
        pass
    for at in range(0, len(outdated), _AT_ONCE):
        part = table.by_id(outdated[at : at + _AT_ONCE])
        store.update_metadata(list(part), [about(chunk) for chunk in part.values()])
    gone = table.tombstones(collection.id)
    if gone:
        store.delete(gone)
    if pending or lacking or outdated or gone:
        with catalogue.transaction():
            catalogue.mark_ready(collection, pending)
            table.mark_held([*lacking, *outdated])
            table.bury(collection.id, gone)


def fill(store: VectorStore, catalogue: Catalogue, numbers: Sequence[int]) -> Iterator[int]:
    """Give chunks to Chroma; yields how many it got, several times."""
    for at in range(0, len(numbers), _AT_ONCE):
        part = catalogue.chunks.by_id(numbers[at : at + _AT_ONCE])
        chunks = list(part.values())
        if chunks:
            vectors = np.stack([chunk.vector for chunk in chunks])
            store.upsert(list(part), vectors, [c.text for c in chunks], [about(c) for c in chunks])
        yield len(chunks)


def about(chunk: StoredChunk) -> dict[str, Any]:
    """Return what Chroma tells other clients about a chunk."""
    anchor = chunk.places[0].anchor
    shown = {name: value for name in _SHOWN_IN_CHROMA if (value := anchor.get(name)) is not None}
    shown |= {"path": chunk.path, "document": chunk.label, "start": chunk.start, "end": chunk.end}
    return shown | {"document_id": chunk.document_id}

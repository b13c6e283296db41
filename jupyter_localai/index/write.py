"""Put documents into the index so that a crash at any moment loses nothing.

The order is always the same: the catalogue records the chunks and marks their document
pending; Chroma gets the new chunks and forgets the old ones; the catalogue marks the document
ready. Whatever is pending when a store is opened is done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from ..schema import Chunk
from .catalogue import Catalogue, Collection, Source
from .embed import Embedder
from .store import VectorStore

Entry = tuple[Source, Sequence[Chunk]]
"""A document that has been read and cut, on its way into the index."""

_EMBED_AT_ONCE = 64  # about a second: progress shows, an interrupt waits no longer, little is lost
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
                document_id = self._catalogue.put_document(self._collection, source)
                vector_ids = [known[key] for key in keys[at : at + len(chunks)]]
                table.put(self._collection.id, document_id, chunks, vector_ids)
                at += len(chunks)
        settle(self._catalogue, self._store, self._collection)


def embedded_text(chunk: Chunk) -> str:
    """Return the exact text that is embedded for a chunk."""
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text


def vector_key(embedder: Embedder, text: str) -> bytes:
    """Return the key under which a text's vector is kept; however computed, it is the same vector."""
    identity = f"{embedder.fingerprint}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(identity, digest_size=16).digest()


def settle(catalogue: Catalogue, store: VectorStore, collection: Collection) -> None:
    """Bring Chroma up to what the catalogue says: what is pending goes in, what is buried goes out."""
    pending = catalogue.pending(collection)
    chunks = catalogue.chunks.of_documents(pending)
    if chunks:
        metadatas = []
        for chunk in chunks:
            anchor = chunk.places[0].anchor
            about = {name: value for name in _SHOWN_IN_CHROMA if (value := anchor.get(name)) is not None}
            about |= {"path": chunk.path, "document": chunk.title, "start": chunk.start, "end": chunk.end}
            metadatas.append(about | {"document_id": chunk.document_id})
        vectors = np.stack([chunk.vector for chunk in chunks])
        texts = [chunk.text for chunk in chunks]
        store.upsert(collection.chroma_name, [chunk.id for chunk in chunks], vectors, texts, metadatas)
    gone = catalogue.chunks.tombstones(collection.id)
    if gone:
        store.delete(collection.chroma_name, gone)
    if pending or gone:
        with catalogue.transaction():
            catalogue.mark_ready(pending)
            catalogue.chunks.bury(collection.id, gone)

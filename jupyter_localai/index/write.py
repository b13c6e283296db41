"""Write documents to the index so that a crash at any moment loses nothing.

The order is always the same: the catalogue records the chunks and marks their document
pending; Chroma gets the new chunks and forgets the old ones; the catalogue marks the document
ready. Documents that are pending when a store is opened are done again.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..embed.ahead import Embedding
from ..embed.base import Array, Embedder
from ..results.passages import Chunk
from ..text.words import usual_letters
from .catalogue import Catalogue, Source
from .chroma import VectorStore
from .chunks import StoredChunk
from .heads import pages_of
from .registry import Collection

Entry = tuple[Source, Sequence[Chunk]]
"""A document that has been read and cut, on its way into the index."""

_AT_ONCE = 1000  # chunks on their way to Chroma
_SHOWN_IN_CHROMA = ("page", "line", "cell", "heading")


@dataclasses.dataclass(frozen=True)
class Begun:
    """Documents whose texts are on their way through the embedding model; `Writer.finish` stores them."""

    entries: Sequence[Entry]
    texts: Sequence[str]
    known: dict[str, int]
    embedding: Embedding


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
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="localai-embed")
        self._under_way: set[str] = set()

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
        yield from self.finish(self.begin(entries, coming))

    def begin(self, entries: Sequence[Entry], coming: int = 0) -> Begun:
        """Begin to embed a batch of documents, as `write`; batches are finished, or stopped, in this order."""
        heads = [head for _, chunks in entries for head in heads_of(chunks)]
        texts = [*(embedded_text(chunk) for _, chunks in entries for chunk in chunks), *heads]
        return self._begin(entries, list(dict.fromkeys(texts)), coming)

    def finish(self, begun: Begun) -> Iterator[int]:
        """Store a batch that was begun; yields as `write`."""
        try:
            yield from self._keep(begun)
        except GeneratorExit:
            self.give_up(begun)
            raise
        with self._catalogue.transaction():
            for source, chunks in begun.entries:
                vector_ids = [begun.known[embedded_text(chunk)] for chunk in chunks]
                self._catalogue.put_document(self._collection, source, chunks, vector_ids, begun.known)
        settle(self._catalogue, self._store, self._collection)

    def give_up(self, begun: Begun) -> None:
        """Store no document of a batch that was begun, but the vectors that are made."""
        begun.embedding.stop()
        for part in begun.embedding.parts():
            self._put(begun, *part)

    def write_heads(self) -> Iterator[int]:
        """Embed the heads of pages that have no vector: those of a store of an earlier version.

        Yields
        ------
        int
            As `write`.
        """
        heads = self._catalogue.pages.without_vector(self._collection.id)
        begun = self._begin((), heads, 0)
        yield from self._keep(begun)
        if heads:
            with self._catalogue.transaction():
                self._catalogue.pages.put_vectors(self._collection.id, begun.known)

    def _begin(self, entries: Sequence[Entry], texts: Sequence[str], coming: int) -> Begun:
        """Have texts embedded whose vectors are neither there yet nor on their way."""
        known = self._known(texts)
        missing = [text for text in texts if text not in known and text not in self._under_way]
        self._under_way.update(missing)
        return Begun(entries, texts, known, Embedding(self._thread, self._embedder, missing, coming))

    def _keep(self, begun: Begun) -> Iterator[int]:
        """Store the vectors as they are made; afterwards the numbers of all are known."""
        try:
            for texts, vectors in begun.embedding.parts():
                self._put(begun, texts, vectors)
                yield len(texts)
        finally:
            begun.embedding.stop()
            self._under_way.difference_update(begun.texts)
        begun.known.update(self._known([text for text in begun.texts if text not in begun.known]))

    def _put(self, begun: Begun, texts: Sequence[str], vectors: Array) -> None:
        keys = {vector_key(self._embedder, text): text for text in texts}
        with self._catalogue.transaction():
            numbers = self._catalogue.chunks.put_vectors(list(keys), vectors)
        begun.known.update((keys[key], number) for key, number in numbers.items())

    def _known(self, texts: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the vectors that are there."""
        of_key = {vector_key(self._embedder, text): text for text in texts}
        return {of_key[key]: number for key, number in self._catalogue.chunks.vector_ids(list(of_key)).items()}


def heads_of(chunks: Sequence[Chunk]) -> list[str]:
    """Return the heads of a document's pages that are to be embedded."""
    pages = pages_of((chunk.anchor, chunk.text + chunk.after) for chunk in chunks)
    return [page.head for page in pages if page.head]


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
    for at in range(0, len(outdated) if store.has_texts else 0, _AT_ONCE):
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
            told = ([c.text for c in chunks], [about(c) for c in chunks]) if store.has_texts else ()
            store.upsert(list(part), vectors, *told)
        yield len(chunks)


def about(chunk: StoredChunk) -> dict[str, Any]:
    """Return what Chroma tells other clients about a chunk, where it has texts; None takes away what it told before."""
    anchor = chunk.places[0].anchor
    shown = {name: anchor.get(name) for name in _SHOWN_IN_CHROMA}
    shown |= {"path": chunk.path, "document": chunk.label, "start": chunk.start, "end": chunk.end}
    return shown | {"document_id": chunk.document_id}

"""Chunks in SQLite: their text, their vectors, and the keyword index over them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ..schema import Anchor, Chunk, Place, to_json
from .database import Database

Vectors = npt.NDArray[np.float32]
_CONTEXT_WEIGHT = 0.6  # of a word in the title or a heading, beside one in the text


@dataclasses.dataclass(frozen=True)
class StoredChunk:
    """A chunk as search needs it: with its document and its vector."""

    id: int
    document_id: int
    seq: int
    start: int
    end: int
    text: str
    after: str
    places: tuple[Place, ...]
    path: str
    title: str
    vector: Vectors


class ChunkTable:
    """The chunks of all collections in one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, collection_id: int, document_id: int, chunks: Sequence[Chunk], vector_ids: Sequence[int]) -> None:
        """Add a document's chunks to the record and the keyword index; inside a transaction."""
        sql = """INSERT INTO chunks
                 (collection_id, document_id, seq, start, "end", text, context, after, places, vector_id)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
        keywords = f'INSERT INTO "keywords_{collection_id}" (rowid, context, text) VALUES (?, ?, ?)'
        for seq, (chunk, vector_id) in enumerate(zip(chunks, vector_ids, strict=True)):
            places = [[p.start, p.end, to_json(p.anchor)] for p in chunk.places]
            stored = json.dumps(places, ensure_ascii=False, separators=(",", ":"))
            row = (collection_id, document_id, seq, chunk.start, chunk.end, chunk.text, chunk.context, chunk.after)
            number = self._db.execute(sql, (*row, stored, vector_id)).lastrowid
            self._db.execute(keywords, (number, chunk.context, chunk.text))

    def drop(self, collection_id: int, document_id: int) -> None:
        """Remove a document's chunks, leaving a tombstone of each for Chroma; inside a transaction."""
        index = f'"keywords_{collection_id}"'
        # an index without a copy of the text is told what to take out
        sql = f"INSERT INTO {index} ({index}, rowid, context, text) SELECT 'delete', id, context, text FROM chunks"
        self._db.execute(f"{sql} WHERE document_id = ?", (document_id,))
        sql = "INSERT OR IGNORE INTO tombstones SELECT collection_id, id FROM chunks WHERE document_id = ?"
        self._db.execute(sql, (document_id,))
        self._db.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))

    def count(self, collection_id: int) -> int:
        """Return the number of chunks in a collection."""
        return int(self._db.rows("SELECT count(*) FROM chunks WHERE collection_id = ?", (collection_id,))[0][0])

    def of_documents(self, document_ids: Sequence[int]) -> list[StoredChunk]:
        """Return all chunks of these documents, in order."""
        return self._stored("c.document_id IN ({}) ORDER BY c.document_id, c.seq", document_ids)

    def by_id(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return those of the chunks that still exist."""
        return {chunk.id: chunk for chunk in self._stored("c.id IN ({})", chunk_ids)}

    def _stored(self, where: str, values: Sequence[int]) -> list[StoredChunk]:
        sql = f"""SELECT c.id, c.document_id, c.seq, c.start, c."end", c.text, c.after,
                         c.places, d.path, d.title, v.vector
                  FROM chunks c JOIN documents d ON d.id = c.document_id JOIN vectors v ON v.id = c.vector_id
                  WHERE {where}"""
        return [
            StoredChunk(i, document, seq, start, end, text, after, _places(places), path, title, _vector(vector))
            for i, document, seq, start, end, text, after, places, path, title, vector in self._db.rows_in(sql, values)
        ]

    def search(
        self, collection_id: int, expression: str, limit: int, document_ids: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(chunk id, BM25 score)`` of the best keyword matches, highest first.

        Parameters
        ----------
        collection_id : int
            Word statistics are those of this collection alone.
        expression : str
            An FTS5 expression; `keywords.expression` makes a safe one of any text.
        limit : int
            How many to return.
        document_ids : sequence of int, optional
            Only chunks of these documents.
        """
        index = f'"keywords_{collection_id}"'
        within = ""
        if document_ids is not None:
            wanted = ",".join(str(int(i)) for i in document_ids) or "NULL"
            within = f"AND rowid IN (SELECT id FROM chunks WHERE document_id IN ({wanted}))"
        sql = f"""SELECT rowid, -bm25({index}, {_CONTEXT_WEIGHT}, 1.0) AS score FROM {index}
                  WHERE {index} MATCH ? {within} ORDER BY score DESC, rowid LIMIT ?"""
        return [(int(i), float(score)) for i, score in self._db.rows(sql, (expression, limit))]

    # what Chroma has yet to forget -------------------------------------------------------------

    def tombstones(self, collection_id: int) -> list[int]:
        """Return the chunks that Chroma should forget."""
        sql = "SELECT chunk_id FROM tombstones WHERE collection_id = ?"
        return [row[0] for row in self._db.rows(sql, (collection_id,))]

    def bury(self, collection_id: int, chunk_ids: Iterable[int]) -> None:
        """Say that Chroma has forgotten these chunks; inside a transaction."""
        sql = "DELETE FROM tombstones WHERE collection_id = ? AND chunk_id = ?"
        self._db.execute_many(sql, [(collection_id, i) for i in chunk_ids])

    # vectors, shared by all collections --------------------------------------------------------

    def vector_ids(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return the vectors already known, by key."""
        return dict(self._db.rows_in("SELECT key, id FROM vectors WHERE key IN ({})", keys))

    def put_vectors(self, keys: Sequence[bytes], vectors: Vectors) -> dict[bytes, int]:
        """Keep new vectors and return their ids by key; inside a transaction."""
        rows = zip(keys, vectors.astype("<f4", copy=False), strict=True)
        sql = "INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, ?)"
        self._db.execute_many(sql, [(key, row.tobytes()) for key, row in rows])
        return self.vector_ids(keys)

    def drop_unused_vectors(self) -> None:
        """Delete vectors that no chunk refers to; inside a transaction."""
        self._db.execute("DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE vector_id = vectors.id)")


def _places(stored: str) -> tuple[Place, ...]:
    return tuple(Place(start, end, Anchor(**anchor)) for start, end, anchor in json.loads(stored))


def _vector(stored: bytes) -> Vectors:
    return np.frombuffer(stored, "<f4")

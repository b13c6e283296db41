"""Chunks in SQLite: their text and their vectors."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import StoreError
from ..results.base import to_json
from ..results.passages import Anchor, Chunk, Place
from ..text.words import inner_words
from .database import Database
from .fulltext import Fulltext
from .stored import from_blob, from_blobs, to_blobs

Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float32]

_STRAYS = "unused vectors"


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
    held: int
    path: str
    title: str
    vector: Array

    @property
    def label(self) -> str:
        """The document's title, or its file's name."""
        return self.title or PurePath(self.path).name


class ChunkTable:
    """The chunks of all collections in one database, each put into its collection's keyword index."""

    def __init__(self, database: Database, fulltext: Fulltext) -> None:
        self._db = database
        self._fulltext = fulltext
        self.changes = 0
        """Counts what this object changed, for those who keep what they read."""
        self.distant: Callable[[Sequence[bytes]], Mapping[bytes, bytes]] = _nowhere
        """Returns vectors that only a server has, as SQLite would keep them, by their keys."""

    def replace(self, collection_id: int, document_id: int, chunks: Sequence[Chunk], vector_ids: Sequence[int]) -> None:
        """Make these the chunks of a document; inside a transaction.

        A chunk whose text and context stood in the document before keeps its number, vector and
        keywords, wherever it stands now; the others get a tombstone for Chroma.
        """
        sql = """SELECT id, vector_id, context, text, seq, start, "end", after, places FROM chunks
                 WHERE document_id = ? ORDER BY seq"""
        self.changes += 1
        before: dict[tuple[int, str, str], deque[Any]] = defaultdict(deque)
        for number, vector_id, context, text, *where in self._db.rows(sql, (document_id,)):
            before[vector_id, context, text].append((number, where))
        new = []
        for seq, (chunk, vector_id) in enumerate(zip(chunks, vector_ids, strict=True)):
            where = [seq, chunk.start, chunk.end, chunk.after, _stored(chunk.places)]
            same = before.get((vector_id, chunk.context, chunk.text))
            if not same:
                new.append((chunk, vector_id, where))
                continue
            number, old = same.popleft()
            if where != old:
                sql = """UPDATE chunks SET seq = ?, start = ?, "end" = ?, after = ?, places = ?, held = min(held, 1)
                         WHERE id = ?"""
                self._db.execute(sql, (*where, number))
        self._drop(collection_id, [number for left in before.values() for number, _ in left])
        sql = """INSERT INTO chunks
                 (collection_id, document_id, text, context, parts, vector_id, seq, start, "end", after, places)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
        numbers = []
        for chunk, vector_id, where in new:
            parts = inner_words(f"{chunk.context}\n{chunk.text}")
            row = (collection_id, document_id, chunk.text, chunk.context, parts, vector_id, *where)
            numbers.append(int(self._db.execute(sql, row).lastrowid or 0))
        self._fulltext.put_chunks(collection_id, numbers)

    def drop(self, collection_id: int, document_id: int) -> None:
        """Remove a document's chunks, leaving a tombstone of each for Chroma; inside a transaction."""
        self._drop(collection_id, self.of_document(document_id))

    def _drop(self, collection_id: int, numbers: Sequence[int]) -> None:
        self.changes += 1
        self._fulltext.drop_chunks(collection_id, numbers)
        rows = [(number,) for number in numbers]
        sql = "INSERT OR IGNORE INTO tombstones SELECT collection_id, id FROM chunks WHERE id = ?"
        self._db.execute_many(sql, rows)
        self._db.execute_many("DELETE FROM chunks WHERE id = ?", rows)

    def of_document(self, document_id: int) -> list[int]:
        """Return the numbers of a document's chunks, in order."""
        sql = "SELECT id FROM chunks WHERE document_id = ? ORDER BY seq"
        return [row[0] for row in self._db.rows(sql, (document_id,))]

    def held_of(self, document_ids: Sequence[int]) -> list[int]:
        """Return the numbers of the chunks of these documents that Chroma holds."""
        sql = "SELECT id FROM chunks WHERE document_id IN ({}) AND held"
        return [row[0] for row in self._db.rows_in(sql, document_ids)]

    def relabel(self, document_id: int) -> None:
        """Say that what Chroma knows of the document's name and title is outdated; inside a transaction."""
        self._db.execute("UPDATE chunks SET held = min(held, 1) WHERE document_id = ?", (document_id,))

    def count(self, collection_id: int) -> int:
        """Return the number of chunks in a collection."""
        return int(self._db.rows("SELECT count(*) FROM chunks WHERE collection_id = ?", (collection_id,))[0][0])

    def of_documents(self, document_ids: Sequence[int]) -> list[StoredChunk]:
        """Return all chunks of these documents, in order."""
        return self._stored("c.document_id IN ({}) ORDER BY c.document_id, c.seq", document_ids)

    def numbers(self, collection_id: int, at_least: int = 0, below: int = 3) -> list[int]:
        """Return the numbers of a collection's chunks; those that Chroma holds from `at_least` up to `below`."""
        unsettled = "AND held < 2" if below <= 2 else ""  # the index of those is only taken where it is named so
        sql = f"SELECT id FROM chunks WHERE collection_id = ? {unsettled} AND held >= ? AND held < ? ORDER BY id"
        return [row[0] for row in self._db.rows(sql, (collection_id, at_least, below))]

    def standing(self, collection_id: int) -> Numbers:
        """Return (n, 4) numbers: document, position in it, chunk and vector; in this order."""
        sql = """SELECT document_id, seq, id, vector_id FROM chunks WHERE collection_id = ?
                 ORDER BY document_id, seq"""
        return np.array(self._db.rows(sql, (collection_id,)), np.int64).reshape(-1, 4)

    def by_id(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return those of the chunks that still exist."""
        return {chunk.id: chunk for chunk in self._stored("c.id IN ({})", chunk_ids)}

    def _stored(self, where: str, values: Sequence[int]) -> list[StoredChunk]:
        sql = f"""SELECT c.id, c.document_id, c.seq, c.start, c."end", c.text, c.after,
                         c.places, c.held, d.path, d.title, v.id, v.vector
                  FROM chunks c JOIN documents d ON d.id = c.document_id JOIN vectors v ON v.id = c.vector_id
                  WHERE {where}"""
        rows = self._db.rows_in(sql, values)
        vectors = self._whole([row[-2:] for row in rows])
        return [
            StoredChunk(
                i, document, seq, start, end, text, after, _places(places), held, path, title, from_blob(vector)
            )
            for (i, document, seq, start, end, text, after, places, held, path, title, *_), vector in zip(
                rows, vectors, strict=True
            )
        ]

    def _whole(self, rows: Sequence[Sequence[Any]]) -> list[bytes]:
        """Return the vectors of rows of number and vector; those that only a server has come from there."""
        missing = [number for number, vector in rows if not vector]
        if not missing:
            return [vector for _, vector in rows]
        keys = dict(self._db.rows_in("SELECT id, key FROM vectors WHERE id IN ({})", missing))
        found = self.distant(list(dict.fromkeys(keys.values())))
        return [vector or found[keys[number]] for number, vector in rows]

    def vectors(
        self, collection_id: int, document_ids: Sequence[int] | None = None, most: int | None = None
    ) -> tuple[list[int], Array]:
        """Return the chunks of a collection, or of some of its documents, and their (n, dimension) vectors.

        Of more than `most` it is an even sample.
        """
        sql = "SELECT c.id, v.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector_id"
        if document_ids is None:
            rows = self._db.rows(f"{sql} WHERE c.collection_id = ?", (collection_id,))
        else:
            rows = self._db.rows_in(f"{sql} WHERE c.document_id IN ({{}})", document_ids)
        rows = rows[:: -(-len(rows) // most)] if most and rows else rows
        return [row[0] for row in rows], from_blobs(self._whole([row[1:] for row in rows]))

    def texts(self, document_ids: Sequence[int]) -> Iterator[str]:
        """Yield the text of each chunk of these documents, in order."""
        for document_id in document_ids:
            for (text,) in self._db.rows("SELECT text FROM chunks WHERE document_id = ? ORDER BY seq", (document_id,)):
                yield text

    def vectors_of(self, vector_ids: Sequence[int]) -> tuple[Numbers, Array]:
        """Return those of the vectors that still exist, ascending, and (n, dimension) vectors."""
        rows = sorted(self._db.rows_in("SELECT id, vector FROM vectors WHERE id IN ({})", vector_ids))
        return np.array([row[0] for row in rows], np.int64), from_blobs(self._whole(rows))

    def count_of(self, document_ids: Sequence[int]) -> int:
        """Return the number of chunks of these documents."""
        sql = "SELECT count(*) FROM chunks WHERE document_id IN ({})"
        return sum(row[0] for row in self._db.rows_in(sql, document_ids))

    def characters_of(self, document_ids: Sequence[int]) -> int:
        """Return the number of characters in the chunks of these documents."""
        sql = "SELECT coalesce(sum(length(text)), 0) FROM chunks WHERE document_id IN ({})"
        return sum(row[0] for row in self._db.rows_in(sql, document_ids))

    # what Chroma has yet to take in and to forget ------------------------------------------------

    def tombstones(self, collection_id: int) -> list[int]:
        """Return the chunks that Chroma should forget."""
        sql = "SELECT chunk_id FROM tombstones WHERE collection_id = ?"
        return [row[0] for row in self._db.rows(sql, (collection_id,))]

    def mark_held(self, chunk_ids: Iterable[int]) -> None:
        """Say that Chroma holds these chunks as they are; inside a transaction."""
        self._db.execute_many("UPDATE chunks SET held = 2 WHERE id = ?", [(i,) for i in chunk_ids])

    def settled(self, collection_id: int) -> None:
        """Say that Chroma has no chunk of the collection to take in or to forget; inside a transaction."""
        self._db.execute("UPDATE chunks SET held = 2 WHERE collection_id = ? AND held < 2", (collection_id,))
        self._db.execute("DELETE FROM tombstones WHERE collection_id = ?", (collection_id,))

    def made_of(self, collection_id: int, chunk_ids: Sequence[int]) -> None:
        """Say that Chroma's folder was made of these chunks alone; inside a transaction.

        They may have changed since: those that came later have larger numbers, and those that went leave a tombstone.
        """
        sql = "UPDATE chunks SET held = 2 WHERE collection_id = ? AND held < 2 AND id <= ?"
        self._db.execute(sql, (collection_id, max(chunk_ids, default=0)))
        old = set(self.tombstones(collection_id)).difference(chunk_ids)
        sql = "DELETE FROM tombstones WHERE collection_id = ? AND chunk_id = ?"
        self._db.execute_many(sql, [(collection_id, number) for number in old])

    def bury(self, collection_id: int, chunk_ids: Sequence[int]) -> None:
        """Say that Chroma has forgotten these chunks; inside a transaction."""
        sql = "DELETE FROM tombstones WHERE collection_id = ? AND chunk_id = ?"
        self._db.execute_many(sql, [(collection_id, i) for i in chunk_ids])
        self._db.execute("UPDATE collections SET buried = buried + ? WHERE id = ?", (len(chunk_ids), collection_id))

    # vectors, shared by all collections --------------------------------------------------------

    def vector_ids(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return the vectors already known, by key."""
        return dict(self._db.rows_in("SELECT key, id FROM vectors WHERE key IN ({})", keys))

    def put_vectors(self, keys: Sequence[bytes], vectors: Array) -> dict[bytes, int]:
        """Keep new vectors and return their ids by key; inside a transaction."""
        sql = "INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, ?)"
        self._db.execute_many(sql, zip(keys, to_blobs(vectors), strict=True))
        return self.vector_ids(keys)

    def put_distant(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Note vectors that only a server has, and return their ids by key; inside a transaction."""
        self._db.execute_many("INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, x'')", [(key,) for key in keys])
        return self.vector_ids(keys)

    def expect_strays(self) -> None:
        """Note that vectors may be left without a chunk until `drop_unused_vectors`; inside a transaction."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (_STRAYS,))

    def may_have_strays(self) -> bool:
        """Whether a run that changed documents ended before it had dropped the vectors they no longer need."""
        return bool(self._db.rows("SELECT 1 FROM state WHERE key = ?", (_STRAYS,)))

    def drop_unused_vectors(self) -> None:
        """Delete vectors that no chunk and no page refers to; inside a transaction."""
        self._db.execute(
            """DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE vector_id = vectors.id)
               AND NOT EXISTS (SELECT 1 FROM pages WHERE vector_id = vectors.id)"""
        )
        self._db.execute("DELETE FROM state WHERE key = ?", (_STRAYS,))


def _nowhere(keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
    raise StoreError("The index has vectors of a server that it does not know.", code="store_damaged")


def _stored(places: tuple[Place, ...]) -> str:
    rows = [[p.start, p.end, to_json(p.anchor)] for p in places]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _places(stored: str) -> tuple[Place, ...]:
    return tuple(Place(start, end, Anchor(**anchor)) for start, end, anchor in json.loads(stored))

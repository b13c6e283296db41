"""The pages of documents in SQLite, with the head of each: its words in an index, its vector among the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .database import Database
from .fulltext import Fulltext
from .heads import Page
from .stored import from_blobs

Array = npt.NDArray[np.float32]


class PageTable:
    """The pages of all collections in one database."""

    def __init__(self, database: Database, fulltext: Fulltext) -> None:
        self._db = database
        self._fulltext = fulltext
        self.changes = 0
        """Counts what this object changed, for those who keep what they read."""

    def replace(
        self, collection_id: int, document_id: int, pages: Sequence[Page], vectors: Mapping[str, int] | None = None
    ) -> None:
        """Make these the pages of a document; inside a transaction.

        `vectors` has the numbers of the heads' vectors, by head; a head that is missing there stays without.
        """
        self.changes += 1
        self._fulltext.drop_heads(collection_id, document_id)
        self._db.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
        known = vectors or {}
        rows = [(collection_id, document_id, p.first, p.last, p.head, known.get(p.head)) for p in pages]
        sql = """INSERT INTO pages (collection_id, document_id, first, last, head, vector_id)
                 VALUES (?, ?, ?, ?, ?, ?)"""
        self._db.execute_many(sql, rows)
        self._fulltext.put_heads(collection_id, document_id)

    def without_vector(self, collection_id: int) -> list[str]:
        """Return the distinct heads that have no vector yet: those of a store of an earlier version."""
        sql = "SELECT DISTINCT head FROM pages WHERE collection_id = ? AND head != '' AND vector_id IS NULL"
        return [row[0] for row in self._db.rows(sql, (collection_id,))]

    def put_vectors(self, collection_id: int, vectors: Mapping[str, int]) -> None:
        """Give heads the numbers of their vectors; inside a transaction."""
        self.changes += 1
        sql = "UPDATE pages SET vector_id = ? WHERE collection_id = ? AND vector_id IS NULL AND head = ?"
        self._db.execute_many(sql, [(number, collection_id, head) for head, number in vectors.items()])

    def spans(self, collection_id: int) -> npt.NDArray[np.int64]:
        """Return (n, 4) numbers: document, position of the first and the last chunk, page; in this order."""
        sql = "SELECT document_id, first, last, id FROM pages WHERE collection_id = ? ORDER BY document_id, first"
        return np.array(self._db.rows(sql, (collection_id,)), np.int64).reshape(-1, 4)

    def heads(self, collection_id: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Return the pages whose head has a vector, ascending, and the (n, dimension) vectors."""
        sql = """SELECT p.id, v.vector FROM pages p JOIN vectors v ON v.id = p.vector_id
                 WHERE p.collection_id = ? ORDER BY p.id"""
        rows = self._db.rows(sql, (collection_id,))
        return np.array([row[0] for row in rows], np.int64), from_blobs([row[1] for row in rows])

"""The keyword indexes of each collection in SQLite's FTS5: of its chunks, its documents' names, its pages' heads."""

from __future__ import annotations

from collections.abc import Sequence

from .database import Database

_CHUNK_COLUMNS = "name, context, text, parts"
_WEIGHTS = "0.6, 0.6, 1.0, 0.6"  # of a word in the file's name, a title or heading, the text, inside another word
_NAME_COLUMNS = "words, title"
_MANY_LEVELS = 200  # of an index; far below what FTS5 opens, far above what a search notices


class Fulltext:
    """The keyword indexes in one database.

    They have no copy of what they index, so what is to be taken out must still stand in the tables, as it was put in.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def put_chunks(self, collection_id: int, numbers: Sequence[int]) -> None:
        """Index chunks; inside a transaction."""
        sql = f"""INSERT INTO "keywords_{collection_id}" (rowid, {_CHUNK_COLUMNS})
                  SELECT id, {_CHUNK_COLUMNS} FROM "chunks_{collection_id}" WHERE id = ?"""
        self._db.execute_many(sql, [(number,) for number in numbers])

    def drop_chunks(self, collection_id: int, numbers: Sequence[int]) -> None:
        """Take chunks out, before they change or go; inside a transaction."""
        index = f'"keywords_{collection_id}"'
        sql = f"""INSERT INTO {index} ({index}, rowid, {_CHUNK_COLUMNS})
                  SELECT 'delete', id, {_CHUNK_COLUMNS} FROM "chunks_{collection_id}" WHERE id = ?"""
        self._db.execute_many(sql, [(number,) for number in numbers])

    def put_name(self, collection_id: int, document_id: int) -> None:
        """Index a document's name and title; inside a transaction."""
        sql = f"""INSERT INTO "names_{collection_id}" (rowid, {_NAME_COLUMNS})
                  SELECT id, {_NAME_COLUMNS} FROM "documents_{collection_id}" WHERE id = ?"""
        self._db.execute(sql, (document_id,))

    def drop_name(self, collection_id: int, document_id: int) -> None:
        """Take a document's name and title out, before they change or go; inside a transaction."""
        index = f'"names_{collection_id}"'
        sql = f"""INSERT INTO {index} ({index}, rowid, {_NAME_COLUMNS})
                  SELECT 'delete', id, {_NAME_COLUMNS} FROM "documents_{collection_id}" WHERE id = ?"""
        self._db.execute(sql, (document_id,))

    def put_heads(self, collection_id: int, document_id: int) -> None:
        """Index the heads of a document's pages; inside a transaction."""
        sql = f"""INSERT INTO "heads_{collection_id}" (rowid, head)
                  SELECT id, head FROM "pages_{collection_id}" WHERE document_id = ?"""
        self._db.execute(sql, (document_id,))

    def drop_heads(self, collection_id: int, document_id: int) -> None:
        """Take the heads of a document's pages out, before they change or go; inside a transaction."""
        index = f'"heads_{collection_id}"'
        sql = f"""INSERT INTO {index} ({index}, rowid, head)
                  SELECT 'delete', id, head FROM "pages_{collection_id}" WHERE document_id = ?"""
        self._db.execute(sql, (document_id,))

    def merge(self, collection_id: int) -> None:
        """Merge each index into one piece, which holds no deleted words; inside a transaction.

        Before SQLite 3.41, an index gets more levels each time, and one with more than 2,000 can never be opened again;
        so one with many is built anew.
        """
        for kind in ("keywords", "names", "heads"):
            index = f'"{kind}_{collection_id}"'
            how = "rebuild" if self._levels(f"{kind}_{collection_id}") > _MANY_LEVELS else "optimize"
            self._db.execute(f"INSERT INTO {index} ({index}) VALUES ('{how}')")

    def _levels(self, index: str) -> int:
        """Return the levels of an index: the number after four bytes in its record 10, seven bits in a byte."""
        (block,) = self._db.rows(f'SELECT block FROM "{index}_data" WHERE id = 10')[0]
        levels = 0
        for byte in block[4:]:
            levels = levels << 7 | byte & 0x7F
            if byte < 0x80:
                break
        return levels

    def search(
        self, collection_id: int, expression: str, limit: int, document_ids: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(chunk number, BM25 score)`` of the best matches, highest first.

        Parameters
        ----------
        collection_id : int
            Word statistics are those of this collection alone.
        expression : str
            An FTS5 expression; `keywords.any_of` makes a safe one of any text.
        limit : int
            How many to return.
        document_ids : sequence of int, optional
            Only chunks of these documents.
        """
        index = f'"keywords_{collection_id}"'
        within = ""
        if document_ids is not None:
            wanted = ",".join(str(int(i)) for i in document_ids) or "NULL"
            within = f"AND +rowid IN (SELECT id FROM chunks WHERE document_id IN ({wanted}))"
        # the plus keeps SQLite from asking the index anew for every chunk of these documents
        sql = f"""SELECT rowid, -bm25({index}, {_WEIGHTS}) AS score FROM {index}
                  WHERE {index} MATCH ? {within} ORDER BY score DESC, rowid LIMIT ?"""
        return [(int(i), float(score)) for i, score in self._db.rows(sql, (expression, limit))]

    def having(self, collection_id: int, expression: str, most: int) -> list[int] | None:
        """Return the chunks that match; None when they are more than `most`."""
        index = f'"keywords_{collection_id}"'
        sql = f"SELECT rowid FROM {index} WHERE {index} MATCH ? LIMIT ?"
        # counting costs a tenth of reading the numbers, which are thrown away for a common word
        if self._db.rows(f"SELECT count(*) FROM ({sql})", (expression, most + 1))[0][0] > most:
            return None
        return [row[0] for row in self._db.rows(sql, (expression, most))]

    def headed(self, collection_id: int, expression: str, most: int) -> dict[int, float]:
        """Return the pages whose head matches best, at most so many, with their BM25 score."""
        index = f'"heads_{collection_id}"'
        sql = f"""SELECT rowid, -bm25({index}) AS score FROM {index}
                  WHERE {index} MATCH ? ORDER BY score DESC, rowid LIMIT ?"""
        return {int(page): float(score) for page, score in self._db.rows(sql, (expression, most))}

    def named(self, collection_id: int, expression: str, most: int) -> list[int] | None:
        """Return the documents whose file's name matches; None when they are more than `most`."""
        index = f'"names_{collection_id}"'
        sql = f"SELECT rowid FROM {index} WHERE {index} MATCH ? LIMIT ?"
        rows = self._db.rows(sql, (f"{{words}} : ({expression})", most + 1))
        return [row[0] for row in rows] if len(rows) <= most else None

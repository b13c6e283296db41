"""The keyword indexes of each collection in SQLite's FTS5: of its chunks, its documents' names, its pages' heads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .database import Database

_CHUNK_COLUMNS = "name, context, text, parts"
_WEIGHTS = "0.6, 0.6, 1.0, 0.6"  # of a word in the file's name, a title or heading, the text, inside another word
_NAME_COLUMNS = "words, title"
_KINDS = ("keywords", "names", "heads")
_MANY_LEVELS = 200  # of an index; far below what FTS5 opens, far above what a search notices
_MOST_LEVELS = 2000  # with more, FTS5 takes it for damaged
_NOTHING = bytes(7)  # what record 10 says of an index with no levels


class Fulltext:
    """The keyword indexes in one database.

    They have no copy of what they index, so what is to be taken out must still stand in the tables, as it was put in.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def put_chunks(self, collection_id: int, numbers: Sequence[int]) -> None:
        """Index chunks; inside a transaction."""
        self._put(f"keywords_{collection_id}", _CHUNK_COLUMNS, self._chunks(collection_id, numbers))

    def drop_chunks(self, collection_id: int, numbers: Sequence[int]) -> None:
        """Take chunks out, before they change or go; inside a transaction."""
        self._drop(f"keywords_{collection_id}", _CHUNK_COLUMNS, self._chunks(collection_id, numbers))

    def put_name(self, collection_id: int, document_id: int) -> None:
        """Index a document's name and title; inside a transaction."""
        self._put(f"names_{collection_id}", _NAME_COLUMNS, self._name(collection_id, document_id))

    def drop_name(self, collection_id: int, document_id: int) -> None:
        """Take a document's name and title out, before they change or go; inside a transaction."""
        self._drop(f"names_{collection_id}", _NAME_COLUMNS, self._name(collection_id, document_id))

    def put_heads(self, collection_id: int, document_id: int) -> None:
        """Index the heads of a document's pages; inside a transaction."""
        self._put(f"heads_{collection_id}", "head", self._heads(collection_id, document_id))

    def drop_heads(self, collection_id: int, document_id: int) -> None:
        """Take the heads of a document's pages out, before they change or go; inside a transaction."""
        self._drop(f"heads_{collection_id}", "head", self._heads(collection_id, document_id))

    def _chunks(self, collection_id: int, numbers: Sequence[int]) -> list[Any]:
        sql = f'SELECT id, {_CHUNK_COLUMNS} FROM "chunks_{collection_id}" WHERE id IN ({{}}) ORDER BY id'
        return self._db.rows_in(sql, numbers)

    def _name(self, collection_id: int, document_id: int) -> list[Any]:
        sql = f'SELECT id, {_NAME_COLUMNS} FROM "documents_{collection_id}" WHERE id = ?'
        return self._db.rows(sql, (document_id,))

    def _heads(self, collection_id: int, document_id: int) -> list[Any]:
        return self._db.rows(f'SELECT id, head FROM "pages_{collection_id}" WHERE document_id = ?', (document_id,))

    # Rows are handed over one by one. Before a statement that would take them from a table by itself, FTS5 writes all
    # that it has gathered, which takes several times as long and leaves many small pieces to be merged.

    def _put(self, index: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        self._db.execute_many(f'INSERT INTO "{index}" (rowid, {columns}) VALUES (?, {_marks(columns)})', rows)

    def _drop(self, index: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        named, marks = f'"{index}", rowid, {columns}', _marks(columns)
        self._db.execute_many(f"INSERT INTO \"{index}\" ({named}) VALUES ('delete', ?, {marks})", rows)

    def merge(self, collection_id: int) -> None:
        """Merge each index into one piece, which holds no deleted words; inside a transaction.

        Before SQLite 3.41, an index gets more levels each time, and one with more than 2,000 can never be opened again;
        so one with many is built anew.
        """
        for kind in _KINDS:
            index = f'"{kind}_{collection_id}"'
            how = "rebuild" if self._levels(f"{kind}_{collection_id}") > _MANY_LEVELS else "optimize"
            self._db.execute(f"INSERT INTO {index} ({index}) VALUES ('{how}')")

    def unusable(self) -> list[str]:
        """Return the indexes that FTS5 does not open for their many levels, by their names."""
        collections = [row[0] for row in self._db.rows("SELECT id FROM collections")]
        names = [f"{kind}_{number}" for number in collections for kind in _KINDS]
        return [name for name in names if self._levels(name) > _MOST_LEVELS]

    def make_anew(self, names: Iterable[str]) -> None:
        """Build such indexes from what they index; inside a transaction."""
        for name in names:
            self._db.execute(f'UPDATE "{name}_data" SET block = ? WHERE id = 10', (_NOTHING,))
            self._db.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')

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


def _marks(columns: str) -> str:
    return ", ".join("?" for _ in columns.split(","))

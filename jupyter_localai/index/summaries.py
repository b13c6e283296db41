"""What a chat model made of sections of documents, kept so that an overview reads again only what has changed.

A summary is gone as soon as one of the chunks that it was made from is: a trigger of the database sees to that, whoever
deletes the chunk.
"""

from __future__ import annotations

from collections.abc import Iterable

from .database import Database


class SummaryTable:
    """The summaries in one database, by a hash of all that the chat model was given."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: bytes) -> str | None:
        """Return the summary of a key."""
        return next((str(row[0]) for row in self._db.rows("SELECT text FROM summaries WHERE key = ?", (key,))), None)

    def put(self, key: bytes, text: str, chunk_ids: Iterable[int]) -> None:
        """Keep a summary for as long as all these chunks exist; do not keep it if one is gone already."""
        rows = [(key, number) for number in sorted(set(chunk_ids))]
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO summaries VALUES (?, ?)", (key, text))
            sql = "INSERT INTO summarised SELECT ?, id FROM chunks WHERE id = ?"
            if sum(self._db.execute(sql, row).rowcount for row in rows) < len(rows):
                self._db.execute("DELETE FROM summaries WHERE key = ?", (key,))

"""What the user said of answers: kept here only, and gone with the answers."""

from __future__ import annotations

import json
from typing import Any

from .database import Database


class FeedbackTable:
    """Whether answers were useful, in one database; an answer is known by its conversation and its number, from 1."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def set(self, conversation: str, number: int, useful: bool | None) -> bool:
        """Note whether an answer was useful, or with None that nothing is said; return whether there is that answer."""
        with self._db.transaction():
            if not self._db.rows("SELECT 1 FROM turns WHERE conversation = ? AND seq = ?", (conversation, number)):
                return False
            self._db.execute("DELETE FROM feedback WHERE conversation = ? AND seq = ?", (conversation, number))
            if useful is not None:
                self._db.execute("INSERT INTO feedback VALUES (?, ?, ?)", (conversation, number, useful))
            return True

    def of(self, conversation: str) -> dict[int, bool]:
        """Return what was said of the answers of a conversation, by their numbers."""
        rows = self._db.rows("SELECT seq, useful FROM feedback WHERE conversation = ?", (conversation,))
        return {seq: bool(useful) for seq, useful in rows}

    def all(self) -> list[tuple[dict[str, Any], bool]]:
        """Return the JSON of every answer of which something was said, and whether it was useful; the oldest first."""
        sql = """SELECT answer, useful FROM feedback JOIN turns USING (conversation, seq)
                 JOIN conversations ON conversations.id = conversation ORDER BY created, conversation, seq"""
        return [(json.loads(answer), bool(useful)) for answer, useful in self._db.rows(sql)]

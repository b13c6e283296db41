"""What OCR has read of the pages of files, by their content."""

from __future__ import annotations

from collections.abc import Sequence

from .database import Database

Page = tuple[int, str, float]
"""A page, from 1, what OCR has read of it, and how sure it is."""


class RecognisedTable:
    """Pages that OCR has read, in one database; they stay while a document of their content does."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, sha256: str) -> list[Page]:
        """Return what OCR has read of a file."""
        sql = "SELECT page, text, confidence FROM recognised WHERE sha256 = ?"
        return [tuple(row) for row in self._db.rows(sql, (sha256,))]

    def put(self, sha256: str, page: Page) -> None:
        """Keep what OCR has read of a page; inside a transaction."""
        self._db.execute("INSERT OR REPLACE INTO recognised VALUES (?, ?, ?, ?)", (sha256, *page))

    def drop_unused(self) -> None:
        """Remove the pages of files that no document has any more; inside a transaction."""
        self._db.execute("DELETE FROM recognised WHERE sha256 NOT IN (SELECT sha256 FROM documents)")


def written(pages: Sequence[int]) -> str:
    """Return numbers of pages as they are kept with a document."""
    return ",".join(map(str, pages))


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of pages that are kept with a document."""
    return tuple(int(number) for number in text.split(",") if number)

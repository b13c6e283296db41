"""One SQLite file, opened safely: versions, transactions, and errors a person can act on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import StoreError
from .tables import SCHEMA_VERSION, TABLES

_IN_LIMIT = 500  # below the smallest number of SQL parameters any SQLite allows
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)


class Database:
    """Opens or creates the file at `path`.

    Every change happens inside ``with database.transaction()``; one process writes, any of
    its threads may read.

    Raises
    ------
    StoreError
        ``store_too_new``, ``store_damaged``, ``store_unwritable`` or ``disk_full``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            self._create_or_check()
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    def _create_or_check(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                "The index was made by a newer version.",
                "Upgrade: pip install --upgrade jupyter-localai.",
                code="store_too_new",
            )
        if version == 0:
            self._connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the file for good."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is on disk together or not at all."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._rollback()
                raise self._translated(error) from error
            except BaseException:
                self._rollback()
                raise

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def execute(self, sql: str, arguments: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one changing statement; inside a transaction."""
        return self._connection.execute(sql, arguments)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one changing statement for each row; inside a transaction."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        """Run one query and return all its rows."""
        with self._lock:
            try:
                return self._connection.execute(sql, arguments).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._translated(error) from error

    def rows_in(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run a query with ``{}`` replaced by the values, as many at a time as SQLite takes."""
        rows: list[Any] = []
        for at in range(0, len(values), _IN_LIMIT):
            part = values[at : at + _IN_LIMIT]
            rows += self.rows(sql.replace("{}", ",".join("?" * len(part))), part)
        return rows

    def _translated(self, error: sqlite3.DatabaseError) -> StoreError:
        text = str(error).lower()
        if "full" in text:
            return StoreError(
                "The disk is full; what was indexed before is safe.",
                "Free some space and run the command again.",
                code="disk_full",
            )
        if "readonly" in text or "unable to open" in text:
            return StoreError(
                f"{self.path} cannot be written.",
                "Check the folder's permissions, or set LOCALAI_STORE to another.",
                code="store_unwritable",
            )
        return StoreError(
            f"{self.path} cannot be used ({error}).", "Move it away and index again.", code="store_damaged"
        )

"""One SQLite file, opened safely: versions, transactions, and errors a person can act on."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from ..errors import StoreBusyError, StoreError
from ..paths import replace
from .migrate import BACKUP, migrate
from .tables import (
    CONVERSATIONS,
    FEEDBACK,
    FORGOTTEN,
    PAGES,
    PROMPTS,
    RECOGNISED,
    SCHEMA_VERSION,
    SUMMARIES,
    TABLES,
)

Mode = Literal["write", "read", "immutable"]

CAN_WAIT = ("store_busy", "disk_full")
"""Errors that end in time what need not be done at once."""

_IN_LIMIT = 500  # below the smallest number of SQL parameters any SQLite allows
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)
_WASTED_PAGES = 4096  # 16 MiB, from which on writing the file anew is worth it
_NO_ROOM = 1 << 20  # bytes; below it, a failed write failed for want of room


class Database:
    """Opens or creates the file at `path`; an older one is migrated, after a backup.

    Every change happens inside ``with database.transaction()``; one process writes, any of
    its threads may read.

    Parameters
    ----------
    path : Path
        The file.
    mode : {"write", "read", "immutable"}
        ``read`` while another process writes; ``immutable`` for a file that nobody can write.

    Raises
    ------
    StoreError
        ``store_too_new``, ``store_too_old``, ``store_damaged``, ``store_unwritable``, ``disk_full``.
    """

    def __init__(self, path: Path, mode: Mode = "write") -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self._connection = self._open_to_write() if mode == "write" else self._open_to_read(mode)
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error

    def _open_to_write(self) -> sqlite3.Connection:
        self._fresh.unlink(missing_ok=True)
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            self.path.chmod(0o600)
            version = self._version(connection)
            if version == 0:
                tables = f"{TABLES} {FORGOTTEN} {PAGES} {RECOGNISED} {CONVERSATIONS} {PROMPTS} {FEEDBACK} {SUMMARIES}"
                connection.executescript(f"BEGIN; {tables} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
            elif version < SCHEMA_VERSION:
                migrate(connection, self.path, version)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_to_read(self, mode: Mode) -> sqlite3.Connection:
        how = "immutable=1" if mode == "immutable" else "mode=ro"
        left = Path(f"{self.path}-wal")
        if mode == "immutable" and left.exists() and left.stat().st_size:
            raise StoreError(
                "The store was not closed properly, and cannot be put right where it cannot be written.",
                "Open it once from where it can be written: jupyter localai status.",
                code="store_read_only",
            )
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False
        )
        if self._version(connection) < SCHEMA_VERSION:
            connection.close()
            raise StoreError(
                "The index was made by an older version and cannot be upgraded where it cannot be written.",
                "Open it once from where it can be written: jupyter localai status.",
                code="store_too_old",
            )
        return connection

    @staticmethod
    def _version(connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError(
                "The index was made by a newer version.",
                "Upgrade: pip install --upgrade jupyter-localai.",
                code="store_too_new",
            )
        return version

    @property
    def _fresh(self) -> Path:
        return self.path.with_suffix(".fresh")

    def close(self) -> None:
        """Close the file for good."""
        with self._lock:
            self._connection.close()

    def is_wasteful(self) -> bool:
        """Whether a good part of the file is room left by what was deleted."""
        pages, free = self.rows("PRAGMA page_count")[0][0], self.rows("PRAGMA freelist_count")[0][0]
        return bool(free > _WASTED_PAGES and free * 3 > pages)

    def tidy(self) -> None:
        """Write a wasteful file anew, unless another program has it open or there is no room: then another time."""
        try:
            if self.is_wasteful():
                self.compact()
        except StoreError as error:
            if error.code not in CAN_WAIT:
                raise

    def compact(self) -> None:
        """Write the file anew, without the room and the remains of what was deleted, backups included.

        The new file takes the old one's place in one step, so that a crash leaves either.

        Raises
        ------
        StoreError
        StoreBusyError
            Another program has the file open. The system does not replace such files, or that program and this one
            would share a log that is of two files.
        """
        with self._lock:
            try:
                if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    raise self._held()
                self._fresh.unlink(missing_ok=True)
                self._connection.execute("VACUUM INTO ?", (str(self._fresh),))
                self._fresh.chmod(0o600)
                _to_disk(self._fresh)
                if self._connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                    raise self._held()  # who has the file alone can leave its log
                self._connection.close()
                try:
                    replace(self._fresh, self.path)
                    _to_disk(self.path.parent)
                except PermissionError as error:  # of Windows
                    raise self._held() from error
                finally:
                    self._connection = self._open_to_write()
            except sqlite3.DatabaseError as error:
                raise self._translated(error) from error
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise disk_full() from error
                raise
            finally:
                self._fresh.unlink(missing_ok=True)
        for backup in self.path.parent.glob(BACKUP.format("*")):
            backup.unlink()

    def _held(self) -> StoreBusyError:
        return StoreBusyError(
            f"{self.path.name} is open in another program.",
            "Close what reads the store's files, then run: jupyter localai compact.",
        )

    def flush(self) -> None:
        """Put everything into the file itself; what was deleted is then in neither it nor its log."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

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

    def remember(self, key: str, value: str) -> None:
        """Keep a value of the store as a whole."""
        with self.transaction():
            self.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """Return what `remember` was given for `key`."""
        return next((str(row[0]) for row in self.rows("SELECT value FROM state WHERE key = ?", (key,))), None)

    def forget(self, key: str) -> None:
        """Keep the value of `key` no longer."""
        with self.transaction():
            self.execute("DELETE FROM state WHERE key = ?", (key,))

    def _translated(self, error: sqlite3.DatabaseError) -> StoreError:
        text = str(error).lower()
        if "full" in text or ("i/o error" in text and is_full(self.path.parent)):
            return disk_full()
        if "locked" in text:
            message = f"{self.path.name} is in use by another program."
            return StoreBusyError(message, "Close what writes to the store's files, then try again.")
        if "readonly" in text or "unable to open" in text:
            return StoreError.unwritable(f"{self.path} cannot be written.")
        return StoreError(
            f"{self.path} cannot be used ({error}).", "Move it away and index again.", code="store_damaged"
        )


def look(path: Path, sql: str) -> list[Any]:
    """Return the rows of one query on a file of SQLite that is not ours, which is only read.

    Raises
    ------
    StoreError
        ``store_damaged``.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise StoreError(
            f"{path} cannot be used ({error}).", "Rebuild it: jupyter localai rebuild.", code="store_damaged"
        ) from error


def is_full(folder: Path) -> bool:
    """Whether the disk that holds `folder` has no room left."""
    return shutil.disk_usage(folder).free < _NO_ROOM


def disk_full() -> StoreError:
    """Return the error for a write that found no room."""
    return StoreError(
        "The disk is full; what was indexed before is safe.",
        "Free some space and run the command again.",
        code="disk_full",
    )


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk itself."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no way to do so, and keeps the order of changes by itself
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

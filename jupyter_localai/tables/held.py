"""A table as typed columns in the memory of SQLite, and what may be asked of it: one SELECT, of this table alone.

SQLite's authorizer refuses whatever is no SELECT, no column of the table and none of a few functions while the
statement is prepared, so that a refused one never runs.
"""

from __future__ import annotations

import sqlite3
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .cells import key, typed
from .lines import Table

NAME = "data"
_FUNCTIONS = frozenset(
    "count sum total avg min max abs round lower upper length substr substring trim ltrim rtrim coalesce ifnull nullif "
    "iif instr like date strftime julianday".split()
)
_LIMITS = {  # SQLite's own, where Python can set them (from 3.11 on)
    "SQLITE_LIMIT_LENGTH": 1_000_000,
    "SQLITE_LIMIT_SQL_LENGTH": 10_000,
    "SQLITE_LIMIT_EXPR_DEPTH": 100,
    "SQLITE_LIMIT_COMPOUND_SELECT": 5,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 200,
    "SQLITE_LIMIT_ATTACHED": 0,
}
_STEPS = 10_000  # of SQLite's machine between two looks at the clock
_FEW = 50  # distinct values of a column that names kinds


class Refused(Exception):
    """A statement that is not run, or not to its end; says why."""


class Held:
    """One table in memory; its rows have the numbers 1 to n, in the column ``row``."""

    def __init__(self, table: Table) -> None:
        columns = [typed([row.cells[at] for row in table.rows]) for at in range(len(table.names))]
        self.sheet, self.names, self.unclear, self.totals = table.sheet, table.names, table.unclear, table.totals
        self.kinds = [column.kind for column in columns]
        self.odd = [column.odd for column in columns]
        self.cells = len(table.rows) * len(table.names)
        self.starts = array("q", (row.start for row in table.rows))
        self.ends = array("q", (row.end for row in table.rows))
        self._frequent: list[list[str]] = []
        self._known: dict[str, list[tuple[int, str]]] = {}
        for at, column in enumerate(columns):
            counts = Counter(str(value) for value in column.values if value) if column.kind == "text" else Counter()
            self._frequent.append([value for value, _ in counts.most_common()] if len(counts) <= _FEW else [])
            for value in counts:
                if said := key(value):
                    self._known.setdefault(said, []).append((at, value))
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        types = {"number": "NUMERIC", "date": "TEXT", "text": "TEXT COLLATE NOCASE"}
        told = ", ".join(
            f"{quoted(name)} {types[column.kind]}" for name, column in zip(self.names, columns, strict=True)
        )
        self._connection.execute(f'CREATE TABLE {NAME} ("row" INTEGER PRIMARY KEY, {told})')
        marks = ", ".join("?" * (1 + len(columns)))
        self._connection.execute("BEGIN")
        rows = zip(range(1, len(table.rows) + 1), *(column.values for column in columns), strict=True)
        self._connection.executemany(f"INSERT INTO {NAME} VALUES ({marks})", rows)
        self._connection.execute("COMMIT")
        self._confine()

    def _confine(self) -> None:
        self._connection.execute("PRAGMA query_only = ON")
        self._connection.execute("PRAGMA temp_store = MEMORY")
        self._connection.execute("PRAGMA trusted_schema = OFF")
        if hasattr(self._connection, "setlimit"):
            for name, limit in _LIMITS.items():
                self._connection.setlimit(getattr(sqlite3, name), limit)
        self._connection.set_authorizer(_authorize)

    def describe(self) -> dict[str, Any]:
        """Return the columns and how many rows there are, with the values of columns that have few, by frequency."""
        return {
            "sheet": self.sheet,
            "names": self.names,
            "kinds": self.kinds,
            "odd": self.odd,
            "values": self._frequent,
            "rows": len(self.starts),
            "unclear": self.unclear,
            "totals": self.totals,
        }

    def having(self, keys: Sequence[str]) -> list[tuple[str, int, list[str]]]:
        """Return ``(key, column, the spellings there)`` for each of the keys that is the key of a cell."""
        found: dict[tuple[str, int], list[str]] = {}
        for each in dict.fromkeys(keys):
            for at, value in self._known.get(each, ()):
                found.setdefault((each, at), []).append(value)
        return [(each, at, values) for (each, at), values in found.items()]

    def run(self, sql: str, values: Sequence[Any], most: int, seconds: float) -> dict[str, Any]:
        """Return the names and the first rows of one SELECT's result, and whether there are more rows.

        Raises
        ------
        Refused
        """
        if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            raise Refused("That is no SELECT.")
        until = time.monotonic() + seconds
        self._connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        try:
            cursor = self._connection.execute(sql, values)
            rows = cursor.fetchmany(most + 1)
            cursor.close()
        except sqlite3.Error as error:
            late = time.monotonic() > until
            raise Refused(f"It took longer than {seconds:g} s." if late else str(error)[:300]) from None
        except sqlite3.Warning as error:  # of Python 3.10, for several statements
            raise Refused(str(error)[:300]) from None
        except MemoryError:
            raise Refused("It takes too much memory.") from None
        finally:
            self._connection.set_progress_handler(None, 0)
        if any(isinstance(value, bytes) for row in rows for value in row):
            raise Refused("Its result is no text.")
        return {"names": [part[0] for part in cursor.description or ()], "rows": rows[:most], "more": len(rows) > most}


def quoted(name: str) -> str:
    """Return a name as SQL has it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def _authorize(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
    allowed = (
        action == sqlite3.SQLITE_SELECT
        or (action == sqlite3.SQLITE_READ and first == NAME)
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

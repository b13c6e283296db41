#!/usr/bin/env bash
# Rows that a full-text index of SQLite takes from a table (INSERT ... SELECT) cost six times as much as given ones.
#
# FTS5 gathers what a transaction inserts and writes it as one piece when the transaction ends. An INSERT INTO t(...)
# SELECT ... FROM another makes SQLite set a savepoint of its own before it, though it may yield one row only, and at
# each savepoint FTS5 writes what it has gathered. So a transaction that copies row by row from the table that it
# indexes leaves a piece for each row, and to merge them takes most of the time.
#
# Expected: both ways leave the same index. Seen with SQLite 3.54.1 (apsw 3.54.1.0) and 3.40.0 on Python 3.11: after
# twelve rows in one transaction, one piece with VALUES and twelve with SELECT, whose rows take some six times as long.
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" apsw==3.54.1.0
PYTHONPATH="$folder/libraries" python3 - <<'PYTHON'
import random
import sys
import time

import apsw

SELECT = "INSERT INTO letters (rowid, text) SELECT id, text FROM kept WHERE id = ?"
VALUES = "INSERT INTO letters (rowid, text) VALUES (?, ?)"
chance = random.Random(1)
words = [f"word{number}" for number in range(5_000)]
texts = [" ".join(chance.choices(words, k=150)) for _ in range(4_000)]


def filled(is_selected, rows):
    """Return the pieces that an index has after one transaction, and the seconds a row took."""
    database = apsw.Connection(":memory:")
    database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, text)")
    database.executemany("INSERT INTO kept (text) VALUES (?)", [(text,) for text in texts])
    database.execute("CREATE VIRTUAL TABLE letters USING fts5(text)")
    began = time.process_time()
    with database:
        for number in range(1, rows + 1):
            if is_selected:
                database.execute(SELECT, (number,))
            else:
                database.execute(VALUES, database.execute("SELECT id, text FROM kept WHERE id = ?", (number,)).fetchone())
    seconds = (time.process_time() - began) / rows
    return database.execute("SELECT count(DISTINCT segid) FROM letters_idx").fetchone()[0], seconds


given, taken = filled(False, 12)[0], filled(True, 12)[0]
print("expected: twelve rows in one transaction leave one piece, wherever they come from")
print(f"seen:     SQLite {apsw.sqlitelibversion()}: {given} with VALUES, {taken} with SELECT")
quick, slow = (min(filled(is_selected, 4_000)[1] for _ in range(2)) for is_selected in (False, True))
print(f"          {quick * 1e6:.0f} and {slow * 1e6:.0f} microseconds for each of 4,000 rows")
sys.exit(0 if (given, taken) == (1, 12) else 1)
PYTHON

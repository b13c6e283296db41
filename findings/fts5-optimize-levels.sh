#!/usr/bin/env bash
# A full-text index of SQLite that is optimized after each change ends as "database disk image is malformed".
#
# The documented INSERT INTO t(t) VALUES('optimize') merges an FTS5 index into one piece. Where there is more than one
# piece to merge, the result is put on a new level above all others, and the empty levels below stay. After some
# thousand rounds of adding rows, deleting rows and optimizing, the index has more than 2,000 levels, which the library
# itself takes for damage: the table cannot be read or written any more, though nothing is wrong with the file.
#
# Expected: every round works. Seen with SQLite 3.40.0 (apsw 3.40.0.0) on Python 3.11: the index gains two levels a
# round, and round 1,002 raises the error. SQLite 3.40 is what Debian 12 has; from 3.41 on there are at most 65 levels.
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" apsw==3.40.0.0
PYTHONPATH="$folder/libraries" python3 - <<'PYTHON'
import random
import sys

import apsw

ROUNDS, ROWS, KEPT = 2_000, 12, 4
words = [f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in ("rn", "lt", "mp", "st")]
chance = random.Random(1)
database = apsw.Connection(":memory:")
database.execute("CREATE VIRTUAL TABLE letters USING fts5(text)")
error, done = "", 0
try:
    for done in range(ROUNDS):
        database.execute("BEGIN")
        for row in range(done * ROWS, (done + 1) * ROWS):
            database.execute("INSERT INTO letters (rowid, text) VALUES (?, ?)", (row, " ".join(chance.choices(words, k=150))))
        old = (done - KEPT) * ROWS
        database.execute("DELETE FROM letters WHERE rowid BETWEEN ? AND ?", (old, old + ROWS - 1))
        database.execute("INSERT INTO letters (letters) VALUES ('optimize')")
        database.execute("COMMIT")
except apsw.CorruptError as caught:
    error = str(caught)
print(f"expected: {ROUNDS:,} rounds of adding, deleting and optimizing")
print(f"seen:     SQLite {apsw.sqlitelibversion()} ends in round {done:,} with: {error or 'no error'}")
sys.exit(0 if "malformed" in error else 1)
PYTHON

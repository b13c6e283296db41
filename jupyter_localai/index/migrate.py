"""Bring an older ``catalogue.sqlite`` to the tables of today, after a backup, all or nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..results.passages import Anchor
from ..text.keywords import name_words
from ..text.words import inner_words
from .heads import pages_of
from .stored import halved
from .tables import (
    CONVERSATIONS,
    FEEDBACK,
    FORGOTTEN,
    HEADS,
    KEYWORDS,
    PAGES,
    PROMPTS,
    RECOGNISED,
    SCHEMA_VERSION,
    SUMMARIES,
    statements,
)

BACKUP = "catalogue.v{}.backup"
"""Name of the backup of a version; `Database.compact` removes it."""

ONE_CHROMA = "one Chroma folder"
"""Noted in ``state`` while what version 1 kept in the folder of all collections is still there."""

Connection = Any  # sqlite3's, which has its door in `database`


def migrate(connection: Connection, path: Path, version: int) -> None:
    """Migrate an open database of an older `version`; a crash at any moment leaves the old one.

    The backup beside `path` stays until the store is compacted.
    """
    backup = path.with_name(BACKUP.format(version))
    if not backup.exists():
        unfinished = backup.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.chmod(0o600)
        unfinished.replace(backup)
    connection.execute("PRAGMA foreign_keys = OFF")  # only possible outside a transaction
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(version, SCHEMA_VERSION):
            _STEPS[step](connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _from_1(connection: Connection) -> None:
    """One Chroma folder per collection, collections built beside others, chunks that stay in place."""
    for (number,) in connection.execute("SELECT id FROM collections").fetchall():
        connection.execute(f'DROP VIEW "chunks_{number}"')
        connection.execute(f'DROP TABLE "keywords_{number}"')
    for statement in _VERSION_2.split(";\n"):
        connection.execute(statement)
    connection.execute("INSERT INTO state VALUES (?, 1)", (ONE_CHROMA,))


_VERSION_2 = """
CREATE TABLE collections_2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    chroma_name TEXT NOT NULL,
    folder TEXT NOT NULL DEFAULT '',
    seal TEXT NOT NULL DEFAULT '',
    buried INTEGER NOT NULL DEFAULT 0,
    embedder TEXT NOT NULL,
    fingerprint TEXT NOT NULL
);
INSERT INTO collections_2 (id, name, chroma_name, embedder, fingerprint)
    SELECT id, name, chroma_name, embedder, fingerprint FROM collections;
DROP TABLE collections;
ALTER TABLE collections_2 RENAME TO collections;
CREATE UNIQUE INDEX collections_by_name ON collections(name, active);
ALTER TABLE documents ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN reading INTEGER NOT NULL DEFAULT 1;
ALTER TABLE chunks ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX chunks_not_held ON chunks(collection_id) WHERE held < 2;
CREATE TABLE forgotten (mark BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID
"""


def _from_2(connection: Connection) -> None:
    """Conversations."""
    for statement in statements(CONVERSATIONS):
        connection.execute(statement)


def _from_3(connection: Connection) -> None:
    """Keyword indexes that know the words inside words, of more scripts, and the names of documents."""
    connection.execute("ALTER TABLE chunks ADD COLUMN parts TEXT NOT NULL DEFAULT ''")
    for (number,) in connection.execute("SELECT id FROM collections").fetchall():
        connection.execute(f'DROP VIEW IF EXISTS "chunks_{number}"')
        connection.execute(f'DROP TABLE IF EXISTS "keywords_{number}"')
        for statement in statements(KEYWORDS.format(id=number)):
            connection.execute(statement)
    _find_words(connection)


def _find_words(connection: Connection) -> None:
    """Find the words inside words anew, and make the keyword indexes of them."""
    connection.create_function("inner_words", 1, inner_words, deterministic=True)
    connection.execute("UPDATE chunks SET parts = inner_words(context || char(10) || text)")
    paths = connection.execute("SELECT id, path FROM documents").fetchall()
    connection.executemany("UPDATE documents SET words = ? WHERE id = ?", [(name_words(p), i) for i, p in paths])
    for (number,) in connection.execute("SELECT id FROM collections").fetchall():
        for index in (f'"keywords_{number}"', f'"names_{number}"'):
            connection.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")


def _from_4(connection: Connection) -> None:
    """When a document was indexed; of those that are there already it is not known."""
    connection.execute("ALTER TABLE documents ADD COLUMN indexed REAL")


def _from_5(connection: Connection) -> None:
    """Keyword indexes that know ligatures, full-width letters and grouped numbers in the usual spelling."""
    _find_words(connection)


def _from_6(connection: Connection) -> None:
    """The pages of documents; their heads get vectors in the next run of `index`."""
    for statement in statements(PAGES):
        connection.execute(statement)
    sql = """SELECT collection_id, document_id, seq, places, text || after FROM chunks
             WHERE document_id IN (SELECT document_id FROM chunks WHERE places GLOB '*"page":*'
                                   OR places GLOB '*"slide":*' OR places GLOB '*"sheet":*')
             ORDER BY document_id, seq"""
    put = "INSERT INTO pages (collection_id, document_id, first, last, head) VALUES (?, ?, ?, ?, ?)"
    for (collection, document), rows in itertools.groupby(connection.execute(sql), key=lambda row: row[:2]):
        parts = [(Anchor(**json.loads(places)[0][2]), text) for _, _, _, places, text in rows]
        pages = [(collection, document, page.first, page.last, page.head) for page in pages_of(parts)]
        connection.executemany(put, pages)
    for (number,) in connection.execute("SELECT id FROM collections").fetchall():
        for statement in statements(HEADS.format(id=number)):
            connection.execute(statement)
        connection.execute(f'INSERT INTO "heads_{number}" ("heads_{number}") VALUES (\'rebuild\')')


def _from_7(connection: Connection) -> None:
    """What OCR has read; what was sent for an answer, unknown of those that are there; summaries of sections."""
    connection.execute("ALTER TABLE documents ADD COLUMN needs_ocr TEXT NOT NULL DEFAULT ''")
    for statement in statements(RECOGNISED + PROMPTS + SUMMARIES):
        connection.execute(statement)


def _from_8(connection: Connection) -> None:
    """Vectors in half precision, in a new table, so that the room of the old one is free; folders without texts."""
    connection.execute("ALTER TABLE collections ADD COLUMN texts INTEGER NOT NULL DEFAULT 0")
    connection.execute("UPDATE collections SET texts = 1")
    connection.create_function("halved", 1, halved, deterministic=True)
    connection.execute("CREATE TABLE halves (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL)")
    connection.execute("INSERT INTO halves SELECT id, key, halved(vector) FROM vectors ORDER BY id")
    connection.execute("DROP TABLE vectors")
    connection.execute("ALTER TABLE halves RENAME TO vectors")


def _from_9(connection: Connection) -> None:
    """Names and pins of conversations, feedback, and forgotten paths by the collection that leaves them out."""
    known = {row[1] for row in connection.execute("PRAGMA table_info(conversations)")}
    for column in ("name TEXT NOT NULL DEFAULT ''", "pinned INTEGER NOT NULL DEFAULT 0"):
        if column.split()[0] not in known:  # stores older than conversations got the table of today
            connection.execute(f"ALTER TABLE conversations ADD COLUMN {column}")
    connection.execute("ALTER TABLE forgotten RENAME TO forgotten_9")
    for statement in statements(FORGOTTEN + FEEDBACK):
        connection.execute(statement)
    connection.execute("INSERT INTO forgotten SELECT '', mark FROM forgotten_9")  # former roots are among them
    connection.execute("INSERT OR IGNORE INTO forgotten SELECT name, mark FROM collections, forgotten_9")
    connection.execute("DROP TABLE forgotten_9")


_STEPS: dict[int, Callable[[Connection], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
    5: _from_5,
    6: _from_6,
    7: _from_7,
    8: _from_8,
    9: _from_9,
}

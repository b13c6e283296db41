"""The record of everything indexed: collections, their roots and their documents."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

from ..schema import CollectionInfo, Failure, Rules
from .chunks import ChunkTable
from .database import Database
from .tables import KEYWORDS


@dataclasses.dataclass(frozen=True)
class Collection:
    """A row of ``collections``."""

    id: int
    name: str
    chroma_name: str
    embedder: str
    fingerprint: str
    chunker_version: int


@dataclasses.dataclass(frozen=True)
class Source:
    """The file behind a document, as it was when it was read."""

    path: str
    root: str
    size: int
    mtime_ns: int
    sha256: str = ""
    kind: str = ""
    title: str = ""


@dataclasses.dataclass(frozen=True)
class Known:
    """What is remembered of a document between runs."""

    id: int
    path: str
    root: str
    size: int
    mtime_ns: int
    sha256: str
    state: str
    failure: Failure | None


class Catalogue(Database):
    """Opens or creates ``catalogue.sqlite``; ``chunks`` holds the chunks of its documents.

    Raises
    ------
    StoreError
        As `Database`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.chunks = ChunkTable(self)

    # collections -----------------------------------------------------------------------------

    def collections(self) -> list[Collection]:
        """Return every collection, by name."""
        sql = "SELECT id, name, chroma_name, embedder, fingerprint, chunker_version FROM collections ORDER BY name"
        return [Collection(*row) for row in self.rows(sql)]

    def create_collection(
        self, name: str, chroma_stem: str, embedder: str, fingerprint: str, chunker_version: int
    ) -> Collection:
        """Add a collection and its keyword index; inside a transaction."""
        sql = """INSERT INTO collections (name, chroma_name, embedder, fingerprint, chunker_version)
                 VALUES (?, '', ?, ?, ?)"""
        number = self.execute(sql, (name, embedder, fingerprint, chunker_version)).lastrowid
        self.execute("UPDATE collections SET chroma_name = ? WHERE id = ?", (f"{chroma_stem}-{number}", number))
        for statement in KEYWORDS.format(id=number).split(";\n"):
            self.execute(statement)
        return next(c for c in self.collections() if c.id == number)

    def remember_root(self, collection: Collection, path: str, rules: Rules) -> None:
        """Record that `path` belongs to the collection, so that it can be refreshed; inside a transaction."""
        stored = json.dumps(dataclasses.asdict(rules))
        self.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (collection.id, path, stored))

    def roots(self, collection: Collection) -> dict[str, Rules]:
        """Return the collection's roots and the rules each was indexed with."""
        sql = "SELECT path, rules FROM roots WHERE collection_id = ? ORDER BY path"
        return {path: _rules(**json.loads(rules)) for path, rules in self.rows(sql, (collection.id,))}

    def describe(self) -> list[CollectionInfo]:
        """Return counts and roots of every collection."""
        sql = "SELECT count(*) FROM documents WHERE collection_id = ? AND state != 'failed'"
        return [
            CollectionInfo(
                c.name, self.rows(sql, (c.id,))[0][0], self.chunks.count(c.id), c.embedder, tuple(self.roots(c))
            )
            for c in self.collections()
        ]

    # documents -------------------------------------------------------------------------------

    def documents(self, collection: Collection) -> dict[str, Known]:
        """Return what is remembered of each document, by path."""
        sql = """SELECT id, path, root, size, mtime_ns, sha256, state, code, message, remedy
                 FROM documents WHERE collection_id = ?"""
        known = {}
        for i, path, root, size, mtime_ns, sha256, state, *why in self.rows(sql, (collection.id,)):
            failure = Failure(path, *why) if state == "failed" else None
            known[path] = Known(i, path, root, size, mtime_ns, sha256, state, failure)
        return known

    def count_documents(self) -> int:
        """Return the number of distinct files that are in some collection."""
        return int(self.rows("SELECT count(DISTINCT path) FROM documents WHERE state != 'failed'")[0][0])

    def count_states(self) -> dict[str, int]:
        """Return the number of distinct files per state."""
        return dict(self.rows("SELECT state, count(DISTINCT path) FROM documents GROUP BY state"))

    def put_document(self, collection: Collection, source: Source) -> int:
        """Add or replace a document as pending, its old chunks gone; inside a transaction."""
        sql = "SELECT id FROM documents WHERE collection_id = ? AND path = ?"
        self._drop_chunks(collection, [row[0] for row in self.rows(sql, (collection.id, source.path))])
        sql = """INSERT INTO documents (collection_id, path, root, size, mtime_ns, sha256, kind, title, state)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')
                 ON CONFLICT (collection_id, path) DO UPDATE SET
                     root = excluded.root, size = excluded.size, mtime_ns = excluded.mtime_ns,
                     sha256 = excluded.sha256, kind = excluded.kind, title = excluded.title,
                     state = 'pending', code = '', message = '', remedy = ''
                 RETURNING id"""
        return int(self.execute(sql, (collection.id, *dataclasses.astuple(source))).fetchone()[0])

    def put_failure(self, collection: Collection, source: Source, failure: Failure) -> None:
        """Record that a document could not be read, dropping an older version of it; inside a transaction."""
        document_id = self.put_document(collection, source)
        sql = "UPDATE documents SET state = 'failed', code = ?, message = ?, remedy = ? WHERE id = ?"
        self.execute(sql, (failure.code, failure.message, failure.remedy, document_id))

    def touch(self, document_id: int, size: int, mtime_ns: int) -> None:
        """Note a new modification time of unchanged content; inside a transaction."""
        self.execute("UPDATE documents SET size = ?, mtime_ns = ? WHERE id = ?", (size, mtime_ns, document_id))

    def remove_documents(self, collection: Collection, document_ids: Iterable[int]) -> None:
        """Delete documents and their chunks; inside a transaction."""
        document_ids = list(document_ids)
        self._drop_chunks(collection, document_ids)
        self.execute_many("DELETE FROM documents WHERE id = ?", [(i,) for i in document_ids])

    def _drop_chunks(self, collection: Collection, document_ids: Iterable[int]) -> None:
        for document_id in document_ids:
            self.chunks.drop(collection.id, document_id)

    def mark_ready(self, document_ids: Iterable[int]) -> None:
        """Say that Chroma holds these documents; inside a transaction."""
        self.execute_many("UPDATE documents SET state = 'ready' WHERE id = ?", [(i,) for i in document_ids])

    def pending(self, collection: Collection) -> list[int]:
        """Return the documents that Chroma may not hold yet."""
        sql = "SELECT id FROM documents WHERE collection_id = ? AND state = 'pending'"
        return [row[0] for row in self.rows(sql, (collection.id,))]

    def readable(self, collection: Collection) -> list[tuple[int, str, str]]:
        """Return ``(id, path, root)`` of every document that could be read."""
        sql = "SELECT id, path, root FROM documents WHERE collection_id = ? AND state != 'failed' ORDER BY id"
        return [tuple(row) for row in self.rows(sql, (collection.id,))]


def _rules(include: list[str], exclude: list[str], ignore: bool) -> Rules:
    return Rules(tuple(include), tuple(exclude), ignore)

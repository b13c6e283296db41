"""The record of a store in SQLite: its documents, and the way to its collections and chunks."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..results.files import Failure
from ..results.passages import Chunk
from ..results.reports import CollectionInfo
from ..text.keywords import name_words
from .chunks import ChunkTable
from .conversations import ConversationTable
from .database import Database, Mode
from .feedback import FeedbackTable
from .fulltext import Fulltext
from .heads import pages_of
from .layout import Layouts
from .origins import Origins
from .pages import PageTable
from .recognised import RecognisedTable, numbers
from .registry import Collection, Registry
from .summaries import SummaryTable

_PENDING = "state != 'ready' AND state = 'pending'"  # the index of documents by state has those that are not ready
_ACTIVE = "collection_id IN (SELECT id FROM collections WHERE active)"


@dataclasses.dataclass(frozen=True)
class Source:
    """The file behind a document, as it was when it was read."""

    path: str
    root: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    sha256: str = ""
    reading: int = 0
    kind: str = ""
    title: str = ""
    needs_ocr: str = ""


@dataclasses.dataclass(frozen=True)
class DocumentRecord:
    """What is remembered of a document between runs."""

    id: int
    path: str
    root: str
    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str
    reading: int
    state: str
    failure: Failure | None
    needs_ocr: tuple[int, ...] = ()


class Catalogue(Database):
    """Opens or creates ``catalogue.sqlite``.

    ``registry`` holds its collections, ``origins`` where attached ones come from, ``chunks`` the chunks of documents,
    ``pages`` their pages, ``fulltext`` their words, ``layouts`` where each chunk stands, ``recognised`` what OCR has
    read, ``conversations`` what was asked, ``feedback`` what the user said of answers, ``summaries`` what chat models
    made of sections.

    Raises
    ------
    StoreError
        As `Database`.
    """

    def __init__(self, path: Path, mode: Mode = "write") -> None:
        super().__init__(path, mode)
        self.registry = Registry(self)
        self.origins = Origins(self)
        self.fulltext = Fulltext(self)
        self.chunks = ChunkTable(self, self.fulltext)
        self.pages = PageTable(self, self.fulltext)
        self.layouts = Layouts(self, self.chunks, self.pages)
        self.recognised = RecognisedTable(self)
        self.conversations = ConversationTable(self)
        self.feedback = FeedbackTable(self)
        self.summaries = SummaryTable(self)

    def describe(self) -> list[CollectionInfo]:
        """Return counts and roots of every collection."""
        sql = "SELECT count(*) FROM documents WHERE collection_id = ? AND state != 'failed'"
        watched = self.registry.watched()
        return [
            CollectionInfo(
                c.name,
                self.rows(sql, (c.id,))[0][0],
                self.chunks.count(c.id),
                c.embedder,
                tuple(self.registry.roots(c)),
                c.id in watched,
            )
            for c in self.registry.active()
        ]

    def documents(self, collection: Collection) -> dict[str, DocumentRecord]:
        """Return what is remembered of each document, by path."""
        sql = """SELECT id, path, root, size, mtime_ns, ctime_ns, sha256, reading, state, needs_ocr,
                        code, message, remedy
                 FROM documents WHERE collection_id = ?"""
        known = {}
        for row in self.rows(sql, (collection.id,)):
            i, path, root, size, mtime_ns, ctime_ns, sha256, reading, state, needs_ocr, *why = row
            failure = Failure(path, *why) if state == "failed" else None
            file = (i, path, root, size, mtime_ns, ctime_ns, sha256, reading, state)
            known[path] = DocumentRecord(*file, failure, numbers(needs_ocr))
        return known

    def pictures(self) -> set[str]:
        """Return the paths of the pictures that OCR has read or was to read."""
        return {row[0] for row in self.rows("SELECT path FROM documents WHERE kind = 'picture'")}

    def count_in(self, collection: Collection) -> int:
        """Return the number of a collection's documents."""
        return int(self.rows("SELECT count(*) FROM documents WHERE collection_id = ?", (collection.id,))[0][0])

    def count_documents(self) -> int:
        """Return the number of distinct files that are in some collection."""
        sql = f"SELECT count(DISTINCT path) FROM documents WHERE state != 'failed' AND {_ACTIVE}"
        return int(self.rows(sql)[0][0])

    def count_states(self) -> dict[str, int]:
        """Return the number of distinct files per state."""
        return dict(self.rows(f"SELECT state, count(DISTINCT path) FROM documents WHERE {_ACTIVE} GROUP BY state"))

    def failures(self, most: int) -> list[Failure]:
        """Return documents that failed and why, at most so many."""
        sql = f"""SELECT DISTINCT path, code, message, remedy FROM documents WHERE state = 'failed' AND {_ACTIVE}
                  ORDER BY path LIMIT ?"""
        return [Failure(*row) for row in self.rows(sql, (most,))]

    def put_document(
        self,
        collection: Collection,
        source: Source,
        chunks: Sequence[Chunk],
        vector_ids: Sequence[int],
        heads: Mapping[str, int] | None = None,
    ) -> int:
        """Add a document, or change it to what is given, and mark it pending; inside a transaction.

        Chunks that are the same as before keep their number, so that the vector index need not change. `heads` has the
        vectors of its pages' heads, by head.
        """
        sql = "SELECT id, title FROM documents WHERE collection_id = ? AND path = ?"
        before = self.execute(sql, (collection.id, source.path)).fetchone()
        renamed = before is None or before[1] != source.title
        if before is not None:
            self.registry.mark_remains(collection.id)
            if renamed:
                self.fulltext.drop_name(collection.id, before[0])
        fields = (collection.id, name_words(source.path), time.time(), *dataclasses.astuple(source))
        sql = """INSERT INTO documents
                     (collection_id, words, indexed, path, root, size, mtime_ns, ctime_ns, sha256, reading, kind, title,
                      needs_ocr, state)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')
                 ON CONFLICT (collection_id, path) DO UPDATE SET
                     root = excluded.root, size = excluded.size, mtime_ns = excluded.mtime_ns,
                     ctime_ns = excluded.ctime_ns, sha256 = excluded.sha256, reading = excluded.reading,
                     kind = excluded.kind, title = excluded.title, indexed = excluded.indexed,
                     needs_ocr = excluded.needs_ocr,
                     state = 'pending', code = '', message = '', remedy = ''
                 RETURNING id"""
        document_id = int(self.execute(sql, fields).fetchone()[0])
        self.chunks.replace(collection.id, document_id, chunks, vector_ids)
        pages = pages_of((chunk.anchor, chunk.text + chunk.after) for chunk in chunks)
        self.pages.replace(collection.id, document_id, pages, heads)
        if renamed:
            self.fulltext.put_name(collection.id, document_id)
            self.chunks.relabel(document_id)
        return document_id

    def put_failure(self, collection: Collection, source: Source, failure: Failure) -> None:
        """Record that a document could not be read, dropping an older version of it; inside a transaction."""
        document_id = self.put_document(collection, source, (), ())
        sql = "UPDATE documents SET state = 'failed', code = ?, message = ?, remedy = ? WHERE id = ?"
        self.execute(sql, (failure.code, failure.message, failure.remedy, document_id))

    def move_document(self, collection: Collection, known: DocumentRecord, source: Source) -> None:
        """Record that a document's file is now elsewhere; inside a transaction. It is pending again."""
        before = self.execute("SELECT words FROM documents WHERE id = ?", (known.id,)).fetchone()[0]
        now = name_words(source.path)
        numbers = self.chunks.of_document(known.id) if before != now else []
        if before != now:
            self.fulltext.drop_chunks(collection.id, numbers)
            self.fulltext.drop_name(collection.id, known.id)
        sql = """UPDATE documents SET path = ?, root = ?, words = ?, size = ?, mtime_ns = ?, ctime_ns = ?,
                 reading = ?, state = 'pending' WHERE id = ?"""
        self.registry.mark_remains(collection.id)
        where = (source.path, source.root, now, source.size, source.mtime_ns, source.ctime_ns, source.reading)
        self.execute(sql, (*where, known.id))
        if before != now:
            self.fulltext.put_chunks(collection.id, numbers)
            self.fulltext.put_name(collection.id, known.id)
        self.chunks.relabel(known.id)

    def touch(self, document_id: int, source: Source) -> None:
        """Note a new modification time of unchanged content; inside a transaction."""
        sql = "UPDATE documents SET root = ?, size = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?"
        self.execute(sql, (source.root, source.size, source.mtime_ns, source.ctime_ns, document_id))

    def pass_on(self, document_id: int, root: str) -> None:
        """Note that a document belongs to another root now; inside a transaction."""
        self.execute("UPDATE documents SET root = ? WHERE id = ?", (root, document_id))

    def remove_documents(self, collection: Collection, document_ids: Iterable[int]) -> None:
        """Delete documents and their chunks; inside a transaction."""
        for document_id in document_ids:
            self.registry.mark_remains(collection.id)
            self.chunks.drop(collection.id, document_id)
            self.pages.replace(collection.id, document_id, ())
            self.fulltext.drop_name(collection.id, document_id)
            self.execute("DELETE FROM documents WHERE id = ?", (document_id,))

    def mark_ready(self, collection: Collection, document_ids: Iterable[int] | None = None) -> None:
        """Say that Chroma holds these documents, or all of the collection; inside a transaction."""
        sql = f"UPDATE documents SET state = 'ready' WHERE collection_id = ? AND {_PENDING}"
        if document_ids is None:
            self.execute(sql, (collection.id,))
        else:
            self.execute_many(f"{sql} AND id = ?", [(collection.id, i) for i in document_ids])

    def pending(self, collection: Collection) -> list[int]:
        """Return the documents that Chroma may not hold yet."""
        sql = f"SELECT id FROM documents WHERE collection_id = ? AND {_PENDING}"
        return [row[0] for row in self.rows(sql, (collection.id,))]

    def is_unsettled(self, collection: Collection) -> bool:
        """Whether Chroma has yet to follow the catalogue."""
        sql = f"""SELECT EXISTS (SELECT 1 FROM documents WHERE collection_id = {collection.id} AND {_PENDING})
                  OR EXISTS (SELECT 1 FROM chunks WHERE collection_id = {collection.id} AND held < 2)
                  OR EXISTS (SELECT 1 FROM tombstones WHERE collection_id = {collection.id})"""
        return bool(self.rows(sql)[0][0])

    def readable(self, collection: Collection, part: str = "") -> list[tuple[int, str, str]]:
        """Return ``(id, path, root)`` of every document that could be read and has `part` in its path."""
        sql = """SELECT id, path, root FROM documents
                 WHERE collection_id = ? AND state != 'failed' AND instr(path, ?) ORDER BY id"""
        return [tuple(row) for row in self.rows(sql, (collection.id, part))]

    def among(self, collection: Collection, document_ids: Sequence[int]) -> list[int]:
        """Return those of the documents that a collection has."""
        sql = f"SELECT id FROM documents WHERE collection_id = {collection.id} AND id IN ({{}})"
        return [row[0] for row in self.rows_in(sql, document_ids)]

    def titled(self, collection: Collection) -> list[tuple[int, str, str, str]]:
        """Return ``(id, path, root, title)`` of every document that could be read, by path."""
        sql = """SELECT id, path, root, title FROM documents WHERE collection_id = ? AND state != 'failed'
                 ORDER BY path, id"""
        return [tuple(row) for row in self.rows(sql, (collection.id,))]

    def described(self, path: str) -> tuple[str, str, str] | None:
        """Return ``(kind, title, root)`` of a document that could be read; None for an unknown path."""
        sql = f"SELECT kind, title, root FROM documents WHERE path = ? AND state != 'failed' AND {_ACTIVE} LIMIT 1"
        return next((tuple(row) for row in self.rows(sql, (path,))), None)

    def paths_of(self, document_ids: Sequence[int]) -> list[str]:
        """Return the paths of documents."""
        return [str(row[0]) for row in self.rows_in("SELECT path FROM documents WHERE id IN ({})", document_ids)]

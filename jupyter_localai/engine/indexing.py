"""How documents become an index: see what changed, read it, cut it, embed and store it.

One `Indexing` is one run on one collection. Stopping it at any point (closing the generator, an
interrupt, a crash) keeps what is already stored; the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Set

from ..config import Config
from ..embed.base import Embedder
from ..errors import ReadError
from ..index.catalogue import Catalogue, Source
from ..index.folders import ChromaFolders
from ..index.registry import Collection
from ..index.suspects import Suspects
from ..index.write import Entry, Writer
from ..ingest import chunk
from ..ingest.readers import Limits, Readers, Reading, Wanted
from ..results.passages import Document, Failure, Notice, Rules, Skipped
from ..results.reports import Event, IndexReport, Progress
from ..text import language
from .listing import Listing, missing_root

_BATCH_CHARS = 160_000  # some 500 chunks: enough to fill the embedding model, not more than is easily lost
_SKIP_CODES = {"binary": "binary file", "private_key": "may hold secrets", "not_found": "deleted while indexing"}
_KEEP_CODES = ("permission_denied", "unreadable")  # nothing is known then of what is in the file now


_Read = tuple[Source, Document]
"""A file that was read, on its way to be cut."""


class Indexing:
    """One run.

    Parameters
    ----------
    name : str
        The collection's name, for the report.
    target : Collection or None
        What is there to compare with; None for a collection that does not exist yet.
    catalogue : Catalogue
        The record.
    folders : ChromaFolders
        The vector indexes; one is opened only when there is something to write.
    embedder : Embedder
        Counts tokens and embeds.
    readers : Readers
        Read files.
    config : Config
        For the largest file to read, and for the store, which is never indexed itself.
    dry_run : bool
        Only tell what would happen.
    retry : bool
        Try files again that have failed, though they have not changed.
    only : set of str
        Where given, the run is about these paths and what is below them, as far as they lie in the roots.
    """

    def __init__(
        self,
        name: str,
        target: Collection | None,
        catalogue: Catalogue,
        folders: ChromaFolders,
        embedder: Embedder,
        readers: Readers,
        config: Config,
        dry_run: bool = False,
        retry: bool = False,
        only: Set[str] = frozenset(),
    ) -> None:
        self._name = name
        self._target = target
        self._catalogue = catalogue
        self._folders = folders
        self._embedder = embedder
        self._readers = readers
        self._config = config
        self._dry_run = dry_run
        self._retry = retry
        self._only = only
        self._started = time.perf_counter()
        self._known = catalogue.documents(target) if target else {}
        self._roots: Mapping[str, Rules]
        self._listing: Listing
        self._foreign = 0
        self._added = self._updated = self._unchanged = self._removed = self._embedded = 0
        self._files = self._chunks = self._stored_bytes = self._total_bytes = 0
        self._skipped: list[Skipped] = []
        self._failed: list[Failure] = []
        self._notices: list[Notice] = []

    def look(self, roots: Mapping[str, Rules], recalled: Iterable[str] = ()) -> Iterator[Progress]:
        """See what has changed below some roots; reads nothing but what has moved, and changes nothing.

        Parameters
        ----------
        roots : mapping of str to Rules
            Roots to add or to list.
        recalled : iterable of str
            Forgotten paths that were named again.
        """
        registry = self._catalogue.registry
        self._roots = roots
        known_roots = registry.roots(self._target) if self._target else {}
        forgotten = registry.forgotten(recalled)
        self._listing = Listing(self._known, known_roots, forgotten, self._config, self._retry, self._only)
        yield from self._listing.compare(roots)

    @property
    def coming(self) -> int:
        """How many documents are to be read."""
        return len(self._listing.todo)

    def run(self, target: Collection | None) -> Iterator[Event]:
        """Bring a collection up to date with what was seen; the last event is the `IndexReport`.

        Parameters
        ----------
        target : Collection or None
            The one that was compared with, or the one that was made for what is new; None in a dry run.
        """
        listing = self._listing
        self._target = target
        self._total_bytes = sum(source.size for source in listing.todo.values())
        if self._target is None or self._dry_run:
            yield from self._foretell()
        else:
            self._follow(self._target, self._roots)
            yield from self._index(self._target)
            yield from self._complete(self._target)
            if self._catalogue.chunks.may_have_strays():
                with self._catalogue.transaction():
                    self._catalogue.chunks.drop_unused_vectors()
                yield from self._folders.tidy(self._target)
            self._folders.settle(self._target)
            if self._catalogue.is_wasteful():
                self._catalogue.compact()
        if not listing.seen and not listing.failed and not self._only:
            told = "Look at skipped for what was passed over." if listing.skipped else "Check the path."
            self._notices.append(Notice("no_documents", "No readable document was found.", told))
        if self._foreign:
            self._notices.append(language.of_documents(self._foreign, self._embedder.name))
        yield self._report()

    def _foretell(self) -> Iterator[Event]:
        """Read what would be read, and store nothing."""
        with self._reading() as readings:
            for source, reading in zip(self._listing.todo.values(), readings, strict=True):
                read = self._document(None, source, reading)
                if read is not None:
                    self._cut(*read)
                    self._count(source.path)
                self._files += 1
                self._stored_bytes += source.size
                yield self._progress()

    def _follow(self, target: Collection, roots: Mapping[str, Rules]) -> None:
        """Take out what is gone, and let what has moved keep its chunks."""
        with self._catalogue.transaction():
            if self._listing.todo or self._listing.gone:
                self._catalogue.chunks.expect_strays()
            for root, rules in roots.items():
                if os.path.exists(root) and root not in self._listing.inside:
                    self._catalogue.registry.remember_root(target, root, rules)
            for root in self._listing.left:
                self._catalogue.registry.drop_root(target, root)
            self._catalogue.remove_documents(target, [known.id for known in self._listing.gone])
            for known, source in self._listing.moved:
                self._catalogue.move_document(target, known, source)
            self._catalogue.conversations.move({known.path: source.path for known, source in self._listing.moved})
            for known, root in self._listing.passed_on:
                self._catalogue.pass_on(known.id, root)

    def _index(self, target: Collection) -> Iterator[Event]:
        """Read what has changed, and store it as it comes."""
        with self._reading() as readings:
            yield from self._store(target, readings)

    def _complete(self, target: Collection) -> Iterator[Event]:
        """Embed the heads of pages that came from a store of an earlier version."""
        if self._catalogue.pages.without_vector(target.id):
            writer = Writer(self._catalogue, self._folders.open(target), self._embedder, target)
            for embedded in writer.write_heads():
                self._embedded += embedded
                yield self._progress()

    def _reading(self) -> contextlib.closing[Generator[Reading, None, None]]:
        """Read the files that are to be read, in order."""
        listing = self._listing
        wanted = [Wanted(source.path, source.size, listing.known_content(source)) for source in listing.todo.values()]
        limits = Limits(self._config.reader_timeout_s, self._config.max_file_bytes)
        return contextlib.closing(self._readers.read_ahead(wanted, limits))

    def _store(self, target: Collection, readings: Iterator[Reading]) -> Iterator[Event]:
        todo = self._listing.todo
        suspects = Suspects(self._catalogue, target)
        if self._retry:
            suspects.acquit(todo)
        batch: list[_Read] = []
        done_bytes = 0
        for number, (source, reading) in enumerate(zip(todo.values(), readings, strict=True), 1):
            done_bytes += source.size
            read = self._document(target, source, reading, suspects)
            alone = read is not None and suspects.is_suspected(source.path)
            if alone and batch:
                yield from self._write(target, batch, number - 1, done_bytes - source.size, suspects)
                batch = []
            if read is not None:
                batch.append(read)
            is_full = sum(len(document.text) for _, document in batch) >= _BATCH_CHARS
            if batch and (alone or is_full or number == len(todo)):
                yield from self._write(target, batch, number, done_bytes, suspects)
                batch = []
            yield self._progress()

    def _write(
        self, target: Collection, batch: Sequence[_Read], files: int, done_bytes: int, suspects: Suspects
    ) -> Iterator[Event]:
        """Cut, embed and store some documents, the last of the first `files` files."""
        todo = self._listing.todo
        if not self._chunks:
            yield Progress("load", total_files=len(todo))
        paths = [source.path for source, _ in batch]
        suspects.begin(paths)
        try:
            entries = [self._cut(source, document) for source, document in batch]
            waiting = sum(len(chunks) for _, chunks in entries)
            coming = waiting * (self._total_bytes - done_bytes) // max(1, done_bytes - self._stored_bytes)
            start, before = self._stored_bytes, self._chunks
            writer = Writer(self._catalogue, self._folders.open(target), self._embedder, target)
            for embedded in writer.write(entries, coming):
                self._embedded += embedded
                self._chunks += embedded
                share = min(1.0, (self._chunks - before) / max(1, waiting))
                self._stored_bytes = start + int((done_bytes - start) * share)
                yield self._progress()
            suspects.acquit(paths)
        finally:
            suspects.rest()
        self._stored_bytes, self._files = done_bytes, files
        for path in paths:
            self._count(path)

    def _progress(self) -> Progress:
        files = len(self._listing.todo)
        return Progress("index", self._files, files, self._stored_bytes, self._total_bytes, self._chunks)

    def _document(
        self, target: Collection | None, source: Source, reading: Reading, suspects: Suspects | None = None
    ) -> _Read | None:
        """Return what is to be stored of a file; None when there is nothing, with the reason noted in `target`."""
        source = dataclasses.replace(source, sha256=reading.digest)
        error = reading.error
        if error is None and suspects is not None and suspects.is_guilty(source.path):
            error = _crashed()
        if error is not None:
            self._note_unreadable(target, source, error)
            return None
        document = reading.document
        if document is None:
            if target is not None:
                with self._catalogue.transaction():
                    self._catalogue.touch(self._known[source.path].id, source)
            self._unchanged += 1
            return None
        return dataclasses.replace(source, kind=document.kind, title=document.title), document

    def _cut(self, source: Source, document: Document) -> Entry:
        chunks = chunk.chunk(document, self._embedder.token_starts, self._embedder.max_tokens)
        if not chunks:
            self._skipped.append(Skipped(source.path, "empty"))
        self._foreign += bool(chunks) and not self._embedder.reads(language.sample(document.text, document.kind))
        self._notices += [Notice("document", f"{source.path}: {warning}") for warning in document.warnings if chunks]
        return source, chunks

    def _note_unreadable(self, target: Collection | None, source: Source, error: ReadError) -> None:
        if error.code == "not_found" and not os.path.lexists(source.root):
            failure = missing_root(source.root)
            if failure not in self._failed:
                self._failed.append(failure)
            return
        known = self._known.get(source.path)
        had = known is not None and known.failure is None
        failure = Failure(source.path, error.code, error.message, error.remedy)
        skipped = _SKIP_CODES.get(error.code)
        if skipped:
            self._skipped.append(Skipped(source.path, skipped))
        else:
            self._failed.append(failure)
        if had and not source.sha256 and error.code in _KEEP_CODES:
            return
        self._removed += had
        if target is None:
            return
        with self._catalogue.transaction():
            if not skipped:
                self._catalogue.put_failure(target, source, failure)
            elif known is not None:
                self._catalogue.remove_documents(target, [known.id])

    def _count(self, path: str) -> None:
        known = self._known.get(path)
        if known is None or known.failure is not None:
            self._added += 1
        else:
            self._updated += 1

    def _report(self) -> IndexReport:
        listing = self._listing
        return IndexReport(
            collection=self._name,
            added=self._added + len(listing.moved),
            updated=self._updated,
            unchanged=self._unchanged + listing.unchanged,
            removed=self._removed + sum(known.failure is None for known in listing.gone) + len(listing.moved),
            skipped=(*listing.skipped, *self._skipped),
            failed=(*listing.failed, *self._failed),
            chunks=self._catalogue.chunks.count(self._target.id) if self._target else 0,
            embedded=self._embedded,
            seconds=time.perf_counter() - self._started,
            warnings=(*listing.notices, *self._notices),
            moved=len(listing.moved) or None,
            dry_run=self._dry_run or None,
        )


def _crashed() -> ReadError:
    return ReadError(
        "The engine crashed each time it worked on this document, so it was put aside.",
        "To try again: jupyter localai index --retry.",
        code="crashed_engine",
    )

"""What was read is cut, embedded and stored, batch by batch: one is embedded while the next is read and cut."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import os
from collections.abc import Iterator, Sequence

from ..index.catalogue import Source
from ..index.registry import Collection
from ..index.suspects import Suspects
from ..index.write import Begun, Entry, Writer
from ..ingest import chunk
from ..results.passages import Document
from ..results.reports import Progress
from ..text import language
from .plan import Plan
from .store import Store
from .tally import Tally

_MUCH = 10  # a larger part of the bytes in one file, and a bar that counts files would stand still for long

Read = tuple[Source, Document]
"""A file that was read, on its way to be cut."""


class Meter:
    """How far a run is: in files, or in bytes where one file has most of them.

    Attributes
    ----------
    files, done : int
        Files that are done with, and their bytes.
    name : str or None
        Of the file that is worked on.
    total : int
        Bytes of all files.
    """

    def __init__(self, plan: Plan) -> None:
        sizes = [source.size for source in plan.todo.values()]
        self.files = self.done = 0
        self.name: str | None = None
        self.total = sum(sizes)
        self._of_files = len(sizes)
        self._counts_bytes = max(sizes, default=0) * _MUCH > self.total

    def progress(self) -> Progress:
        """Return that as an event."""
        if self._counts_bytes:
            return Progress("index", self.done, self.total, "bytes", name=self.name)
        return Progress("index", self.files, self._of_files, name=self.name)


@dataclasses.dataclass(frozen=True)
class _Batch:
    """Documents under way: the last of the first ``files`` files of a run, which have bytes up to ``until``."""

    begun: Begun
    paths: list[str]
    ends: list[int]  # chunks up to the end of each document
    files: int
    until: int


class Storing:
    """Stores documents in one collection, at most one batch behind.

    Parameters
    ----------
    store : Store
    target : Collection
    tally : Tally
        Counts what is stored.
    meter : Meter
        Is told how far it is.
    suspects : Suspects
        Are told what is worked on.
    """

    def __init__(self, store: Store, target: Collection, tally: Tally, meter: Meter, suspects: Suspects) -> None:
        self._store = store
        self._tally = tally
        self._meter = meter
        self._suspects = suspects
        self._writer = Writer(store.catalogue, store.folders.open(target), store.embedder, target)
        self._under_way: _Batch | None = None
        self._taken = 0  # bytes of the files that it was given

    def write(self, batch: Sequence[Read], files: int, until: int) -> Iterator[Progress]:
        """Cut some documents and begin to embed them, then store those of the time before.

        Parameters
        ----------
        batch : sequence of Read
        files, until : int
            How many files of the run are then done with, and their bytes.
        """
        if not self._taken:
            yield Progress("load")
        paths = [source.path for source, _ in batch]
        before = self._under_way
        self._suspects.begin([*(before.paths if before else ()), *paths])
        entries = [cut(self._store, self._tally, *read) for read in batch]
        ends = list(itertools.accumulate(len(chunks) for _, chunks in entries))
        coming = ends[-1] * (self._meter.total - until) // max(1, until - self._taken)
        now = _Batch(self._writer.begin(entries, coming), paths, ends, files, until)
        self._taken = until
        try:
            yield from self.finish()
        finally:
            self._under_way = now
        self._suspects.begin(paths)

    def finish(self) -> Iterator[Progress]:
        """Store what is under way."""
        batch, self._under_way = self._under_way, None
        if batch is None:
            return
        meter, start, embedded = self._meter, self._meter.done, 0
        meter.name = os.path.basename(batch.paths[0])
        for count in self._writer.finish(batch.begun):
            embedded += count
            self._tally.embedded += count
            at = bisect.bisect_right(batch.ends, embedded)
            meter.name = os.path.basename(batch.paths[min(at, len(batch.paths) - 1)])
            share = min(1.0, embedded / max(1, batch.ends[-1]))
            meter.done = start + int((batch.until - start) * share)
            yield meter.progress()
        meter.done, meter.files = batch.until, batch.files
        for path in batch.paths:
            self._tally.count(path)
        self._suspects.acquit(batch.paths)
        self._suspects.rest()

    def close(self) -> None:
        """Give up what is under way."""
        batch, self._under_way = self._under_way, None
        if batch is not None:
            self._writer.give_up(batch.begun)
        self._suspects.rest()


def cut(store: Store, tally: Tally, source: Source, document: Document) -> Entry:
    """Return a document with its chunks, counted."""
    embedder = store.embedder
    chunks = chunk.chunk(document, embedder.token_starts, embedder.max_tokens)
    is_foreign = bool(chunks) and not embedder.reads(language.sample(document.text, document.kind))
    tally.note_document(source.path, document.warnings if chunks else None, is_foreign)
    return source, chunks

"""How documents become an index: see what changed, read it, cut it, embed and store it.

Stopping a run at any point (closing the generator, an interrupt, a crash) keeps what is already stored;
the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Sequence

from .. import ingest
from ..errors import ReadError, UsageError
from ..index.catalogue import Source
from ..index.recognised import written
from ..index.registry import Collection
from ..index.suspects import Suspects
from ..index.write import Writer
from ..ingest.names import is_picture
from ..ingest.readers import FileToRead, Reading
from ..paths import meet, real
from ..results.files import Rules
from ..results.reports import Event, Progress
from . import attachments, embedder_files, validate
from .listing import disk_of, look
from .plan import Plan, Task
from .recognising import Recognition, check_installed
from .store import Store
from .storing import Meter, Read, Storing, cut
from .tally import Tally

_BATCH_CHARS = 160_000  # some 500 chunks: enough to fill the embedding model, not more than is easily lost
_KEEP_CODES = ("permission_denied", "unreadable")  # nothing is known then of what is in the file now


def task_for(store: Store, name: str, paths: Sequence[str], rules: Rules | None, refresh: bool) -> Task:
    """Return what a run is asked for, checked.

    Parameters
    ----------
    store : Store
    name : str
        The collection's.
    paths : sequence of str
        Roots to add; none refreshes every root that the collection has.
    rules : Rules, optional
        What to include and exclude under `paths`.
    refresh : bool
        Look at `paths` only as far as they lie in roots that the collection has, by the rules of these; add none.

    Raises
    ------
    UsageError, StoreError, UnknownCollectionError, EmbedderMismatchError
    """
    validate.check_name(name)
    validate.check_paths(paths)
    if rules not in (None, Rules()) and (refresh or not paths):
        raise UsageError("What to include and exclude was given, but no folder.", "Name the folder it is about.")
    store.check_writable()
    attachments.refuse(store, name)
    registry = store.catalogue.registry
    named = tuple(dict.fromkeys(real(os.path.expanduser(path)) for path in paths))
    if named and not refresh:
        target = store.searchable(name) if registry.find(name) is not None else None
        return Task(name, target, dict.fromkeys(named, rules or Rules()), recalled=named)
    target = store.searchable(name)
    roots = {root: rules for root, rules in registry.roots(target).items() if not named or meet([root], named)}
    return Task(name, target, roots, only=frozenset(named))


def index(store: Store, task: Task, max_documents: int | None = None) -> Iterator[Event]:
    """Bring a collection up to date; the last event is the `IndexReport`.

    Raises
    ------
    UsageError
        ``too_many_documents`` for more than `max_documents`, ``ocr_missing`` for OCR without the extra; then nothing
        has changed.
    """
    if task.ocr:
        check_installed()
    plan = yield from look(store, task)
    if max_documents is not None and len(plan.todo) > max_documents:
        message = f"{len(plan.todo):,} documents would be indexed, more than {max_documents:,}."
        raise UsageError(message, "Name a smaller folder, or allow more.", code="too_many_documents")
    target = task.target
    if not task.dry_run:
        if target is None and any(map(os.path.exists, task.roots)):
            target = store.create(task.name)
        if task.recalled:
            with store.catalogue.transaction():
                for path in task.recalled:
                    store.catalogue.registry.recall(task.name, path)
    yield from run(store, plan, target)


def run(store: Store, plan: Plan, target: Collection | None) -> Iterator[Event]:
    """Do what is planned; the last event is the `IndexReport`.

    Parameters
    ----------
    store : Store
    plan : Plan
    target : Collection or None
        The one that was compared with, or the one that was made for what is new; None in a dry run.
    """
    yield from _Run(store, plan, target).events()


class _Run:
    """One run, and what it has counted so far."""

    def __init__(self, store: Store, plan: Plan, target: Collection | None) -> None:
        self._store = store
        self._catalogue = store.catalogue
        self._embedder = store.embedder
        self._plan = plan
        self._target = target
        self._tally = Tally(plan)
        self._meter = Meter(plan)

    def events(self) -> Iterator[Event]:
        """Do it all, and report."""
        plan, folders = self._plan, self._store.folders
        if self._target is None or plan.task.dry_run:
            yield from self._foretell()
        else:
            self._apply_changes(self._target)
            yield from self._index(self._target)
            yield from self._complete(self._target)
            yield from self._recognise(self._target)
            if self._catalogue.chunks.may_have_strays():
                with self._catalogue.transaction():
                    self._catalogue.chunks.drop_unused_vectors()
                    self._catalogue.recognised.drop_unused()
            yield from folders.tidy(self._target)
            folders.settle(self._target)
            self._catalogue.tidy()
        notices = self._tally.notices(self._embedder.name)
        notices += embedder_files.changed(self._store, note=not plan.task.dry_run)
        chunks = self._catalogue.chunks.count(self._target.id) if self._target else 0
        yield self._tally.report(notices, chunks)

    def _foretell(self) -> Iterator[Event]:
        """Read what would be read, and store nothing."""
        meter = self._meter
        for outcome in self._readings():
            if outcome is not None:
                source, reading = outcome
                read = self._document(None, source, reading)
                if read is not None:
                    cut(self._store, self._tally, *read)
                    self._tally.count(source.path)
                meter.files += 1
                meter.done += source.size
                meter.name = os.path.basename(source.path)
            yield meter.progress()

    def _apply_changes(self, target: Collection) -> None:
        """Take out what is gone, and let what has moved keep its chunks."""
        plan = self._plan
        with self._catalogue.transaction():
            if plan.todo or plan.gone:
                self._catalogue.chunks.expect_strays()
            for root, rules in plan.task.roots.items():
                if os.path.exists(root) and root not in plan.inside:
                    self._catalogue.registry.remember_root(target, root, rules)
                    disk = disk_of(root)
                    if disk is not None and all(failure.path != root for failure in plan.failed):
                        self._catalogue.registry.note_disk(root, disk)
            for root in plan.left:
                self._catalogue.registry.drop_root(target, root)
            self._catalogue.remove_documents(target, [known.id for known in plan.gone])
            for known, source in plan.moved:
                self._catalogue.move_document(target, known, source)
            self._catalogue.conversations.move({known.path: source.path for known, source in plan.moved})
            for known, root in plan.passed_on:
                self._catalogue.pass_on(known.id, root)

    def _index(self, target: Collection) -> Iterator[Event]:
        """Read what has changed, and store it as it comes."""
        if not self._plan.todo:
            return
        suspects = Suspects(self._catalogue, target)
        if self._plan.task.retry:
            suspects.acquit(self._plan.todo)
        storing = Storing(self._store, target, self._tally, self._meter, suspects)
        try:
            yield from self._store_in_batches(target, storing, suspects)
        finally:
            storing.close()

    def _store_in_batches(self, target: Collection, storing: Storing, suspects: Suspects) -> Iterator[Event]:
        batch: list[Read] = []
        files = done = 0
        for outcome in self._readings():
            if outcome is None:
                yield from storing.finish()
                yield self._meter.progress()
                continue
            source, reading = outcome
            read = self._document(target, source, reading, suspects)
            alone = read is not None and suspects.is_suspected(source.path)
            if batch and (alone or sum(len(document.text) for _, document in batch) >= _BATCH_CHARS):
                yield from storing.write(batch, files, done)
                batch = []
            if alone:
                yield from storing.finish()
            files, done = files + 1, done + source.size
            self._meter.name = os.path.basename(source.path)
            if read is not None:
                batch.append(read)
            if alone:
                yield from storing.write(batch, files, done)
                yield from storing.finish()
                batch = []
            yield self._meter.progress()
        if batch:
            yield from storing.write(batch, files, done)
        yield from storing.finish()
        self._meter.files, self._meter.done = files, done
        yield self._meter.progress()

    def _complete(self, target: Collection) -> Iterator[Event]:
        """Embed the heads of pages that came from a store of an earlier version."""
        if self._catalogue.pages.without_vector(target.id):
            writer = Writer(self._catalogue, self._store.folders.open(target), self._embedder, target)
            for embedded in writer.write_heads():
                self._tally.embedded += embedded
                yield self._meter.progress()

    def _recognise(self, target: Collection) -> Iterator[Event]:
        """Have OCR read what only it can read, and store each document with what it has read."""
        recognition = Recognition(self._store, self._plan, target)
        for event in recognition.documents():
            if isinstance(event, Progress):
                yield event
                continue
            known, reading = event
            source = Source(known.path, known.root, known.size, known.mtime_ns, known.ctime_ns, reading=ingest.VERSION)
            read = self._document(target, source, reading)
            if read is not None:
                writer = Writer(self._catalogue, self._store.folders.open(target), self._embedder, target)
                for embedded in writer.write([cut(self._store, self._tally, *read)]):
                    self._tally.embedded += embedded
                self._tally.count_recognised(known)
        self._tally.noted += recognition.notices(self._tally.pictures_left())

    def _readings(self) -> Iterator[tuple[Source, Reading] | None]:
        """Yield the files that are to be read, in order, with what was read; None while one has to be waited for."""
        plan, sources = self._plan, iter(self._plan.todo.values())
        files = [
            FileToRead(source.path, source.size, plan.known_content(source), source.root)
            for source in plan.todo.values()
        ]
        with contextlib.closing(self._store.readers.read_ahead(files, self._store.limits)) as readings:
            for reading in readings:
                yield None if reading is None else (next(sources), reading)

    def _document(
        self, target: Collection | None, source: Source, reading: Reading, suspects: Suspects | None = None
    ) -> Read | None:
        """Return what is to be stored of a file; None when there is nothing, with the reason noted in `target`."""
        source = dataclasses.replace(source, sha256=reading.digest, needs_ocr=written(reading.needs_ocr))
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
                    self._catalogue.touch(self._plan.known[source.path].id, source)
            self._tally.unchanged += 1
            return None
        return dataclasses.replace(source, kind=document.kind, title=document.title), document

    def _note_unreadable(self, target: Collection | None, source: Source, error: ReadError) -> None:
        known = self._plan.known.get(source.path)
        had = known is not None and known.failure is None
        outcome = self._tally.note_unreadable(source, error)
        if outcome is None:
            return
        failure, is_kept = outcome
        if source.needs_ocr and is_picture(source.path):
            source = dataclasses.replace(source, kind="picture")
        if had and not source.sha256 and error.code in _KEEP_CODES:
            return
        self._tally.removed += had
        if target is None:
            return
        with self._catalogue.transaction():
            if is_kept:
                self._catalogue.put_failure(target, source, failure)
            elif known is not None:
                self._catalogue.remove_documents(target, [known.id])


def _crashed() -> ReadError:
    return ReadError(
        "The engine crashed each time it worked on this document, so it was put aside.",
        "To try again: jupyter localai index --retry.",
        code="crashed_engine",
    )

"""How documents become an index: list the roots, read what changed, cut, embed, store.

One `Indexing` is one run on one collection. Stopping it at any point (closing the generator, an
interrupt, a crash) keeps what is already stored; the next run goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from .config import Config
from .errors import ReadError
from .index.catalogue import Catalogue, Collection, Known, Source
from .index.embed import Embedder
from .index.store import VectorStore
from .index.write import Entry, Writer, settle
from .ingest import chunk
from .ingest.discover import Found, discover
from .ingest.read import load, read
from .schema import Event, Failure, IndexReport, Notice, Progress, Rules, Skipped

_BATCH_CHUNKS = 512
_REPORT_EVERY = 500  # files, while listing
_SKIP_CODES = {"binary": "binary file", "private_key": "may hold secrets"}


class Indexing:
    """One run.

    Parameters
    ----------
    name : str
        The collection's name, for the report.
    target : Collection or None
        Where to write; None for a collection that does not exist yet, in a dry run.
    catalogue : Catalogue
        The record.
    embedder : Embedder
        Counts tokens and embeds.
    open_store : callable
        Opens the vector index; called only when there is something to write.
    config : Config
        For the largest file to read, and for the store, which is never indexed itself.
    dry_run : bool
        Only tell what would happen.
    """

    def __init__(
        self,
        name: str,
        target: Collection | None,
        catalogue: Catalogue,
        embedder: Embedder,
        open_store: Callable[[], VectorStore],
        config: Config,
        dry_run: bool = False,
    ) -> None:
        self._name = name
        self._target = target
        self._catalogue = catalogue
        self._embedder = embedder
        self._open_store = open_store
        self._config = config
        self._dry_run = dry_run or target is None
        self._known = catalogue.documents(target) if target else {}
        self._started = time.perf_counter()
        self._seen: set[str] = set()
        self._todo: dict[str, tuple[Found, str]] = {}
        self._added = self._updated = self._unchanged = self._removed = self._embedded = 0
        self._skipped: list[Skipped] = []
        self._failed: list[Failure] = []
        self._notices: list[Notice] = []

    def run(self, roots: Mapping[str, Rules]) -> Iterator[Event]:
        """Bring the collection up to date with its roots; the last event is the `IndexReport`."""
        for root, rules in roots.items():
            yield from self._list(root, rules)
        yield Progress("list", files=len(self._seen), total_files=len(self._todo))
        if self._dry_run:
            for path in self._todo:
                self._count(path)
        else:
            yield from self._index()
        if not self._seen and not self._failed:
            told = "Look at skipped for what was passed over." if self._skipped else "Check the path."
            self._notices.append(Notice("no_documents", "No readable document was found.", told))
        yield self._report()

    def _list(self, root: str, rules: Rules) -> Iterator[Event]:
        """Note what is new or changed under one root, and take out what is gone."""
        unlisted: list[str] = []
        for item in discover(root, rules, str(self._config.store)):
            if isinstance(item, Skipped):
                self._skipped.append(item)
            elif isinstance(item, Failure):
                self._failed.append(item)
                unlisted.append(item.path)
            elif item.path not in self._seen:
                self._seen.add(item.path)
                self._sort(item, root)
                if len(self._seen) % _REPORT_EVERY == 0:
                    yield Progress("list", files=len(self._seen))
        # what could not be listed may still be there
        gone = [
            known.id
            for known in self._known.values()
            if known.root == root and known.path not in self._seen and not _under(known.path, unlisted)
        ]
        self._removed += len(gone)
        if self._target is not None and not self._dry_run:
            with self._catalogue.transaction():
                if os.path.exists(root):
                    self._catalogue.remember_root(self._target, root, rules)
                self._catalogue.remove_documents(self._target, gone)

    def _sort(self, found: Found, root: str) -> None:
        known = self._known.get(found.path)
        if known is None or known.state == "pending" or (known.size, known.mtime_ns) != (found.size, found.mtime_ns):
            self._todo[found.path] = (found, root)
        elif known.failure is not None:
            self._failed.append(known.failure)
        else:
            self._unchanged += 1

    def _index(self) -> Iterator[Event]:
        assert self._target is not None
        total_bytes = sum(found.size for found, _ in self._todo.values())
        done_bytes = stored_bytes = files = chunks = 0
        batch: list[Entry] = []
        if self._todo:
            yield Progress("load", total_files=len(self._todo))
        writer = Writer(self._catalogue, self._open_store(), self._embedder, self._target) if self._todo else None
        for number, (found, root) in enumerate(self._todo.values(), 1):
            entry = self._read(self._target, found, root)
            done_bytes += found.size
            if entry is not None:
                batch.append(entry)
            waiting = sum(len(c) for _, c in batch)
            if writer and batch and (waiting >= _BATCH_CHUNKS or number == len(self._todo)):
                coming = waiting * (total_bytes - done_bytes) // max(1, done_bytes - stored_bytes)
                for embedded in writer.write(batch, coming):
                    self._embedded += embedded
                    chunks += embedded
                    share = stored_bytes + (done_bytes - stored_bytes) * min(1, embedded / max(1, waiting))
                    yield Progress("index", files, len(self._todo), int(share), total_bytes, chunks)
                for source, _ in batch:
                    self._count(source.path)
                batch = []
                stored_bytes, files = done_bytes, number
            yield Progress("index", files, len(self._todo), stored_bytes, total_bytes, chunks)
        if self._removed or self._todo:
            settle(self._catalogue, self._open_store(), self._target)
            with self._catalogue.transaction():
                self._catalogue.chunks.drop_unused_vectors()

    def _read(self, target: Collection, found: Found, root: str) -> Entry | None:
        """Read and cut one file; None when there is nothing to store, with the reason noted."""
        known = self._known.get(found.path)
        try:
            data = load(found.path, self._config.max_file_bytes)
            digest = hashlib.sha256(data).hexdigest()
            if known is not None and known.state == "ready" and known.sha256 == digest:
                with self._catalogue.transaction():
                    self._catalogue.touch(known.id, found.size, found.mtime_ns)
                self._unchanged += 1
                return None
            document = read(found.path, data)
            chunks = chunk.chunk(document, self._embedder.token_starts, self._embedder.max_tokens)
        except ReadError as error:
            self._note_unreadable(target, found, root, known, error)
            return None
        if not chunks:
            self._skipped.append(Skipped(found.path, "empty"))
        self._notices += [Notice("document", f"{found.path}: {warning}") for warning in document.warnings if chunks]
        source = Source(found.path, root, found.size, found.mtime_ns, digest, document.kind, document.title)
        return source, chunks

    def _note_unreadable(
        self, target: Collection, found: Found, root: str, known: Known | None, error: ReadError
    ) -> None:
        if error.code in _SKIP_CODES:
            self._skipped.append(Skipped(found.path, _SKIP_CODES[error.code]))
            if known is not None:
                with self._catalogue.transaction():
                    self._catalogue.remove_documents(target, [known.id])
            return
        failure = Failure(found.path, error.code, error.message, error.remedy)
        self._failed.append(failure)
        with self._catalogue.transaction():
            source = Source(found.path, root, found.size, found.mtime_ns)
            self._catalogue.put_failure(target, source, failure)

    def _count(self, path: str) -> None:
        known = self._known.get(path)
        if known is None or known.state == "failed":
            self._added += 1
        else:
            self._updated += 1

    def _report(self) -> IndexReport:
        return IndexReport(
            collection=self._name,
            added=self._added,
            updated=self._updated,
            unchanged=self._unchanged,
            removed=self._removed,
            skipped=tuple(self._skipped),
            failed=tuple(self._failed),
            chunks=self._catalogue.chunks.count(self._target.id) if self._target else 0,
            embedded=self._embedded,
            seconds=time.perf_counter() - self._started,
            warnings=tuple(self._notices),
            dry_run=self._dry_run or None,
        )


def _under(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)

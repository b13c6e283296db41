"""A bundle becomes a collection, which is there at once or not at all.

It is built out of sight, and takes its place in one transaction when all of it is there. Where the process ends before,
the next opening of the store drops what was begun.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Sequence

from .. import ingest
from ..bundle.content import Line
from ..bundle.form import Manifest
from ..bundle.process import Bundle
from ..errors import BundleError, StoreError
from ..index import staged
from ..index.catalogue import Source
from ..index.heads import pages_of
from ..index.registry import Collection
from ..index.write import Entry, Writer
from ..ingest import chunk
from ..ingest.readers import FileToRead
from ..paths import lies_in, real
from ..results.passages import Anchor, Chunk, Place
from ..results.projects import BundleInfo, ImportReport, digest
from ..results.reports import Progress
from . import validate
from .store import Store


def inspect(store: Store, path: str) -> BundleInfo:
    """Return what a bundle has, after all of it was checked.

    Raises
    ------
    BundleError
    """
    validate.check_paths([path])
    bundle = Bundle(path)
    bundle.close()
    told = bundle.manifest
    return BundleInfo(
        path,
        told.name,
        told.embedder,
        told.fingerprint,
        told.documents,
        told.chunks,
        bundle.size,
        told.texts,
        told.numbers == "F16",
        told.fingerprint == store.embedder.fingerprint,
    )


def import_(store: Store, path: str, name: str = "", root: str = "") -> Iterator[Progress | ImportReport]:
    """Make a collection of a bundle; the last event is the `ImportReport`.

    Raises
    ------
    BundleError
        As `Bundle`; ``bundle_vectors`` for a dimension that its embedding model does not have; ``bundle_root`` when no
        document is in `root`, or it is missing for a bundle without texts.
    StoreError
        ``collection_exists``; why the store cannot be written.
    UsageError
    """
    started = time.perf_counter()
    store.check_writable()
    validate.check_paths([path, root])
    yield Progress("import")
    bundle = Bundle(path)
    try:
        taking = _Import(store, bundle, path, name or bundle.manifest.name, root)
        report = yield from taking.run()
    finally:
        bundle.close()
        store.restrict()
    yield ImportReport(*report, time.perf_counter() - started)


class _Import:
    def __init__(self, store: Store, bundle: Bundle, path: str, name: str, root: str) -> None:
        self._store = store
        self._catalogue = store.catalogue
        self._bundle = bundle
        self._manifest: Manifest = bundle.manifest
        self._path = path
        self._name = name
        self._root = real(os.path.expanduser(root)) if root else ""
        self._has_vectors = self._manifest.fingerprint == store.embedder.fingerprint
        self._embedded = self._here = self._left_out = self._done = 0
        self._digests = {document.path: document.digest for document in bundle.lock.documents}
        self._rows: list[int] = []  # numbers of the bundle's vectors in the catalogue
        self._check()

    def _check(self) -> None:
        validate.check_name(self._name)
        if self._catalogue.registry.find(self._name) is not None:
            message = f"There is a collection {self._name!r} already."
            raise StoreError(message, "Choose another name: --as NAME.", code="collection_exists")
        if self._root and not any(map(self._is_here, self._digests)):
            message = f"None of the bundle's documents is in {self._root}."
            raise BundleError(message, "Name the folder that has them, or leave out --root.", code="bundle_root")
        if not self._manifest.texts and not self._root:
            message = "The bundle has no texts: they are read from the documents."
            raise BundleError(message, "Name the folder that has them: --root FOLDER.", code="bundle_root")
        if self._has_vectors and self._manifest.vectors:
            dimension = len(self._store.embedder.embed_query("dimension"))
            if self._manifest.dimension != dimension:
                message = f"The bundle's vectors have {self._manifest.dimension} numbers, the model's {dimension}."
                remedy = "Ask whoever made it for another one: jupyter localai export."
                raise BundleError(message, remedy, code="bundle_vectors")

    def run(self) -> Generator[Progress, None, tuple[str, int, int, int, int, int]]:
        """Do it; return what the report begins with."""
        embedder = self._store.embedder
        target = staged.begin(self._catalogue, self._name, embedder.name, embedder.fingerprint)
        try:
            yield from self._fill(target)
            if self._has_vectors:
                yield from self._store.folders.rebuild(target)
            self._store.folders.settle(target)
            with self._catalogue.transaction():
                self._remember_roots(target)
                staged.complete(self._catalogue, target)
        except BaseException:
            staged.drop(self._catalogue)
            self._store.folders.sweep()
            raise
        documents, chunks = self._catalogue.count_in(target), self._catalogue.chunks.count(target.id)
        return self._name, documents, chunks, self._embedded, self._here, self._left_out

    def _fill(self, target: Collection) -> Iterator[Progress]:
        if self._has_vectors:
            self._take_vectors()
        for batch in self._bundle.documents():
            if self._manifest.texts:
                entries: list[Entry] = [(self._source(document), _chunks(lines)) for document, lines in batch]
            else:
                entries = [entry for document, _ in batch if (entry := self._read(document)) is not None]
            rows = {self._place(document["path"]): (document, lines) for document, lines in batch}
            new = []
            with self._catalogue.transaction():
                for source, chunks in entries:
                    document, lines = rows[source.path]
                    if self._is_as_locked(document, lines, chunks):
                        numbers = [self._rows[line["vector"]] for line in lines]
                        heads = self._heads(document, chunks)
                        self._catalogue.put_document(target, source, chunks, numbers, heads)
                    else:
                        new.append((source, chunks))
            yield from self._embed(target, new)
            self._done += sum(len(lines) for _, lines in batch)
            yield Progress("import", self._done, self._manifest.chunks, "chunks")

    def _take_vectors(self) -> None:
        source = self._manifest.files["vectors.safetensors"].sha256
        for vectors in self._bundle.vectors():
            keys = [staged.vector_key(source, len(self._rows) + number) for number in range(len(vectors))]
            with self._catalogue.transaction():
                known = self._catalogue.chunks.put_vectors(keys, vectors)
            self._rows += [known[key] for key in keys]

    def _is_as_locked(self, document: Line, lines: Sequence[Line], chunks: Sequence[Chunk]) -> bool:
        """Whether the bundle's vectors are those of these chunks."""
        if not self._has_vectors or self._manifest.texts:
            return self._has_vectors
        here = digest((c.start, c.end, c.text) for c in chunks)
        return len(lines) == len(chunks) and self._digests[document["path"]] == here

    def _heads(self, document: Line, chunks: Sequence[Chunk]) -> dict[str, int]:
        """Return the vectors of the heads of a document's pages, if the bundle's pages are those found here."""
        pages = pages_of((chunk.anchor, chunk.text + chunk.after) for chunk in chunks)
        heads = [page.head for page in pages if page.head]
        if len(heads) != len(document["heads"]) or self._manifest.reading != ingest.VERSION:
            return {}
        return {head: self._rows[row] for head, row in zip(heads, document["heads"], strict=True) if row is not None}

    def _embed(self, target: Collection, entries: Sequence[Entry]) -> Iterator[Progress]:
        if entries:
            writer = Writer(self._catalogue, self._store.folders.open(target), self._store.embedder, target)
            coming = max(0, self._manifest.chunks - self._done - sum(len(chunks) for _, chunks in entries))
            for embedded in writer.write(entries, coming):
                self._embedded += embedded
                yield Progress("import", self._done, self._manifest.chunks, "chunks")

    # where the documents are ---------------------------------------------------------------------

    def _place(self, path: str) -> str:
        """Return the absolute path of a document: in the folder that was named, else as if the bundle were one."""
        return os.path.join(self._root or self._path, *path.split("/"))

    def _is_here(self, path: str) -> bool:
        """Whether there is a file at a document's path that no link leads to."""
        place = self._place(path)
        return os.path.isfile(place) and os.path.realpath(place) == place

    def _source(self, document: Line) -> Source:
        place = self._place(document["path"])
        if self._root and not lies_in(os.path.realpath(place), [self._root]):
            message = f"A document's path leads out of {self._root} by a link."
            raise BundleError(message, "Name another folder, or leave out --root.", code="bundle_paths")
        size = document["size"]
        self._here += bool(self._root) and self._is_here(document["path"]) and os.path.getsize(place) == size
        return Source(
            place,
            self._root_of(document["path"]),
            size,
            mtime_ns=0,
            sha256=document["sha256"],
            reading=self._manifest.reading,
            kind=document["kind"],
            title=document.get("title", ""),
        )

    def _root_of(self, path: str) -> str:
        if not self._root:
            return self._path
        roots = sorted(root.path for root in self._manifest.roots)
        home = next((root for root in roots if root == "." or lies_in(path, [root])), ".")
        return self._root if home == "." else self._place(home)

    def _read(self, document: Line) -> Entry | None:
        """Read a document of a bundle without texts; None when it is not there as it was."""
        source = self._source(document)
        reading = self._store.readers.read(FileToRead(source.path, source.size, root=self._root), self._store.limits)
        if reading.document is None or reading.digest != source.sha256:
            self._left_out += 1
            return None
        read = reading.document
        embedder = self._store.embedder
        chunks = chunk.chunk(read, embedder.token_starts, embedder.max_tokens)
        about = {"kind": read.kind, "title": read.title, "reading": ingest.VERSION}
        return Source(**{**vars(source), **about}), chunks

    def _remember_roots(self, target: Collection) -> None:
        for root in self._manifest.roots if self._root else ():
            place = self._root if root.path == "." else self._place(root.path)
            if os.path.exists(place) and lies_in(os.path.realpath(place), [self._root]):
                self._catalogue.registry.remember_root(target, place, root.rules)


def _chunks(lines: Sequence[Line]) -> list[Chunk]:
    return [
        Chunk(
            line["start"],
            line["end"],
            line["text"],
            tuple(Place(start, end, Anchor(**anchor)) for start, end, anchor in line["places"]),
            line["context"],
            line["after"],
        )
        for line in lines
    ]

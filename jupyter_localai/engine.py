"""One open store: documents go in through `index`, questions through `search` and `ask`.

The engine knows nothing of who calls it: requests come in as plain values, results and
progress go out as values and events of `schema`. Whoever opens an engine must own the store
(`service.ownership`).
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import privacy
from .answer.extract import extract
from .answer.retrieve import retrieve
from .config import DEFAULT_COLLECTION, Config
from .errors import EmbedderMismatchError, StoreError, UnknownCollectionError, UsageError
from .index import weights
from .index.catalogue import Catalogue, Collection
from .index.embed import Embedder, LocalEmbedder
from .index.store import VectorStore, chroma_stem
from .index.write import settle
from .indexing import Indexing
from .ingest import chunk
from .ingest.discover import matches
from .ingest.read import load, read
from .schema import CollectionInfo, Document, Event, Hits, Passages, Rules, Status

MAX_QUESTION_CHARS = 10_000


class Engine:
    """One open store.

    Parameters
    ----------
    config : Config
        Settings fixed for the engine's life.
    embedder : Embedder, optional
        Another embedding model than the configured one; tests bring their own.

    Raises
    ------
    StoreError
        When the store cannot be created, read or written.
    """

    def __init__(self, config: Config, embedder: Embedder | None = None) -> None:
        self.config = config
        _prepare(config.store)
        self._catalogue = Catalogue(config.store / "catalogue.sqlite")
        self._loaded_embedder = embedder
        self._open_store: VectorStore | None = None

    def close(self) -> None:
        """Release every file of the store."""
        if self._open_store is not None:
            self._open_store.close()
            self._open_store = None
        self._catalogue.close()

    def index(
        self,
        paths: Sequence[str] = (),
        collection: str = DEFAULT_COLLECTION,
        rules: Rules | None = None,
        dry_run: bool = False,
    ) -> Iterator[Event]:
        """Bring a collection up to date with folders and files.

        Parameters
        ----------
        paths : sequence of str
            Roots to add or refresh; none refreshes every root the collection knows.
        collection : str
            Created when it does not exist and `paths` are given.
        rules : Rules, optional
            What to include and exclude under `paths`; remembered for the next refresh.
        dry_run : bool
            Only tell what would happen.

        Yields
        ------
        Progress, then one IndexReport
            Stopping early (closing the generator) keeps what is already indexed.

        Raises
        ------
        UsageError, UnknownCollectionError, EmbedderError, EmbedderMismatchError, StoreError
        """
        _check_name(collection)
        target = self._existing(collection)
        if paths:
            roots = {os.path.realpath(os.path.expanduser(path)): rules or Rules() for path in paths}
            if target is None and not dry_run and any(os.path.exists(root) for root in roots):
                target = self._create(collection)
        elif target is None:
            raise self._unknown(collection)
        else:
            roots = self._catalogue.roots(target)
        run = Indexing(collection, target, self._catalogue, self._embedder(), self._store, self.config, dry_run)
        try:
            yield from run.run(roots)
        finally:
            _restrict(self.config.store)

    def search(self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, files: str | None = None) -> Hits:
        """Return the `k` best hits for `query`.

        Parameters
        ----------
        query : str
            A question or some words; at most 10,000 characters.
        k : int
            How many hits, adjacent chunks counted as one; 1 to 1000.
        collection : str
            Where to search.
        files : str, optional
            Glob; only documents whose path relative to their root, or base name, matches.

        Raises
        ------
        UsageError
            For an empty or far too long query, or `files` that match no document.
        UnknownCollectionError
            With the closest name.
        """
        started = time.perf_counter()
        query = _checked_question(query, k)
        target = self._existing(collection)
        if target is None:
            raise self._unknown(collection)
        hits = retrieve(
            query,
            k,
            catalogue=self._catalogue,
            store=self._store(),
            embedder=self._embedder(),
            collection=target,
            document_ids=self._matching(target, files) if files else None,
        )
        return Hits(query, collection, tuple(hits), time.perf_counter() - started)

    def ask(
        self, question: str, k: int = 6, collection: str = DEFAULT_COLLECTION, files: str | None = None
    ) -> Iterator[Event]:
        """Answer a question from a collection.

        Yields
        ------
        Passages, then one Answer

        Raises
        ------
        UsageError, UnknownCollectionError
            As for `search`.
        """
        started = time.perf_counter()
        hits = self.search(question, k, collection, files)
        yield Passages(hits.hits)
        answer = extract(hits.query, hits.hits, self._embedder())
        yield dataclasses.replace(answer, seconds=time.perf_counter() - started)

    def status(self) -> Status:
        """Return counts, size on disk and how the network is kept out."""
        states = self._catalogue.count_states()
        collections = tuple(self._catalogue.describe())
        return Status(
            documents=self._catalogue.count_documents(),
            chunks=sum(info.chunks for info in collections),
            pending=states.get("pending", 0),
            failed=states.get("failed", 0),
            collections=collections,
            bytes=sum(file.stat().st_size for file in self.config.store.rglob("*") if file.is_file()),
            engine={"pid": os.getpid(), "store": str(self.config.store)},
            privacy={"enforcement": privacy.enforcement()},
        )

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return self._catalogue.describe()

    # parts, opened when first needed -----------------------------------------------------------

    def _embedder(self) -> Embedder:
        if self._loaded_embedder is None:
            c = self.config
            self._loaded_embedder = LocalEmbedder(weights.find(c.embedder), c.device, c.precision, c.threads)
        return self._loaded_embedder

    def _store(self) -> VectorStore:
        if self._open_store is None:
            store = VectorStore(self.config.store / "chroma")
            for collection in self._catalogue.collections():
                store.ensure(collection.chroma_name, _metadata(collection))
                settle(self._catalogue, store, collection)
            self._open_store = store
        return self._open_store

    def _existing(self, name: str) -> Collection | None:
        collection = next((c for c in self._catalogue.collections() if c.name == name), None)
        if collection is not None and collection.fingerprint != self._embedder().fingerprint:
            raise EmbedderMismatchError(
                f"Collection {name!r} was built with the embedding model {collection.embedder}; "
                f"the configured one is {self._embedder().name}.",
                f"Set embedder back to {collection.embedder}, or index into a new collection with -c NAME.",
            )
        return collection

    def _create(self, name: str) -> Collection:
        embedder = self._embedder()
        with self._catalogue.transaction():
            collection = self._catalogue.create_collection(
                name, chroma_stem(name), embedder.name, embedder.fingerprint, chunk.VERSION
            )
        if self._open_store is not None:
            self._open_store.ensure(collection.chroma_name, _metadata(collection))
        return collection

    def _unknown(self, name: str) -> UnknownCollectionError:
        return UnknownCollectionError.for_name(name, [c.name for c in self._catalogue.collections()])

    def _matching(self, collection: Collection, pattern: str) -> list[int]:
        found = []
        for document_id, path, root in self._catalogue.readable(collection):
            relative = os.path.basename(path) if path == root else os.path.relpath(path, root)
            if matches(pattern, relative.replace(os.sep, "/")):
                found.append(document_id)
        if not found:
            raise UsageError(
                f"No document of collection {collection.name!r} matches {pattern!r}.",
                "Check the pattern; for example '*.pdf' or 'reports/*'.",
                code="no_matching_file",
            )
        return found


def read_file(path: str, config: Config) -> Document:
    """Return what a reader sees in one file; needs no store.

    Raises
    ------
    ReadError
        As `ingest.read.read`.
    """
    absolute = os.path.abspath(os.path.expanduser(path))
    return read(absolute, load(absolute, config.max_file_bytes))


def _checked_question(question: str, k: int) -> str:
    if not any(ch.isalnum() for ch in question):
        raise UsageError("The question has no words.", "Ask with at least one word.", code="empty_question")
    if len(question) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION_CHARS:,} are read.",
            "Shorten it, or index the text as a document and ask about it.",
            code="question_too_long",
        )
    if not 1 <= k <= 1000:
        raise UsageError(f"k is {k}; it must lie between 1 and 1000.", "Use -k 10.")
    return question.strip()


def _check_name(collection: str) -> None:
    if not collection.strip() or len(collection) > 200 or not collection.isprintable():
        raise UsageError(
            "A collection's name must be 1 to 200 printable characters.", "Choose another name with -c NAME."
        )


def _metadata(collection: Collection) -> dict[str, Any]:
    return {
        "name": collection.name,
        "embedder": collection.embedder,
        "fingerprint": collection.fingerprint,
        "chunker": collection.chunker_version,
    }


def _prepare(store: Path) -> None:
    """Make the store's folder, private to its owner and invisible to git."""
    try:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        store.chmod(0o700)
        ignore = store / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")
            ignore.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"The store {store} cannot be created ({error.strerror}).",
            "Check the folder's permissions, or set LOCALAI_STORE to another.",
            code="store_unwritable",
        ) from error


def _restrict(store: Path) -> None:
    """Take group and world rights from what Chroma has created."""
    for path in (store, *store.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)

"""Remove documents so that nothing of them stays on disk: no text, no vector, no file name, no answer made of them.

First one transaction removes them from the record and says that cleaning is due; from then on
nobody finds them. Then their remains go: Chroma's folders are thrown away whole (its log, trigram
table and graph cannot be cleaned in place), the keyword indexes are merged, and the catalogue is
written anew. An interrupted cleaning is done when the store is next opened.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from ..errors import StoreError
from ..paths import lies_in
from ..results.reports import ForgetReport, Progress
from . import suspects
from .catalogue import Catalogue
from .folders import ChromaFolders
from .registry import Collection

_DUE = "cleaning due"


def forget(
    paths: Sequence[str], collection: str | None, catalogue: Catalogue, folders: ChromaFolders
) -> Iterator[Progress | ForgetReport]:
    """Forget paths, or a collection, for good; the last event is the `ForgetReport`.

    Raises
    ------
    StoreError
        ``not_indexed`` when nothing of one of the paths is indexed; then nothing has changed.
    """
    started = time.perf_counter()
    if collection is not None:
        documents, chunks = _take_out_collection(catalogue, collection)
        changed: list[Collection] = []
        names = [collection]
    else:
        documents, chunks, changed = _take_out_paths(catalogue, paths)
        names = [c.name for c in changed if c.active]
    yield Progress("scrub")
    clean(catalogue, folders)
    for target in changed:
        yield from folders.rebuild(target)
    yield ForgetReport(documents, chunks, tuple(names), time.perf_counter() - started)


def _take_out_paths(catalogue: Catalogue, paths: Sequence[str]) -> tuple[int, int, list[Collection]]:
    """Take files, or all below folders, out of every collection.

    A path that lies in a folder which stays indexed is kept out of later runs until it is named.

    Returns
    -------
    documents : int
        Distinct files.
    chunks : int
    collections : list of Collection
        Those that changed.
    """
    wanted = {path: _spellings(path) for path in paths}
    everywhere = set[str]().union(*wanted.values())
    documents: set[str] = set()
    chunks, changed = 0, []
    registry = catalogue.registry
    with catalogue.transaction():
        held = {c: ([*registry.roots(c)], catalogue.documents(c)) for c in registry.all()}
        indexed = {path for roots, known in held.values() for path in (*roots, *known)}
        indexed |= catalogue.conversations.paths()
        for path, spellings in wanted.items():
            if not any(lies_in(other, spellings) for other in indexed):
                raise StoreError(
                    f"Nothing of {path!r} is indexed.",
                    "See which folders are: jupyter localai collections.",
                    code="not_indexed",
                )
        # where answers were made of them they were indexed, and may have left remains since
        quoted = catalogue.conversations.forget_paths(lambda path: lies_in(path, everywhere))
        for collection, (roots, known) in held.items():
            if collection.name not in quoted and not any(lies_in(path, everywhere) for path in (*roots, *known)):
                continue
            leaving = [document for path, document in known.items() if lies_in(path, everywhere)]
            documents |= {document.path for document in leaving}
            before = catalogue.chunks.count(collection.id)
            catalogue.remove_documents(collection, [document.id for document in leaving])
            if collection.active:  # else it is another version of what another collection has
                chunks += before - catalogue.chunks.count(collection.id)
            for root in roots:
                if lies_in(root, everywhere):
                    registry.drop_root(collection, root)
            registry.set_folder(collection, "")
            changed.append(collection)
        staying = {root for collection in held for root in registry.roots(collection)}
        for path in everywhere:
            if any(lies_in(path, [root]) for root in staying):
                registry.mark_forgotten(path)
        _say_due(catalogue)
    return len(documents), chunks, changed


def _take_out_collection(catalogue: Catalogue, name: str) -> tuple[int, int]:
    """Take a whole collection out of the record; return how many documents and chunks it had."""
    with catalogue.transaction():
        documents = chunks = 0
        for collection in catalogue.registry.all():
            if collection.name == name:
                if collection.active:
                    documents = len(catalogue.readable(collection))
                    chunks = catalogue.chunks.count(collection.id)
                catalogue.registry.drop(collection)
        catalogue.conversations.forget_collection(name)
        _say_due(catalogue)
    return documents, chunks


def is_due(catalogue: Catalogue) -> bool:
    """Whether something forgotten is still to be cleaned away."""
    return bool(catalogue.rows("SELECT 1 FROM state WHERE key = ?", (_DUE,)))


def clean(catalogue: Catalogue, folders: ChromaFolders) -> None:
    """Remove from the disk what was removed from the record."""
    folders.sweep()
    with catalogue.transaction():
        catalogue.chunks.drop_unused_vectors()
        for collection in catalogue.registry.all():
            catalogue.fulltext.merge(collection.id)
    catalogue.compact()
    with catalogue.transaction():
        catalogue.execute("DELETE FROM state WHERE key = ?", (_DUE,))


def _say_due(catalogue: Catalogue) -> None:
    suspects.clear(catalogue)
    catalogue.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (_DUE,))


def _spellings(path: str) -> set[str]:
    absolute = os.path.abspath(os.path.expanduser(path))
    return {absolute, os.path.realpath(absolute)}

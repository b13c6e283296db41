"""Remove documents so that nothing of them stays on disk: no text, no vector, no file name.

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
from ..schema import ForgetReport, Progress
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
    wanted = [_spellings(path) for path in paths]
    documents: set[str] = set()
    chunks, changed = 0, []
    with catalogue.transaction():
        met: set[int] = set()
        for collection in catalogue.registry.all():
            known = catalogue.documents(collection)
            gone = {path: _covering(path, wanted) for path in known}
            roots = {root: _covering(root, wanted) for root in catalogue.registry.roots(collection)}
            here = {number for number in (*gone.values(), *roots.values()) if number is not None}
            if not here:
                continue
            met |= here
            leaving = [known[path].id for path, number in gone.items() if number is not None]
            documents |= {path for path, number in gone.items() if number is not None}
            before = catalogue.chunks.count(collection.id)
            catalogue.remove_documents(collection, leaving)
            chunks += before - catalogue.chunks.count(collection.id)
            for root, number in roots.items():
                if number is not None:
                    catalogue.registry.drop_root(collection, root)
            catalogue.registry.set_folder(collection, "")
            changed.append(collection)
        for number, spellings in enumerate(wanted):
            if number not in met:
                raise StoreError(
                    f"Nothing of {paths[number]!r} is indexed.",
                    "See which folders are: jupyter localai collections.",
                    code="not_indexed",
                )
            for path in spellings:
                if any(_lies_in(path, root) for c in catalogue.registry.all() for root in catalogue.registry.roots(c)):
                    catalogue.registry.mark_forgotten(path)
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
            catalogue.chunks.merge_keywords(collection.id)
    catalogue.compact()
    with catalogue.transaction():
        catalogue.execute("DELETE FROM state WHERE key = ?", (_DUE,))


def _say_due(catalogue: Catalogue) -> None:
    catalogue.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (_DUE,))


def _spellings(path: str) -> set[str]:
    absolute = os.path.abspath(os.path.expanduser(path))
    return {absolute, os.path.realpath(absolute)}


def _covering(path: str, wanted: Sequence[set[str]]) -> int | None:
    """Return which of the wanted paths is `path` or a folder above it."""
    return next((n for n, spellings in enumerate(wanted) if any(_lies_in(path, s) for s in spellings)), None)


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)

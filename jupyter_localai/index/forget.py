"""Remove documents so that nothing of them stays on disk: no text, no vector, no file name, no answer made of them.

First one transaction removes them from the record and notes that cleaning is due; from then on
nothing finds them. Then their remains go: Chroma's folders are deleted whole (its log, trigram
table and graph cannot be cleaned in place), the keyword indexes are merged, and the catalogue is
rewritten. An interrupted cleaning is done when the store is next opened.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence

from ..paths import lies_in
from ..results.reports import CompactReport, ForgetReport, Progress
from . import suspects
from .catalogue import Catalogue
from .folders import ChromaFolders
from .leaving import Leaving, of_collection, of_paths
from .registry import Collection

_DUE = "cleaning due"
_QUICK_CHUNKS = 20_000  # to be given to Chroma again
_QUICK_BYTES = 1 << 28  # of the catalogue, which is written anew


def preview(paths: Sequence[str], collection: str | None, catalogue: Catalogue) -> ForgetReport:
    """Return what `forget` would remove, and change nothing.

    Raises
    ------
    StoreError
        As `forget`.
    """
    started = time.perf_counter()
    return dataclasses.replace(_counted(_leaving(paths, collection, catalogue), catalogue, started), dry_run=True)


def _counted(leaving: Leaving, catalogue: Catalogue, started: float) -> ForgetReport:
    active = {c: found for c, found in leaving.documents.items() if c.active}
    chunks = catalogue.chunks.count_of([document.id for found in active.values() for document in found])
    names = tuple(sorted(c.name for c, found in active.items() if found))
    answers, conversations = catalogue.conversations.count_from(leaving.turns)
    seconds = time.perf_counter() - started
    return ForgetReport(len(leaving.files), chunks, names, seconds, answers, conversations)


def forget(
    paths: Sequence[str], collection: str | None, catalogue: Catalogue, folders: ChromaFolders
) -> Iterator[Progress | ForgetReport]:
    """Forget for good: paths, in one collection or in all, or a whole collection; the last event is the `ForgetReport`.

    Raises
    ------
    StoreError
        ``not_indexed`` when nothing of one of the paths can be in the store; then nothing has changed.
    """
    started = time.perf_counter()
    with catalogue.transaction():
        leaving = _leaving(paths, collection, catalogue)
        report = _counted(leaving, catalogue, started)
        changed = _take_out_paths(catalogue, leaving) if paths else _take_out_collection(catalogue, leaving)
        catalogue.conversations.forget_turns(leaving.turns)
        suspects.clear(catalogue)
        catalogue.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (_DUE,))
    yield Progress("scrub")
    clean(catalogue, folders)
    for target in changed:
        yield from folders.rebuild(target)
    if not paths:
        names = report.collections or tuple(leaving.quoted)
    else:
        names = tuple(c.name for c in changed if c.active and leaving.files)
    yield dataclasses.replace(report, collections=names, seconds=time.perf_counter() - started)


def _leaving(paths: Sequence[str], collection: str | None, catalogue: Catalogue) -> Leaving:
    if not paths and collection is not None:
        return of_collection(catalogue, collection)
    return of_paths(catalogue, paths, collection)


def _take_out_paths(catalogue: Catalogue, leaving: Leaving) -> list[Collection]:
    """Take files, or all below folders, out of collections.

    A path that lies in a folder which stays indexed is kept out of later runs until it is named.

    Returns
    -------
    list of Collection
        Those that changed, and those in whose files something may be left of what was taken out before.
    """
    changed, registry = [], catalogue.registry
    touched = leaving.quoted | {collection.name for collection in registry.with_remains()}
    for collection, documents in leaving.documents.items():
        left = leaving.roots[collection]
        if documents or left or collection.name in touched:
            catalogue.remove_documents(collection, [document.id for document in documents])
            for root in left:
                registry.drop_root(collection, root)
                registry.mark_former_root(root)
            registry.set_folder(collection, "")
            changed.append(collection)
        staying = registry.roots(collection)
        for path in leaving.paths:
            if lies_in(path, staying):
                registry.mark_forgotten(collection.name, path)
    return changed


def _take_out_collection(catalogue: Catalogue, leaving: Leaving) -> list[Collection]:
    """Take a whole collection, in every version, out of the record."""
    for collection, roots in leaving.roots.items():
        for root in roots:
            catalogue.registry.mark_former_root(root)
        catalogue.registry.drop(collection)
    return []


def compact(catalogue: Catalogue, folders: ChromaFolders) -> Iterator[Progress | CompactReport]:
    """Clean away what is left in files of documents that were deleted or changed; the last event is the report.

    Folders are built beside those in use, so that search goes on, and an interrupted cleaning is done again.
    """
    started = time.perf_counter()
    targets = catalogue.registry.with_remains()
    for target in targets:
        yield from folders.rebuild(target)
    yield Progress("scrub")
    clean(catalogue, folders, targets)
    names = tuple(dict.fromkeys(target.name for target in targets))
    yield CompactReport(names, time.perf_counter() - started)


def is_quick(catalogue: Catalogue) -> bool:
    """Whether there is something for `compact` to do, and it takes some seconds only."""
    targets = catalogue.registry.with_remains()
    few = sum(catalogue.chunks.count(target.id) for target in targets) <= _QUICK_CHUNKS
    return bool(targets) and few and catalogue.path.stat().st_size <= _QUICK_BYTES


def is_due(catalogue: Catalogue) -> bool:
    """Whether something forgotten is still to be cleaned away."""
    return bool(catalogue.rows("SELECT 1 FROM state WHERE key = ?", (_DUE,)))


def clean(catalogue: Catalogue, folders: ChromaFolders, fresh: Sequence[Collection] = ()) -> None:
    """Remove from the disk what was removed from the record.

    Parameters
    ----------
    fresh : sequence of Collection
        Collections whose folders were just built anew; those without one count, too.
    """
    folders.sweep()
    with catalogue.transaction():
        catalogue.chunks.drop_unused_vectors()
        catalogue.recognised.drop_unused()
        for collection in catalogue.registry.all():
            catalogue.fulltext.merge(collection.id)
    catalogue.compact()
    with catalogue.transaction():
        catalogue.execute("DELETE FROM state WHERE key = ?", (_DUE,))
        done = [c.id for c in catalogue.registry.all() if not c.folder] + [c.id for c in fresh]
        catalogue.registry.clear_remains(done)

"""Remove documents so that nothing of them stays on disk: no text, no vector, no file name, no answer made of them.

First one transaction removes them from the record and notes that cleaning is due; from then on
nothing finds them. Then their remains go: Chroma's folders are deleted whole (its log, trigram
table and graph cannot be cleaned in place), the keyword indexes are merged, and the catalogue is
rewritten. An interrupted cleaning is done when the store is next opened.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from ..errors import StoreError
from ..paths import lies_in
from ..results.reports import CompactReport, ForgetReport, Progress
from . import suspects
from .catalogue import Catalogue, DocumentRecord
from .folders import ChromaFolders
from .registry import Collection
from .shared_text import sharing

_DUE = "cleaning due"
_QUICK_CHUNKS = 20_000  # to be given to Chroma again
_QUICK_BYTES = 1 << 28  # of the catalogue, which is written anew


def forget(
    paths: Sequence[str], collection: str | None, catalogue: Catalogue, folders: ChromaFolders
) -> Iterator[Progress | ForgetReport]:
    """Forget paths, or a collection, for good; the last event is the `ForgetReport`.

    Raises
    ------
    StoreError
        ``not_indexed`` when nothing of one of the paths can be in the store; then nothing has changed.
    """
    started = time.perf_counter()
    before = catalogue.conversations.turns()
    if collection is not None:
        documents, chunks = _take_out_collection(catalogue, collection)
        changed: list[Collection] = []
        names = [collection]
    else:
        documents, chunks, changed = _take_out_paths(catalogue, paths)
        names = [c.name for c in changed if c.active and documents]
    after = catalogue.conversations.turns()
    fewer = [count - after.get(talk, 0) for talk, count in before.items() if count > after.get(talk, 0)]
    yield Progress("scrub")
    clean(catalogue, folders)
    for target in changed:
        yield from folders.rebuild(target)
    yield ForgetReport(documents, chunks, tuple(names), time.perf_counter() - started, sum(fewer), len(fewer))


def _take_out_paths(catalogue: Catalogue, paths: Sequence[str]) -> tuple[int, int, list[Collection]]:
    """Take files, or all below folders, out of every collection.

    A path that lies in a folder which stays indexed is kept out of later runs until it is named.

    Returns
    -------
    documents : int
        Distinct files.
    chunks : int
    collections : list of Collection
        Those that changed, and those in whose files something may be left of what was taken out before.
    """
    everywhere = set[str]().union(*(_spellings(path) for path in paths))
    documents: set[str] = set()
    chunks, changed = 0, []
    registry = catalogue.registry
    with catalogue.transaction():
        held = {c: ([*registry.roots(c)], catalogue.documents(c)) for c in registry.all()}
        _refuse_unknown(paths, catalogue, held)
        leaving = {c: [d for path, d in known.items() if lies_in(path, everywhere)] for c, (_, known) in held.items()}
        shared = sharing(catalogue, [document.id for found in leaving.values() for document in found])
        # where answers were made of them they were indexed, and may have left remains since
        quoted = catalogue.conversations.forget_paths(lambda path: lies_in(path, everywhere))
        catalogue.conversations.forget_turns(shared)
        quoted |= {collection.name for collection in registry.with_remains()}
        for collection, (roots, _) in held.items():
            left = [root for root in roots if lies_in(root, everywhere)]
            if not leaving[collection] and not left and collection.name not in quoted:
                continue
            documents |= {document.path for document in leaving[collection]}
            before = catalogue.chunks.count(collection.id)
            catalogue.remove_documents(collection, [document.id for document in leaving[collection]])
            if collection.active:  # else it is another version of what another collection has
                chunks += before - catalogue.chunks.count(collection.id)
            for root in left:
                registry.drop_root(collection, root)
                registry.mark_former_root(root)
            registry.set_folder(collection, "")
            changed.append(collection)
        staying = {root for collection in held for root in registry.roots(collection)}
        for path in everywhere:
            if any(lies_in(path, [root]) for root in staying):
                registry.mark_forgotten(path)
        _say_due(catalogue)
    return len(documents), chunks, changed


def _refuse_unknown(
    paths: Sequence[str], catalogue: Catalogue, held: Mapping[Collection, tuple[list[str], dict[str, DocumentRecord]]]
) -> None:
    """Refuse a path of which nothing can be in the store: no document, no answer, and it never lay in a root."""
    roots = {root for roots, _ in held.values() for root in roots}
    indexed = roots | {path for _, known in held.values() for path in known} | catalogue.conversations.paths()
    for path in paths:
        spellings = _spellings(path)
        if any(lies_in(other, spellings) for other in indexed) or any(lies_in(path, roots) for path in spellings):
            continue
        if not any(catalogue.registry.lay_in_root(spelling) for spelling in spellings):
            raise StoreError(
                f"Nothing of {path!r} is indexed.",
                "See which folders are: jupyter localai collections.",
                code="not_indexed",
            )


def _take_out_collection(catalogue: Catalogue, name: str) -> tuple[int, int]:
    """Take a whole collection out of the record; return how many documents and chunks it had."""
    registry = catalogue.registry
    with catalogue.transaction():
        documents = chunks = 0
        going = [collection for collection in registry.all() if collection.name == name]
        staying = {path for c in registry.all() if c.name != name for path in catalogue.documents(c)}
        leaving = [d.id for c in going for path, d in catalogue.documents(c).items() if path not in staying]
        shared = sharing(catalogue, leaving)
        for collection in going:
            if collection.active:
                documents = len(catalogue.readable(collection))
                chunks = catalogue.chunks.count(collection.id)
            for root in registry.roots(collection):
                registry.mark_former_root(root)
            registry.drop(collection)
        catalogue.conversations.forget_collection(name)
        catalogue.conversations.forget_turns(shared)
        _say_due(catalogue)
    return documents, chunks


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


def _say_due(catalogue: Catalogue) -> None:
    suspects.clear(catalogue)
    catalogue.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (_DUE,))


def _spellings(path: str) -> set[str]:
    absolute = os.path.abspath(os.path.expanduser(path))
    return {absolute, os.path.realpath(absolute)}

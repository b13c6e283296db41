"""Rebuild vector indexes: from the catalogue, or from the files when the embedding model was changed."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Generator, Iterator, Mapping, Sequence

from ..errors import StoreError
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..paths import above
from ..results.files import Failure, Rules
from ..results.reports import Event, IndexReport, RebuildReport
from . import attachments
from .indexing import run
from .listing import look
from .plan import Task
from .store import Store

_UNKNOWN_CODES = ("permission_denied", "unreadable", "not_found", "disk_away")


def rebuild(store: Store, name: str | None) -> Iterator[Event]:
    """Rebuild the collection of that name, or all, one by one; the last event is the `RebuildReport`.

    Raises
    ------
    UnknownCollectionError
    StoreError
        ``root_missing`` when the embedding model was changed and a folder to read is not there;
        ``permission_denied`` or ``unreadable`` when something in it cannot be read that could be before.
    """
    started = time.perf_counter()
    store.check_writable()
    catalogue = store.catalogue
    targets = catalogue.registry.active() if name is None else [store.collection(name)]
    if name is not None and targets[0].fingerprint != store.embedder.fingerprint:
        attachments.refuse(store, name)
    embedded, failed = 0, list[Failure]()
    for target in targets:
        if target.fingerprint == store.embedder.fingerprint:
            _drop_staged(target, catalogue)
            yield from store.folders.rebuild(target)
        elif catalogue.origins.get(target.id) is None:
            report = yield from _switch_embedder(store, target)
            embedded += report.embedded
            failed += report.failed
    with catalogue.transaction():
        catalogue.chunks.drop_unused_vectors()
        for collection in catalogue.registry.all():
            catalogue.fulltext.merge(collection.id)
    catalogue.compact()
    names = {target.name for target in targets}
    infos = [info for info in catalogue.describe() if info.name in names]
    yield RebuildReport(
        collections=tuple(info.name for info in infos),
        documents=sum(info.documents for info in infos),
        chunks=sum(info.chunks for info in infos),
        embedded=embedded,
        failed=tuple(failed),
        seconds=time.perf_counter() - started,
    )


def _switch_embedder(store: Store, old: Collection) -> Generator[Event, None, IndexReport]:
    """Build a collection beside the old one, then let it take the old one's place.

    When interrupted, the old one stays in use and the next attempt goes on with the new one.
    """
    catalogue = store.catalogue
    roots = catalogue.registry.roots(old)
    for root in roots:
        if not os.path.exists(root):
            raise StoreError(
                f"{root} is not there, and its documents have to be read again for another embedding model.",
                f"Bring it back, or take it out of the index: jupyter localai forget {shlex.quote(root)}.",
                code="root_missing",
            )
    staged = catalogue.registry.find(old.name, active=False)
    if staged is None or staged.fingerprint != store.embedder.fingerprint:
        _drop_staged(old, catalogue)
        staged = store.create(old.name, active=False)
    else:
        _drop_roots(staged, roots, catalogue)
    report = IndexReport(old.name)
    plan = yield from look(store, Task(old.name, staged, roots))
    for event in run(store, plan, staged):
        if isinstance(event, IndexReport):
            report = event
        else:
            yield event
    _refuse_loss(old, report.failed, catalogue)
    with catalogue.transaction():
        catalogue.registry.replace(old, staged)
        catalogue.chunks.drop_unused_vectors()
    store.folders.sweep()
    return report


def _refuse_loss(old: Collection, failed: Sequence[Failure], catalogue: Catalogue) -> None:
    """Refuse to replace a collection with documents that cannot be read now."""
    unknown = {failure.path: failure for failure in failed if failure.code in _UNKNOWN_CODES}
    for _, path, _ in catalogue.readable(old):
        for place in (path, *above(path)):
            if place in unknown:
                raise StoreError(
                    f"{place} cannot be read now, and has to be for another embedding model.",
                    f"{unknown[place].remedy} Or take it out: jupyter localai forget {shlex.quote(place)}.",
                    code=unknown[place].code,
                )


def _drop_roots(staged: Collection, roots: Mapping[str, Rules], catalogue: Catalogue) -> None:
    """Take out roots that the old one no longer has; their texts keep their vectors until the end."""
    dropped = catalogue.registry.roots(staged).keys() - roots.keys()
    with catalogue.transaction():
        for root in dropped:
            catalogue.registry.drop_root(staged, root)
        leaving = [known.id for known in catalogue.documents(staged).values() if known.root in dropped]
        catalogue.remove_documents(staged, leaving)


def _drop_staged(collection: Collection, catalogue: Catalogue) -> None:
    staged = catalogue.registry.find(collection.name, active=False)
    if staged is not None:
        with catalogue.transaction():
            catalogue.registry.drop(staged)

"""Make vector indexes anew: from the catalogue, or from the files when the embedding model was changed."""

from __future__ import annotations

import itertools
import os
import shlex
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import PurePath

from ..config import Config
from ..embed.base import Embedder
from ..errors import StoreError
from ..index.catalogue import Catalogue
from ..index.folders import ChromaFolders
from ..index.registry import Collection
from ..index.store import chroma_stem
from ..ingest.readers import Readers
from ..results.passages import Failure, Rules
from ..results.reports import Event, IndexReport, RebuildReport
from .indexing import Indexing

_UNKNOWN_CODES = ("permission_denied", "unreadable", "not_found")


def rebuild(
    targets: Sequence[Collection],
    catalogue: Catalogue,
    folders: ChromaFolders,
    embedder: Embedder,
    readers: Readers,
    config: Config,
) -> Iterator[Event]:
    """Rebuild collections one by one; the last event is the `RebuildReport`.

    Raises
    ------
    StoreError
        ``root_missing`` when the embedding model was changed and a folder to read is not there;
        ``permission_denied`` or ``unreadable`` when something in it cannot be read that could be before.
    """
    started = time.perf_counter()
    embedded, failed = 0, list[Failure]()
    for target in targets:
        if target.fingerprint == embedder.fingerprint:
            _drop_staged(target, catalogue)
            yield from folders.rebuild(target)
        else:
            report = yield from _switch_embedder(target, catalogue, folders, embedder, readers, config)
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


def _switch_embedder(
    old: Collection,
    catalogue: Catalogue,
    folders: ChromaFolders,
    embedder: Embedder,
    readers: Readers,
    config: Config,
) -> Generator[Event, None, IndexReport]:
    """Build a collection beside the old one, then let it take the old one's place.

    When interrupted, the old one stays in use and the next attempt goes on with the new one.
    """
    roots = catalogue.registry.roots(old)
    for root in roots:
        if not os.path.exists(root):
            raise StoreError(
                f"{root} is not there, and its documents have to be read again for another embedding model.",
                f"Bring it back, or take it out of the index: jupyter localai forget {shlex.quote(root)}.",
                code="root_missing",
            )
    staged = catalogue.registry.find(old.name, active=False)
    if staged is None or staged.fingerprint != embedder.fingerprint:
        _drop_staged(old, catalogue)
        with catalogue.transaction():
            staged = catalogue.registry.create(
                old.name, chroma_stem(old.name), embedder.name, embedder.fingerprint, active=False
            )
    else:
        _drop_roots(staged, roots, catalogue)
    report = IndexReport(old.name)
    run = Indexing(old.name, staged, catalogue, folders, embedder, readers, config)
    for event in itertools.chain(run.look(roots), run.run(staged)):
        if isinstance(event, IndexReport):
            report = event
        else:
            yield event
    _refuse_loss(old, report.failed, catalogue)
    with catalogue.transaction():
        catalogue.registry.replace(old, staged)
        catalogue.chunks.drop_unused_vectors()
    folders.sweep()
    return report


def _refuse_loss(old: Collection, failed: Sequence[Failure], catalogue: Catalogue) -> None:
    """Refuse to replace a collection that has documents of which nobody can tell now what is in them."""
    unknown = {failure.path: failure for failure in failed if failure.code in _UNKNOWN_CODES}
    for _, path, _ in catalogue.readable(old):
        for place in (path, *map(str, PurePath(path).parents)):
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

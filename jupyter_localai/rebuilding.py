"""Make vector indexes anew: from the catalogue, or from the files when the embedding model was changed."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Sequence

from .config import Config
from .errors import StoreError
from .index.catalogue import Catalogue
from .index.embed import Embedder
from .index.folders import ChromaFolders
from .index.registry import Collection
from .index.store import chroma_stem
from .indexing import Indexing
from .ingest.readers import Readers
from .schema import Event, Failure, IndexReport, RebuildReport


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
        ``root_missing`` when the embedding model was changed and a folder to read is not there.
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
        for collection in catalogue.registry.all():
            catalogue.chunks.merge_keywords(collection.id)
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
                f"Bring it back, or take it out of the index: jupyter localai forget {root}.",
                code="root_missing",
            )
    staged = catalogue.registry.find(old.name, active=False)
    if staged is None or staged.fingerprint != embedder.fingerprint:
        _drop_staged(old, catalogue)
        with catalogue.transaction():
            staged = catalogue.registry.create(
                old.name, chroma_stem(old.name), embedder.name, embedder.fingerprint, active=False
            )
    report = IndexReport(old.name)
    for event in Indexing(old.name, staged, catalogue, folders, embedder, readers, config).run(roots):
        if isinstance(event, IndexReport):
            report = event
        else:
            yield event
    with catalogue.transaction():
        catalogue.registry.replace(old, staged)
        catalogue.chunks.drop_unused_vectors()
    folders.sweep()
    return report


def _drop_staged(collection: Collection, catalogue: Catalogue) -> None:
    staged = catalogue.registry.find(collection.name, active=False)
    if staged is not None:
        with catalogue.transaction():
            catalogue.registry.drop(staged)

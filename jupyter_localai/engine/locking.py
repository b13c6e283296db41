"""What a lock says of the documents under some roots: their contents, and how the index has cut them."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping

from .. import ingest
from ..errors import UsageError
from ..index.catalogue import Catalogue, DocumentRecord
from ..paths import inside, lies_in
from ..results.files import Rules
from ..results.projects import Lock, LockedDocument, digest
from ..results.reports import Progress
from . import validate
from .listing import content_hash, look
from .plan import Task
from .store import Store


def lock(store: Store, folder: str, roots: Mapping[str, Rules], collection: str) -> Iterator[Progress | Lock]:
    """Describe the documents under `roots`, which lie in `folder`, as they are on disk now; changes nothing.

    Yields
    ------
    Progress, then one Lock
        A document whose content the collection does not have has no ``chunks``.

    Raises
    ------
    UsageError
        For a root outside the folder.
    """
    validate.check_name(collection)
    validate.check_paths(list(roots))
    folder = os.path.realpath(folder)
    named = {os.path.realpath(root): rules for root, rules in roots.items()}
    outside = [root for root in named if not lies_in(root, [folder])]
    if outside:
        raise UsageError(f"{outside[0]} is outside the project's folder.", "Name folders in it.")
    found = []
    if named:
        found = yield from _documents(store, folder, named, collection)
    embedder = store.embedder
    yield Lock(embedder.name, embedder.fingerprint, ingest.VERSION, tuple(sorted(found, key=lambda d: d.path)))


def _documents(
    store: Store, folder: str, roots: Mapping[str, Rules], collection: str
) -> Generator[Progress, None, list[LockedDocument]]:
    target = store.catalogue.registry.find(collection)
    is_same_model = target is not None and target.fingerprint == store.embedder.fingerprint
    plan = yield from look(store, Task(collection, target, roots, dry_run=True, only=frozenset(roots)))
    contents: dict[str, str] = {}
    known = {path: record for path, record in plan.known.items() if lies_in(path, roots) and path not in plan.todo}
    for record in plan.gone:
        known.pop(record.path, None)
    for record, source in plan.moved:
        known.pop(record.path, None)
        known[source.path] = record
    for number, path in enumerate(plan.todo, 1):
        contents[path] = content_hash(path, store.config)
        before = plan.known.get(path)
        if before is not None and before.reading == ingest.VERSION and before.sha256 == contents[path]:
            known[path] = before
        if number % 100 == 0:
            yield Progress("list", number, len(plan.todo))
    described = [LockedDocument(inside(path, folder), contents[path]) for path in contents if path not in known]
    for number, (path, record) in enumerate(known.items(), 1):
        described.append(_described(store.catalogue, inside(path, folder), record, is_same_model))
        if number % 100 == 0:
            yield Progress("list", number, len(known))
    return described


def _described(catalogue: Catalogue, path: str, record: DocumentRecord, is_same_model: bool) -> LockedDocument:
    if record.failure is not None:
        return LockedDocument(path, record.sha256, 0, error=record.failure.code)
    if not is_same_model:
        return LockedDocument(path, record.sha256)
    sql = 'SELECT start, "end", text FROM chunks WHERE document_id = ? ORDER BY seq'
    rows = catalogue.rows(sql, (record.id,))
    return LockedDocument(path, record.sha256, len(rows), digest(rows))

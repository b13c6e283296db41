"""A collection follows one on the team's server: it is attached once, out of sight, and brought up to date after that.

Each revision is one transaction. Where the process ends before an attachment is complete, the next opening of the store
drops what was begun; where it ends between two revisions, the next sync goes on from there.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from ..errors import (
    ConfigError,
    EmbedderMismatchError,
    EngineError,
    PrivacyError,
    RemoteError,
    StoreError,
    UsageError,
)
from ..index import staged
from ..index.attached import apply
from ..index.origins import Origin
from ..index.registry import Collection
from ..paths import real
from ..remote.accepted import Accepted
from ..remote.following import count_chunks, follow
from ..remote.key_file import KeyFile
from ..remote.keys import KeyRing
from ..remote.records import Head, Revision
from ..remote.refusals import elsewhere
from ..remote.sealing import ShareKey
from ..remote.shared import Shared
from ..results.reports import Progress
from ..results.shared import AttachReport, AttachWishes, Synced, SyncReport
from . import canaries, validate
from .attachments import attached, described, origin_of
from .store import Store

LOCAL_CHUNKS = 200_000
"""From so many chunks on, vectors stay on the server unless it is said otherwise."""
_FOLDER = "shared"
_WHERE = {"local": "here", "remote": "on the server"}


def attach(store: Store, key_file: str, wishes: AttachWishes) -> Iterator[Progress | AttachReport]:
    """Make a collection that follows one on the server; the last event is the `AttachReport`.

    One that does so already believes those of the key file, too, and is brought up to date, also where its server has
    another address now.

    Raises
    ------
    RemoteError
        ``bad_key_file``, ``key_exposed``, ``key_kept``; ``shared_missing``; as `follow`.
    EmbedderMismatchError
        ``other_embedder``.
    StoreError
        ``collection_exists``; why the store cannot be written.
    UsageError
    """
    started = time.perf_counter()
    store.check_writable()
    validate.check_paths([key_file, wishes.root])
    yield Progress("sync")
    file = KeyFile.read(Path(key_file))
    key = ShareKey(file.secret)
    name = wishes.collection or _name_here(store, file, key)
    validate.check_name(name)
    known = store.catalogue.registry.find(name)
    before = None if known is None else store.catalogue.origins.get(known.id)
    if known is not None and (before is None or (before.name, before.key_id) != (file.name, key.id)):
        message = f"There is a collection {name!r} already."
        raise StoreError(message, "Choose another name: --as NAME.", code="collection_exists")
    if file.fingerprint != store.embedder.fingerprint:
        raise EmbedderMismatchError(
            f"The shared collection {file.name!r} has vectors of the embedding model {file.embedder}; "
            f"the configured one is {store.embedder.name}.",
            f"Set embedder to {file.embedder}; if it is not here: jupyter localai pull-embedder {file.embedder}.",
            code="other_embedder",
        )
    Accepted().check(store.door().address, wishes.yes_to)
    KeyRing().keep_share_key(key.id, file.secret)
    if known is not None and before is not None:
        if wishes.vectors not in ("", before.vectors):
            message = f"Collection {name!r} is attached, with its vectors {_WHERE[before.vectors]}."
            raise UsageError(message, "To have them elsewhere, detach it, and attach it again.", code="attached")
        origin = dataclasses.replace(before, publishers={**before.publishers, **file.publishers})
        with store.catalogue.transaction():
            store.catalogue.origins.put(known.id, origin)
        yield from _caught_up(store, known, dataclasses.replace(origin, address=store.door().address))
        target = known
    else:
        target = yield from _begin(store, name, file, wishes)
    store.restrict()
    counts = store.catalogue.count_in(target), store.catalogue.chunks.count(target.id)
    yield AttachReport(name, *counts, described(store, target), time.perf_counter() - started)


def _name_here(store: Store, file: KeyFile, key: ShareKey) -> str:
    """Return what the collection is called that follows the one of a key file already; else its name on the server."""
    origins = {each.name: origin_of(store, each.name)[1] for each in attached(store)}
    names = [name for name, origin in origins.items() if (origin.name, origin.key_id) == (file.name, key.id)]
    return file.name if file.name in names or not names else names[0]


def _begin(store: Store, name: str, file: KeyFile, wishes: AttachWishes) -> Generator[Progress, None, Collection]:
    """Build the collection out of sight, then let it answer."""
    catalogue, door, key = store.catalogue, store.door(), ShareKey(file.secret)
    shared = Shared(door, file.name, key, file.publishers)
    vectors = wishes.vectors or ("remote" if count_chunks(shared) >= LOCAL_CHUNKS else "local")
    root = real(os.path.expanduser(wishes.root)) if wishes.root else ""
    root = root or str(store.config.store / _FOLDER / file.name)  # as if they lay there
    dimension = len(store.embedder.embed_query("dimension"))
    origin = Origin(door.address, file.name, key.id, file.publishers, vectors, dimension, root)
    target = staged.begin(catalogue, name, store.embedder.name, store.embedder.fingerprint)
    try:
        for event in follow(shared, Head(), vectors == "local"):
            if isinstance(event, Revision):
                origin = apply(catalogue, target, origin, event)
            else:
                yield event
        yield from store.folders.rebuild(target)
        with catalogue.transaction():
            catalogue.origins.put(target.id, dataclasses.replace(origin, synced=time.time()))
            staged.complete(catalogue, target)
    except BaseException:
        staged.drop(catalogue)
        store.folders.sweep()
        raise
    return target


def sync(store: Store, names: str | Sequence[str] | None = None) -> Iterator[Progress | SyncReport]:
    """Bring attached collections, or all of them, up to date; the last event is the `SyncReport`.

    What is wrong with one is in its part of the report, and in the answers that it gives.

    Raises
    ------
    UnknownCollectionError
    UsageError
        ``not_attached``.
    StoreError
        Why the store cannot be written.
    """
    started = time.perf_counter()
    store.check_writable()
    named = [names] if isinstance(names, str) else names
    targets = attached(store) if named is None else [origin_of(store, name)[0] for name in named]
    done = []
    for target in targets:
        _, origin = origin_of(store, target.name)
        yield Progress("sync", name=target.name)
        put, dropped = 0, 0
        try:
            put, dropped = yield from _caught_up(store, target, origin)
        except (RemoteError, ConfigError, EngineError, PrivacyError) as error:  # it is the server, or the way there
            store.distant.report(target.id, error)
        done.append(Synced(target.name, described(store, target), put, dropped))
    store.restrict()
    yield SyncReport(tuple(done), time.perf_counter() - started)


def _caught_up(store: Store, target: Collection, origin: Origin) -> Generator[Progress, None, tuple[int, int]]:
    """Take in the revisions that are new; return how many documents were put and dropped."""
    catalogue, door, put, dropped = store.catalogue, store.door(), 0, 0
    if door.address != origin.address:  # to which the user has not agreed for this collection
        raise elsewhere(origin.name, origin.address)
    key = ShareKey(KeyRing().share_key(origin.key_id))
    shared = Shared(door, origin.name, key, origin.publishers)
    state, ahead = Head(origin.revision, origin.head), Head(origin.ahead, origin.ahead_head)
    for event in follow(shared, state, origin.vectors == "local", ahead):
        if isinstance(event, Revision):
            origin = apply(catalogue, target, origin, event)
            put, dropped = put + len(event.put), dropped + len(event.drop)
            if origin.vectors == "local":
                store.folders.settle(target)
        else:
            yield event
    if catalogue.chunks.may_have_strays():
        with catalogue.transaction():
            catalogue.chunks.drop_unused_vectors()
    damaged = origin.damaged
    if origin.vectors == "remote" and target.fingerprint == store.embedder.fingerprint:
        damaged = not canaries.sing(store, target, origin)
    with catalogue.transaction():
        catalogue.origins.put(target.id, dataclasses.replace(origin, synced=time.time(), damaged=damaged))
    store.distant.report(target.id, None)
    return put, dropped

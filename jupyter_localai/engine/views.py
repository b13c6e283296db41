"""Lists and counts of a store for people: collections, documents."""

from __future__ import annotations

import dataclasses
import os

from ..index import contents, place
from ..index.contents import Selection
from ..ollama import memory
from ..privacy import guard
from ..results.reports import CollectionInfo, Documents, Status
from . import validate
from .attachments import attached, described
from .store import Store

_SHOWN_FAILURES = 20


def status(store: Store) -> Status:
    """Return counts, size on disk and how the network is kept out."""
    catalogue = store.catalogue
    states = catalogue.count_states()
    listed = tuple(collections(store))
    return Status(
        documents=catalogue.count_documents(),
        chunks=sum(info.chunks for info in listed),
        pending=states.get("pending", 0),
        failed=states.get("failed", 0),
        collections=listed,
        bytes=place.size(store.config.store),
        engine={
            "pid": os.getpid(),
            "store": str(store.config.store),
            "read_only": not store.is_writable,
            "memory_bytes": memory.memory_bytes(),
            "cleaning_due": bool(catalogue.registry.with_remains()),
        },
        privacy={"enforcement": guard.enforcement()},
        failures=tuple(catalogue.failures(_SHOWN_FAILURES)),
    )


def collections(store: Store) -> list[CollectionInfo]:
    """Return every collection with its counts and roots, and attached ones with what is wrong with them."""
    shared = {target.name: described(store, target) for target in attached(store)}
    return [dataclasses.replace(info, shared=shared.get(info.name)) for info in store.catalogue.describe()]


def documents(store: Store, collection: str, chosen: Selection, limit: int, offset: int) -> Documents:
    """Return a part of the documents of a collection, by path.

    Raises
    ------
    UsageError, UnknownCollectionError
    """
    validate.check_paths(chosen.under)
    validate.check_part(limit, offset)
    return contents.documents(store.catalogue, store.collection(collection), chosen, limit, offset)

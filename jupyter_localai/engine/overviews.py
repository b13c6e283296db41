"""What an overview is asked of: documents by their names or paths, or whole collections."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from ..config import DEFAULT_COLLECTION, EVERY_COLLECTION
from . import mentions
from .selecting import called
from .store import Store

_NAMED = 3  # documents, in words


@dataclasses.dataclass(frozen=True)
class Subject:
    """Documents to give an overview of, the collections that have them, and both as a question."""

    documents: tuple[int, ...]
    names: tuple[str, ...]
    question: str


def subject(store: Store, wanted: str | Sequence[str] | None, files: str | Sequence[str] | None) -> Subject:
    """Return the documents that globs mean, or all of the collections that are wanted; each file once.

    Without a collection, documents are looked for in every one.

    Raises
    ------
    UsageError, UnknownCollectionError
    """
    names = store.names(wanted or (EVERY_COLLECTION if files else DEFAULT_COLLECTION))
    collections = [store.collection(name) for name in names]
    ids = mentions.chosen(store.catalogue, collections, "", files)
    chosen = None if ids is None else set(ids)
    found: dict[str, tuple[int, str]] = {}
    for collection in collections:
        for number, path, *_ in store.catalogue.titled(collection):
            if chosen is None or number in chosen:
                found.setdefault(path, (number, collection.name))
    paths = sorted(found)
    having = tuple(name for name in names if any(found[path][1] == name for path in paths))
    return Subject(
        tuple(found[path][0] for path in paths),
        tuple(names) if chosen is None else having,
        f"Summarise {called(names) if chosen is None else _listed(paths)}",
    )


def _listed(paths: Sequence[str]) -> str:
    shown = [os.path.basename(path) for path in paths[:_NAMED]]
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(shown) + more

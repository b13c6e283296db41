"""The flow of a search: check the query, find the hits, and warn of what makes them less reliable."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..answer.rerank import Reranker
from ..answer.retrieve import SearchSpace, retrieve
from ..errors import EmbedderError
from ..index.registry import Collection
from ..results.files import Notice
from ..results.passages import Hits
from ..text import language
from . import attachments, embedder_files, mentions, validate
from .store import Store

Names = str | Sequence[str]


def search(store: Store, query: str, k: int, wanted: Names, files: Names | None) -> Hits:
    """Return the `k` best hits of the collections that are wanted, in the documents that the globs `files` mean.

    Raises
    ------
    UsageError, UnknownCollectionError
    """
    started = time.perf_counter()
    query = validate.check_question(query, k)
    names = store.names(wanted)
    targets, embedder = [store.searchable(name) for name in names], store.embedder
    ids = mentions.chosen(store.catalogue, targets, query, files)
    reranker, missing = _reranker(store)
    try:
        spaces = [
            SearchSpace(store.catalogue, target, store.nearest(target), embedder, own, reranker)
            for target in targets
            if (own := _own(store, target, ids)) != []
        ]
        hits = retrieve(query, k, spaces)
    except Exception:
        there = {collection.id for collection in store.catalogue.registry.active()}
        if all(target.id in there for target in targets):
            raise
        return search(store, query, k, wanted, files)  # one has gone meanwhile, or another has its place
    unread = () if embedder.reads(query) else (language.of_question(embedder.name),)
    warnings = (*attachments.notices(store, names), *unread, *missing, *embedder_files.changed(store))
    return Hits(query, ", ".join(names), tuple(hits), time.perf_counter() - started, warnings or None)


def _reranker(store: Store) -> tuple[Reranker | None, tuple[Notice, ...]]:
    """Return the configured reranker; none, and why, where it cannot be used."""
    try:
        return store.reranker, ()
    except EmbedderError as error:
        message = f"Hits are in their usual order, because the reranker cannot be used: {error.message}"
        remedy = "Bring it with: jupyter localai pull-embedder NAME. Or leave the setting reranker empty."
        return None, (Notice("reranker", message, remedy),)


def _own(store: Store, target: Collection, ids: Sequence[int] | None) -> list[int] | None:
    """Return those documents that a collection has; None for all of it."""
    return None if ids is None else store.catalogue.among(target, ids)

"""The flow of a search: check the query, find the hits, and warn of what makes them less reliable."""

from __future__ import annotations

import time

from ..answer.rerank import Reranker
from ..answer.retrieve import SearchSpace, retrieve
from ..errors import EmbedderError
from ..results.passages import Hits, Notice
from ..text import language
from . import embedder_files, mentions, validate
from .store import Store


def search(store: Store, query: str, k: int, name: str, files: str | None) -> Hits:
    """Return the `k` best hits of the collection of that name, in the documents that the glob `files` means.

    Raises
    ------
    UsageError, UnknownCollectionError
    """
    started = time.perf_counter()
    query = validate.check_question(query, k)
    target, embedder = store.searchable(name), store.embedder
    ids = mentions.chosen(store.catalogue, target, query, files or None)
    reranker, missing = _reranker(store)
    hits = retrieve(query, k, SearchSpace(store.catalogue, target, store.nearest(target), embedder, ids, reranker))
    unread = () if embedder.reads(query) else (language.of_question(embedder.name),)
    warnings = (*unread, *missing, *embedder_files.changed(store))
    return Hits(query, name, tuple(hits), time.perf_counter() - started, warnings or None)


def _reranker(store: Store) -> tuple[Reranker | None, tuple[Notice, ...]]:
    """Return the configured reranker; none, and why, where it cannot be used."""
    try:
        return store.reranker, ()
    except EmbedderError as error:
        message = f"Hits are in their usual order, because the reranker cannot be used: {error.message}"
        remedy = "Bring it with: jupyter localai pull-embedder NAME. Or leave the setting reranker empty."
        return None, (Notice("reranker", message, remedy),)

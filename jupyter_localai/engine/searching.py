"""The flow of a search: check the query, find the hits, and warn of what makes them less reliable."""

from __future__ import annotations

import time

from ..answer.retrieve import SearchSpace, retrieve
from ..results.passages import Hits
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
    hits = retrieve(query, k, SearchSpace(store.catalogue, target, store.nearest(target), embedder, ids))
    unread = () if embedder.reads(query) else (language.of_question(embedder.name),)
    warnings = (*unread, *embedder_files.changed(store))
    return Hits(query, name, tuple(hits), time.perf_counter() - started, warnings or None)

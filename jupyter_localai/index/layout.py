"""Where every chunk of a collection stands, in memory: its document, the place in it, its page, its vector.

A search asks this of hundreds of chunks, and of the thousands that have one of its words. In memory it takes some
80 bytes a chunk; SQLite would take longer than all the rest of the search.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict

import numpy as np
import numpy.typing as npt

from ..embed.base import Array
from .chunks import ChunkTable
from .database import Database
from .pages import PageTable

Ints = npt.NDArray[np.int64]
_KEPT = 4  # collections
NO_PAGE = -1


class Layout:
    """The chunks of one collection, in the order of their documents; a place is a position in this order.

    ``numbers``, ``documents``, ``pages`` and ``vector_ids`` are (n,) arrays. ``owners`` counts documents from 0.
    """

    def __init__(self, rows: Ints, spans: Ints, heads: functools.partial[tuple[Ints, Array]]) -> None:
        self.documents, seqs, self.numbers, self.vector_ids = rows.T.copy()
        self._order = np.argsort(self.numbers, kind="stable")
        self._sorted = self.numbers[self._order]
        self.pages = _pages(self.documents, seqs, spans)
        self._heads = heads

    @functools.cached_property
    def heads(self) -> tuple[Ints, Array]:
        """The pages whose head has a vector, ascending, and these vectors."""
        return self._heads()

    @functools.cached_property
    def owners(self) -> Ints:
        """For each chunk, its document's number among the collection's, from 0."""
        return np.unique(self.documents, return_inverse=True)[1].astype(np.int64)

    @functools.cached_property
    def sizes(self) -> Ints:
        """The number of chunks of each document."""
        return np.bincount(self.owners)

    @functools.cached_property
    def firsts(self) -> Ints:
        """For each chunk, the place of the first in its document that says exactly the same in the same context."""
        said = self.owners * (self.vector_ids.max(initial=0) + 1) + self.vector_ids
        _, first, inverse = np.unique(said, return_index=True, return_inverse=True)
        return first[inverse].astype(np.int64)

    @functools.cached_property
    def _by_page(self) -> Ints:
        return np.argsort(self.pages, kind="stable")

    def places(self, numbers: Ints) -> Ints:
        """Return the places of chunks; those that are not there are left out."""
        if not len(self._sorted):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, numbers), len(self._sorted) - 1)
        there: Ints = self._order[at[self._sorted[at] == numbers]]
        return there

    def of_pages(self, pages: Ints) -> Ints:
        """Return the places of all chunks of some pages."""
        first, last = (np.searchsorted(self.pages, pages, side, self._by_page) for side in ("left", "right"))
        runs = [self._by_page[a:b] for a, b in zip(first, last, strict=True)]
        return np.sort(np.concatenate(runs)) if runs else np.empty(0, np.int64)

    def around(self, places: Ints, reach: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the places next to each, up to `reach` before and after, itself in the middle.

        Returns
        -------
        near : (n, 2 * reach + 1) array of int
        same : (n, 2 * reach + 1) array of bool
            Whether there is one, in the same document.
        """
        near = places[:, None] + np.arange(-reach, reach + 1)
        inside = (near >= 0) & (near < len(self.numbers))
        near = np.clip(near, 0, max(0, len(self.numbers) - 1))
        return near, inside & (self.documents[near] == self.documents[places][:, None])


class Layouts:
    """The layouts that were used last; one that has changed since is read again."""

    def __init__(self, database: Database, chunks: ChunkTable, pages: PageTable) -> None:
        self._db = database
        self._chunks = chunks
        self._pages = pages
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, tuple[tuple[int, int, int], Layout]] = OrderedDict()

    def get(self, collection_id: int) -> Layout:
        """Return the layout of a collection as it is now."""
        with self._lock:
            elsewhere = int(self._db.rows("PRAGMA data_version")[0][0])
            state = (self._chunks.changes, self._pages.changes, elsewhere)
            kept = self._kept.get(collection_id)
            if kept is None or kept[0] != state:
                kept = (state, self._read(collection_id))
                self._kept[collection_id] = kept
            self._kept.move_to_end(collection_id)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return kept[1]

    def _read(self, collection_id: int) -> Layout:
        heads = functools.partial(self._pages.heads, collection_id)
        return Layout(self._chunks.standing(collection_id), self._pages.spans(collection_id), heads)


def _pages(documents: Ints, seqs: Ints, spans: Ints) -> Ints:
    """Return the page of each chunk, `NO_PAGE` for those without."""
    if not len(spans) or not len(documents):
        return np.full(len(documents), NO_PAGE, np.int64)
    owner, first, last, page = spans.T
    at = np.searchsorted((owner << 32) + first, (documents << 32) + seqs, side="right") - 1
    on = (at >= 0) & (owner[at] == documents) & (seqs <= last[at])
    return np.where(on, page[at], NO_PAGE)

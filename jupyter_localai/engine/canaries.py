"""Whether a server still finds its own vectors: some texts are embedded here and asked for, and each must be found.

A Chroma server whose folder of vectors was lost answers all the same, from the little that its log still has.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..index.origins import Origin
from ..index.registry import Collection
from ..index.write import embedded_text
from ..results.passages import Chunk
from .store import Store

_ASKED = 3
_LEAST = 0.999


def sing(store: Store, target: Collection, origin: Origin) -> bool:
    """Whether the server finds as the nearest, for a few stored texts, what says the same.

    Raises
    ------
    RemoteError
    """
    asked = _chosen(store, target)
    known, vectors = store.distant.canaries.get(target.id, ([], ()))
    if asked != known:
        vectors = store.embedder.embed(_texts(store, asked))
        store.distant.canaries[target.id] = asked, vectors
    return all(store.distant.nearest(origin, vector) >= _LEAST for vector in vectors)


def _chosen(store: Store, target: Collection) -> list[int]:
    """Return some chunks, spread evenly."""
    count = store.catalogue.chunks.count(target.id)
    places = {(2 * number + 1) * count // (2 * _ASKED) for number in range(_ASKED if count else 0)}
    sql = "SELECT id FROM chunks WHERE collection_id = ? ORDER BY id LIMIT 1 OFFSET ?"
    return [row[0] for place in sorted(places) for row in store.catalogue.rows(sql, (target.id, place))]


def _texts(store: Store, numbers: Sequence[int]) -> list[str]:
    sql = 'SELECT start, "end", text, context FROM chunks WHERE id IN ({})'
    rows = store.catalogue.rows_in(sql, numbers)
    return [embedded_text(Chunk(start, end, text, (), context)) for start, end, text, context in rows]

"""Try a Chroma folder in a process of its own, since damaged files can crash the one that opens them.

``python -m jupyter_localai.index.check STORE NUMBER`` ends with status 0 when Chroma can read the folder of
collection NUMBER and contains what the catalogue says; any other status means that it does not.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from ..privacy import guard, seccomp
from .catalogue import Catalogue
from .chroma import VectorStore

_AT_ONCE = 1000
_TOLERANCE = 1e-3  # per number of a unit vector
_TRIED_QUERIES = 20


def agrees(catalogue: Catalogue, number: int, root: Path) -> bool:
    """Whether Chroma, in a folder below `root`, holds what the catalogue says of collection `number`.

    What was on its way to Chroma, or out of it, when the last process ended may be there or not.
    """
    collection = next(c for c in catalogue.registry.all() if c.id == number)
    table = catalogue.chunks
    due = table.numbers(number, at_least=1)
    maybe = {*table.numbers(number, below=1), *table.tombstones(number)}
    with closing(VectorStore(root / collection.folder, collection.chroma_name, has_texts=collection.texts)) as store:
        held = set(store.numbers())
        if not held >= set(due) or held - set(due) - maybe:
            return False
        for at in range(0, len(due), _AT_ONCE):
            wanted = table.by_id(due[at : at + _AT_ONCE])
            stored = store.fetch(list(wanted))
            for chunk_id, chunk in wanted.items():
                text, vector = stored[chunk_id]
                if (store.has_texts and text != chunk.text) or not np.allclose(vector, chunk.vector, atol=_TOLERANCE):
                    return False
        for chunk in table.by_id(due[:: max(1, len(due) // _TRIED_QUERIES)]).values():
            nearest = store.query(chunk.vector, 1)
            if not nearest or nearest[0][1] < 1 - _TOLERANCE:
                return False
    return True


def main(store: str, number: str) -> int:
    """Check one collection of a store."""
    guard.refuse_network()
    seccomp.leave_no_image()
    catalogue = Catalogue(Path(store) / "catalogue.sqlite", mode="read")
    return 0 if agrees(catalogue, int(number), Path(store) / "chroma") else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

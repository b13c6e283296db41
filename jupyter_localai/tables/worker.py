"""The process that holds tables and answers what is asked of them.

``python -m jupyter_localai.tables.worker BYTES`` is a process as `privacy.confined` has it. Tables come as the stored
chunks of a document and are kept in memory only, those that were used last.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from ..privacy.confined import serve
from .held import Held, Refused
from .lines import Where, find

_MOST_CELLS = 2_000_000  # in memory beside a larger table; what was used longest ago goes first

_documents: dict[str, list[Held]] = {}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; a document that is not held is ``missing``."""
    name = request["document"]
    if "chunks" in request:
        for other in [other for other in _documents if other.split()[0] == name.split()[0]]:
            del _documents[other]  # an earlier version
        _documents[name] = []  # what cannot be read has no tables
        _documents[name] = _read(request["chunks"])
        _make_room(name)
    if name not in _documents:
        return {"missing": True}
    tables = _documents[name] = _documents.pop(name)
    if "keys" in request:
        return {"found": [table.having(request["keys"]) for table in tables]}
    if "sql" in request:
        table = tables[request["table"]]
        try:
            result: dict[str, Any] = table.run(request["sql"], request["values"], request["most"], request["within"])
            return result
        except Refused as error:
            return {"refused": str(error)}
    if "spans" in request:
        table = tables[request["table"]]
        return {"spans": [(table.starts[number - 1], table.ends[number - 1]) for number in request["spans"]]}
    return {"tables": [table.describe() for table in tables]}


def _read(chunks: list[tuple[int, str, str, str]]) -> list[Held]:
    """Put a document's text together again, and hold its tables."""
    at = 0
    pieces: list[str] = []
    places: list[Where] = []
    for start, text, after, stored in chunks:
        pieces += [" " * (start - at), text, after]
        places += [(a, b, anchor.get("row"), anchor.get("sheet")) for a, b, anchor in json.loads(stored)]
        at = start + len(text) + len(after)
    return [Held(table) for table in find("".join(pieces), places) if table.rows]


def _make_room(new: str) -> None:
    def size() -> int:
        return sum(table.cells for tables in _documents.values() for table in tables)

    while size() > _MOST_CELLS and (oldest := next(iter(_documents))) != new:
        del _documents[oldest]


if __name__ == "__main__":
    gc.disable()  # a table is a million of small objects without a circle, and looking for one takes half of the time
    serve(answer, *map(int, sys.argv[1:3]))

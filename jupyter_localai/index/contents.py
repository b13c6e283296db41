"""The contents of a collection, for people: its documents, filtered and in parts."""

from __future__ import annotations

import dataclasses
import os
import unicodedata
from collections.abc import Sequence

from ..paths import inside, lies_in, real
from ..results.reports import DocumentInfo, Documents, RootInfo
from .catalogue import Catalogue
from .registry import Collection


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which documents of a collection to list: those that fit all that is given.

    ``state`` is one of the states a document can be in; ``name`` stands in its path below its root, in capitals or
    not, or, if it has a ``/``, in its whole path; ``under`` are files, and folders that it lies in.
    """

    state: str | None = None
    name: str = ""
    under: Sequence[str] = ()


def documents(catalogue: Catalogue, collection: Collection, chosen: Selection, limit: int, offset: int) -> Documents:
    """Return `limit` of the documents that were chosen, by path, after the first `offset`."""
    sql = "SELECT id, path, root FROM documents WHERE collection_id = ? AND (? IS NULL OR state = ?) ORDER BY path"
    rows = catalogue.rows(sql, (collection.id, chosen.state, chosen.state))
    if chosen.under:
        folders = {real(os.path.expanduser(path)) for path in chosen.under}
        rows = [row for row in rows if lies_in(row[1], folders)]
    if chosen.name:
        wanted = _plain(chosen.name.replace(os.sep, "/"))  # compared here, since SQLite knows capitals of ASCII only
        whole = "/" in wanted
        named = [row[1].replace(os.sep, "/") if whole else inside(row[1], row[2]) for row in rows]
        rows = [row for row, name in zip(rows, named, strict=True) if wanted in _plain(name)]
    counts = "SELECT root, count(*), sum(state = 'failed') FROM documents WHERE collection_id = ? GROUP BY root"
    by_root = {root: (count, failed) for root, count, failed in catalogue.rows(counts, (collection.id,))}
    return Documents(
        collection.name,
        total=len(rows),
        failed=sum(failed for _, failed in by_root.values()),
        roots=tuple(RootInfo(root, by_root.get(root, (0, 0))[0]) for root in catalogue.registry.roots(collection)),
        items=_described(catalogue, [number for number, *_ in rows[offset : offset + limit]]),
    )


def _described(catalogue: Catalogue, numbers: Sequence[int]) -> tuple[DocumentInfo, ...]:
    sql = """SELECT id, path, root, kind, state, (SELECT count(*) FROM chunks WHERE document_id = d.id),
             title, indexed, code, message, remedy FROM documents d WHERE id IN ({})"""
    rows = {number: row for number, *row in catalogue.rows_in(sql, numbers)}
    described = []
    for number in filter(rows.__contains__, numbers):  # a run may have taken out some of them meanwhile
        path, root, kind, state, chunks, title, indexed, *why = rows[number]
        code, message, remedy = (part or None for part in why)
        described.append(DocumentInfo(path, root, kind, state, chunks, title or None, indexed, code, message, remedy))
    return tuple(described)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()

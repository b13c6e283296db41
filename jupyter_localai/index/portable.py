"""What of a collection can leave its store: documents with their chunks, and which vectors these have."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from .catalogue import Catalogue
from .registry import Collection


@dataclasses.dataclass(frozen=True)
class PortableDocument:
    """A document as it was read: where, what of, and the vectors of the heads of its pages, None where there is none.

    ``chunks`` are rows of start, end, text, context, what follows, places and vector.
    """

    path: str
    root: str
    size: int
    sha256: str
    reading: int
    kind: str
    title: str
    heads: tuple[int | None, ...]
    chunks: tuple[tuple[int, int, str, str, str, Any, int], ...]


def documents(catalogue: Catalogue, collection: Collection, paths: list[str]) -> Iterator[PortableDocument]:
    """Yield the documents of these paths, in this order."""
    of_path = "SELECT id, root, size, sha256, reading, kind, title FROM documents WHERE collection_id = ? AND path = ?"
    of_chunk = """SELECT start, "end", text, context, after, places, vector_id FROM chunks
                  WHERE document_id = ? ORDER BY seq"""
    of_page = "SELECT vector_id FROM pages WHERE document_id = ? AND head != '' ORDER BY first"
    for path in paths:
        for number, root, size, sha256, reading, kind, title in catalogue.rows(of_path, (collection.id, path)):
            heads = tuple(row[0] for row in catalogue.rows(of_page, (number,)))
            chunks = tuple(
                (*told, json.loads(places), row) for *told, places, row in catalogue.rows(of_chunk, (number,))
            )
            yield PortableDocument(path, root, size, sha256, reading, kind, title, heads, chunks)


def versions(catalogue: Catalogue, collection: Collection) -> Iterator[tuple[str, str, int]]:
    """Yield each document that could be read, by path, with a digest of all that `documents` returns of its content.

    The third is how many characters a chunk has at most, with its context and what follows it.
    """
    sql = """SELECT id, path, size, sha256, reading, kind, title FROM documents
             WHERE collection_id = ? AND state != 'failed' ORDER BY path"""
    of_chunk = 'SELECT start, "end", text, context, after, places FROM chunks WHERE document_id = ? ORDER BY seq'
    for number, path, *about in catalogue.rows(sql, (collection.id,)):
        told, most = hashlib.sha256(json.dumps([collection.fingerprint, *about]).encode()), 0
        for row in catalogue.rows(of_chunk, (number,)):
            told.update(json.dumps(row).encode())
            most = max(most, sum(map(len, row[2:5])))
        yield path, told.hexdigest(), most

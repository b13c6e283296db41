"""Take revisions of a shared collection into the catalogue, each in one transaction, so that a crash loses nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Sequence

import numpy as np

from ..embed.base import Array
from ..errors import RemoteError
from ..paths import is_relative
from ..remote.records import Revision, SharedDocument
from ..results.passages import Chunk
from .catalogue import Catalogue, Source
from .distant import TOLERANCE, key
from .heads import pages_of
from .origins import Origin
from .registry import Collection


def apply(catalogue: Catalogue, collection: Collection, origin: Origin, revision: Revision) -> Origin:
    """Put and drop the documents of a revision, and remember that it was taken in; return the origin as it is then.

    Chroma follows as after any other change (`write.settle`); it has nothing to do where the server keeps the vectors.

    Raises
    ------
    RemoteError
        ``shared_damaged`` for vectors that the collection cannot have; then nothing has changed.
    """
    ahead = revision.ahead
    taken = dataclasses.replace(
        origin, revision=revision.number, head=revision.head, ahead=ahead.number, ahead_head=ahead.head
    )
    numbers = {path: number for number, path, _ in catalogue.readable(collection)} if revision.drop else {}
    with catalogue.transaction():
        gone = [numbers[place] for path in revision.drop if (place := place_of(origin, path)) in numbers]
        if gone or revision.put:
            catalogue.chunks.expect_strays()
        catalogue.remove_documents(collection, gone)
        for document in revision.put:
            _put(catalogue, collection, origin, document)
        if origin.vectors == "remote":
            catalogue.chunks.settled(collection.id)
            catalogue.mark_ready(collection)
        catalogue.origins.put(collection.id, taken)
    return taken


def place_of(origin: Origin, path: str) -> str:
    """Return where a document is said to be here.

    Raises
    ------
    RemoteError
        ``shared_damaged`` for a path that leads out of the collection's folder.
    """
    if not is_relative(path):
        raise _damaged("a path that leads elsewhere")
    return os.path.join(origin.root, *path.split("/"))


def _put(catalogue: Catalogue, collection: Collection, origin: Origin, document: SharedDocument) -> None:
    chunks = document.chunks
    if len(document.ids) != len(chunks):
        raise _damaged("a document with more or fewer names than chunks")
    # chunks that say the same have one vector, as where they were indexed
    firsts: dict[tuple[str, str], int] = {}
    same = [firsts.setdefault((chunk.context, chunk.text), at) for at, chunk in enumerate(chunks)]
    keys = [key(collection.id, document.ids[at]) for at in same]
    if origin.vectors == "local":  # the same text keeps its vector when its document changes
        keys = [key(collection.id, _digest(document.path, chunk.context, chunk.text)) for chunk in chunks]
    rows = list(firsts.values())
    if origin.vectors == "remote":
        known = catalogue.chunks.put_distant([keys[at] for at in rows])
    else:
        vectors = _sound(document.vectors, len(chunks), origin)
        known = catalogue.chunks.put_vectors([keys[at] for at in rows], vectors[rows])
    source = Source(
        place_of(origin, document.path),
        origin.root,
        document.size,
        mtime_ns=0,
        sha256=document.sha256,
        reading=document.reading,
        kind=document.kind,
        title=document.title,
    )
    heads = _heads(catalogue, collection, origin, document, chunks)
    catalogue.put_document(collection, source, chunks, [known[each] for each in keys], heads)


def _heads(
    catalogue: Catalogue, collection: Collection, origin: Origin, document: SharedDocument, chunks: Sequence[Chunk]
) -> dict[str, int]:
    """Return the vectors of the heads of a document's pages, if its publisher's pages are those found here."""
    pages = pages_of((chunk.anchor, chunk.text + chunk.after) for chunk in chunks)
    heads = [page.head for page in pages if page.head]
    if len(heads) != len(document.heads):
        return {}
    vectors = {head: vector for head, vector in zip(heads, document.heads, strict=True) if vector is not None}
    if not vectors:
        return {}
    named = {head: key(collection.id, _digest(document.path, head)) for head in vectors}
    sound = _sound(np.stack(list(vectors.values())), len(vectors), origin)
    known = catalogue.chunks.put_vectors(list(named.values()), sound)
    return {head: known[each] for head, each in named.items()}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:26]


def _sound(vectors: Array, count: int, origin: Origin) -> Array:
    vectors = vectors if count else np.zeros((0, origin.dimension), np.float32)
    lengths = np.linalg.norm(vectors, axis=1) if vectors.ndim == 2 else np.empty(0)
    if vectors.shape != (count, origin.dimension) or not (np.abs(lengths - 1) < TOLERANCE).all():
        raise _damaged("vectors of another length or number")
    return vectors


def _damaged(what: str) -> RemoteError:
    message = f"The shared collection cannot be taken in: it has {what}."
    return RemoteError(message, "Ask whoever publishes it to look at it.", code="shared_damaged")

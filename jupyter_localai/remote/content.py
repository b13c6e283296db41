"""A document as what the server holds of it: a body for each chunk, one digest over all, and back again, checked.

A body is JSON with the chunk, a digest of its vector and the vectors of heads of pages. Servers return vectors scaled
to unit length; with the length, which the body tells, half precision is restored to the last bit.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..paths import is_relative
from ..results.base import to_json
from ..results.codec import from_json
from ..results.passages import Chunk, Place
from .records import SharedDocument
from .sealing import canonical

if TYPE_CHECKING:
    from ..results.vectors import Array

    Halves = np.ndarray[tuple[int, ...], np.dtype[np.float16]]


_MOST_TITLE_BYTES, _MOST_KIND_CHARS, _MOST_CHUNKS = 20_000, 40, 10_000_000
_LAST = 2**53


@dataclasses.dataclass(frozen=True)
class Listed:
    """A document as an entry of the log lists it.

    Attributes
    ----------
    version : str
        The publisher's word for this content, to notice a change by.
    content : str
        SHA-256 over the bodies of its chunks.
    chunks : int
        How many there are.
    """

    path: str
    sha256: str
    size: int
    kind: str
    title: str
    reading: int
    version: str
    content: str
    chunks: int

    def check(self) -> None:
        """Raise ValueError for a path that leads out of a folder, or an impossible number or length."""
        numbers = (self.size, self.reading, self.chunks)
        if not is_relative(self.path) or min(numbers) < 0 or self.size > _LAST or self.chunks > _MOST_CHUNKS:
            raise ValueError("a path or a number is impossible")
        if len(self.title.encode()) > _MOST_TITLE_BYTES or len(self.kind) > _MOST_KIND_CHARS:
            raise ValueError("a title is too long")


@dataclasses.dataclass(frozen=True)
class Packed:
    """A document that is ready to be sealed: its line in the log, the bodies, and the vectors beside them."""

    listed: Listed
    bodies: tuple[bytes, ...]
    texts: tuple[str, ...]
    vectors: Array


@dataclasses.dataclass(frozen=True)
class _Body:
    start: int
    end: int
    text: str
    context: str
    after: str
    places: tuple[Place, ...]
    vector: str
    length: float
    heads: tuple[str | None, ...] = ()


def pack(document: SharedDocument, version: str) -> Packed:
    """Return a document as the server gets it; its vectors are rounded to half precision.

    Raises
    ------
    ValueError
        When there is another number of vectors than of chunks, or one is not finite; as `Listed.check`.
    """
    if len(document.vectors) != len(document.chunks) or not np.isfinite(document.vectors).all():
        raise ValueError("each chunk needs a finite vector")
    halves = [_half(vector) for vector in document.vectors]
    heads = [None if head is None else base64.b64encode(_half(head).tobytes()).decode() for head in document.heads]
    last = len(document.chunks) - 1
    bodies = []
    for number, (chunk, half) in enumerate(zip(document.chunks, halves, strict=True)):
        body = {
            "start": chunk.start,
            "end": chunk.end,
            "text": chunk.text,
            "context": chunk.context,
            "after": chunk.after,
            "places": to_json(chunk.places),
            "vector": _digest(half),
            "length": _length(half),
            "heads": heads[number:] if number == last else heads[number : number + 1],
        }
        bodies.append(canonical(body))
    listed = Listed(
        document.path,
        document.sha256,
        document.size,
        document.kind,
        document.title,
        document.reading,
        version,
        content_digest(bodies),
        len(bodies),
    )
    listed.check()
    vectors = np.array(halves, dtype=np.float32) if halves else np.zeros((0, 0), np.float32)
    return Packed(listed, tuple(bodies), tuple(chunk.text for chunk in document.chunks), vectors)


def unpack(
    listed: Listed, bodies: Sequence[bytes], ids: Sequence[str], vectors: Sequence[Array] | None
) -> SharedDocument:
    """Return the document again.

    Parameters
    ----------
    bodies : sequence of bytes
        As many as listed.
    vectors : sequence of array, optional
        What the server returned for each chunk, (dimension,) float32; left out when only texts are wanted.

    Raises
    ------
    ValueError
        When a body or a vector is not what was published.
    """
    if content_digest(bodies) != listed.content:
        raise ValueError("its texts are not those that were published")
    read = [from_json(_Body, json.loads(body)) for body in bodies]
    for body in read:
        (body.text + body.context + body.after).encode()  # half of a pair of surrogates cannot be stored
    chunks = tuple(Chunk(b.start, b.end, b.text, b.places, b.context, b.after) for b in read)
    heads = tuple(None if head is None else _unpacked_head(head) for body in read for head in body.heads)
    rows = np.zeros((0, 0), np.float32)
    if vectors is not None and read:
        rows = _restored(vectors, read)
    return SharedDocument(
        listed.path,
        listed.sha256,
        listed.size,
        listed.kind,
        listed.title,
        listed.reading,
        chunks,
        rows,
        heads,
        tuple(ids),
    )


def content_digest(bodies: Sequence[bytes]) -> str:
    """Return the SHA-256 over bodies, each of which comes after its length."""
    digest = hashlib.sha256()
    for body in bodies:
        digest.update(len(body).to_bytes(8, "big"))
        digest.update(body)
    return digest.hexdigest()


def _restored(vectors: Sequence[Array], bodies: Sequence[_Body]) -> Array:
    """Return the vectors in half precision, as float32; each must have the digest that its body tells."""
    if len({vector.shape for vector in vectors}) != 1:
        raise ValueError("its vectors have several dimensions")
    lengths = np.array([body.length for body in bodies])
    rows = np.stack(vectors).astype(np.float64)
    norms = np.linalg.norm(rows, axis=1)
    scale = np.divide(lengths, norms, out=np.zeros_like(norms), where=norms > 0)
    halves = (rows * scale[:, None]).astype(np.float16) + np.float16(0)
    for half, body in zip(halves, bodies, strict=True):
        if _digest(half) != body.vector:
            raise ValueError("its vectors are not those that were published")
    return np.asarray(halves, np.float32)


def _half(vector: Array) -> Halves:
    return np.asarray(vector, dtype="<f2") + np.float16(0)  # so that there is one zero


def _length(half: Halves) -> float:
    """Return the length, rounded in the same way on every processor."""
    return math.sqrt(math.fsum(number * number for number in half.tolist()))


def _digest(half: Halves) -> str:
    return hashlib.sha256(half.astype("<f2").tobytes()).hexdigest()[:32]


def _unpacked_head(text: str) -> Array:
    try:
        half = np.frombuffer(base64.b64decode(text, validate=True), "<f2")
    except (ValueError, binascii.Error):
        raise ValueError("a head of a page is no vector") from None
    return half.astype(np.float32)

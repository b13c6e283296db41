"""Vectors as SQLite keeps them: in half precision, two bytes a number, little endian.

Rounding moves the cosine of two unit vectors by some hundred-thousandths, less than bfloat16 arithmetic does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..embed.base import Array

_KEPT = "<f2"


def to_blobs(vectors: Array) -> list[bytes]:
    """Return each of (n, dimension) vectors as it is kept."""
    return [row.tobytes() for row in vectors.astype(_KEPT)]


def from_blob(blob: bytes) -> Array:
    """Return a float32 vector."""
    return np.frombuffer(blob, _KEPT).astype(np.float32)


def from_blobs(blobs: Sequence[bytes]) -> Array:
    """Return (n, dimension) float32 vectors of one embedding model; (0, 0) of none."""
    return from_blob(b"".join(blobs)).reshape(len(blobs), -1 if blobs else 0)


def halved(blob: bytes) -> bytes:
    """Return a vector as it is kept from how it was until version 8: float32, little endian."""
    return np.frombuffer(blob, "<f4").astype(_KEPT).tobytes()

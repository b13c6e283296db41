"""The vectors of a collection as arrays, for maps, clusters and whatever else one does with them.

They travel as base64, and become arrays on demand, so that other programs need no numpy.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from .base import DOCUMENT_TEXT, CallResult, Redactable, quoted_field
from .passages import Anchor

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

LIMIT = 5_000
MAX_LIMIT = 50_000
WORDS_CHARS = 120


@dataclasses.dataclass(frozen=True)
class Point:
    """A chunk that has a vector: where it stands, and its first words."""

    chunk_id: str
    path: str
    document: str = dataclasses.field(metadata=DOCUMENT_TEXT)
    start: int
    end: int
    anchor: Anchor
    words: str = dataclasses.field(metadata=DOCUMENT_TEXT)


@dataclasses.dataclass(frozen=True, repr=False)
class Vectors(Redactable, CallResult):
    """Vectors of a collection's chunks, in the order of its documents.

    ``total`` is how many chunks the collection has. When it is more than there are points, these are an even sample
    of it. ``float32`` and ``query_float32`` are the vectors in base64, little-endian, a row after the other;
    ``quoted`` as in `Hit`.
    """

    collection: str
    embedder: str
    dimension: int
    total: int
    points: tuple[Point, ...]
    float32: str
    query_float32: str | None = None
    quoted: bool = quoted_field()

    @functools.cached_property
    def vectors(self) -> Array:
        """The vectors as (n, dimension) float32 of unit length, a row per point."""
        return unpacked(self.float32, self.dimension)

    @functools.cached_property
    def query(self) -> Array | None:
        """The query's vector as (dimension,) float32 of unit length; None when no query was given."""
        return None if self.query_float32 is None else unpacked(self.query_float32, self.dimension)[0]

    @property
    def documents(self) -> list[str]:
        """The document of each point: its title or file name."""
        return [point.document for point in self.points]

    @property
    def chunk_ids(self) -> list[str]:
        """The id of each point's chunk, as in `Hit.chunk_id`."""
        return [point.chunk_id for point in self.points]

    @property
    def places(self) -> list[Anchor]:
        """Where in its document each point stands."""
        return [point.anchor for point in self.points]

    @property
    def texts(self) -> list[str]:
        """The first words of each point."""
        return [point.words for point in self.points]


def packed(vectors: Any) -> str:
    """Return an array of float32, of any shape, in base64."""
    return base64.b64encode(vectors.astype("<f4").tobytes()).decode("ascii")


def unpacked(text: str, dimension: int) -> Array:
    """Return what `packed` was given, as (n, dimension) float32."""
    import numpy as np

    flat = np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)
    return flat.reshape(-1, dimension) if dimension else flat.reshape(0, 0)

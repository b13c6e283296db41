"""A collection's documents as others are to get them: by relative paths, with their vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..embed.base import Array
from ..index import portable
from ..index.catalogue import Catalogue
from ..index.portable import PortableDocument
from ..index.registry import Collection
from ..paths import is_relative
from ..remote.records import SharedDocument
from ..results.passages import Anchor, Chunk, Place
from .relative import RelativePaths

_MOST_CHARS = 100_000  # of a chunk and what follows it: whatever they are, they fit into a sealed record


class Outgoing:
    """The documents of a collection that could be read.

    Parameters
    ----------
    catalogue, collection
        Where they are.

    Attributes
    ----------
    left_out : int
        How many have a path that not every system can have, or too much blank space; `wanted` counts them.
    """

    def __init__(self, catalogue: Catalogue, collection: Collection) -> None:
        self._catalogue, self._collection = catalogue, collection
        self._places = RelativePaths.of(catalogue, collection)
        absolute = {self._places.relative(path): path for path in self._places.ordered()}
        self._absolute = {path: place for path, place in absolute.items() if is_relative(path)}
        self._known, self.left_out = len(absolute), 0

    def wanted(self) -> dict[str, str]:
        """Return a digest of each document's content, by its relative path."""
        versions = portable.versions(self._catalogue, self._collection)
        found = {place: version for place, version, most in versions if most <= _MOST_CHARS}
        wanted = {path: found[place] for path, place in self._absolute.items() if place in found}
        self.left_out = self._known - len(wanted)
        return wanted

    def load(self, paths: Sequence[str]) -> Iterator[SharedDocument]:
        """Yield the documents of some relative paths, in this order."""
        absolute = [self._absolute[path] for path in paths]
        for path, document in zip(paths, portable.documents(self._catalogue, self._collection, absolute), strict=True):
            yield self._shared(path, document)

    def _shared(self, path: str, document: PortableDocument) -> SharedDocument:
        numbers = [row[-1] for row in document.chunks]
        heads = [head for head in document.heads if head is not None]
        found, vectors = self._catalogue.chunks.vectors_of(list(dict.fromkeys([*numbers, *heads])))
        at = {int(number): row for row, number in enumerate(found)}

        def vector(number: int) -> Array:
            row: Array = vectors[at[number]]
            return row

        return SharedDocument(
            path,
            document.sha256,
            document.size,
            document.kind,
            document.title,
            document.reading,
            tuple(
                Chunk(start, end, text, tuple(Place(a, b, Anchor(**told)) for a, b, told in places), context, after)
                for start, end, text, context, after, places, _ in document.chunks
            ),
            np.stack([vector(number) for number in numbers]) if numbers else np.zeros((0, 0), np.float32),
            tuple(None if head is None else vector(head) for head in document.heads),
        )

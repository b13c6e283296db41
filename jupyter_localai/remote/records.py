"""What a shared collection is made of: documents with their chunks, and revisions that put and drop them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ..results.passages import Chunk

if TYPE_CHECKING:
    from ..results.vectors import Array


@dataclasses.dataclass(frozen=True)
class SharedDocument:
    """A document as its publisher read it.

    Attributes
    ----------
    path : str
        Relative, with ``/`` between its parts.
    vectors : array
        (chunks, dimension) float32, exactly representable in half precision; (0, 0) where only texts were asked for.
    heads : tuple of array or None
        The vectors of the heads of its pages, (dimension,) float32, as exact; None where a page has none.
    ids : tuple of str
        What its chunks are called on the server, in order; empty before it was published.
    """

    path: str
    sha256: str
    size: int
    kind: str
    title: str
    reading: int
    chunks: tuple[Chunk, ...]
    vectors: Array
    heads: tuple[Array | None, ...] = ()
    ids: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Head:
    """Up to where somebody has a shared collection: the number and the head of a revision."""

    number: int = 0
    head: str = ""


@dataclasses.dataclass(frozen=True)
class Revision:
    """A change of a shared collection that took place.

    Attributes
    ----------
    number : int
        From 1 on, without a gap.
    head : str
        SHA-256 over it and all before it, in hexadecimal.
    at : str
        When it was made, in UTC, by its publisher's clock.
    publisher : str
        The public key that signed it, in hexadecimal.
    put : tuple of SharedDocument
        New documents, and new content of known ones. A document that a later revision changes again may be missing.
    drop : tuple of str
        Paths of documents that are gone.
    ahead : Head
        The last revision that the server has shown, for the sake of which documents may be missing: it has to come.
    """

    number: int
    head: str
    at: str
    publisher: str
    put: tuple[SharedDocument, ...]
    drop: tuple[str, ...]
    ahead: Head = Head()


@dataclasses.dataclass(frozen=True)
class Published:
    """What publishing did.

    Attributes
    ----------
    state : Head
        The last revision that there is now.
    put, dropped, chunks : int
        How many documents were sent and taken away, and how many chunks were sent.
    left : int
        How many paths another publisher has with other content, and were left to them.
    """

    state: Head
    put: int
    dropped: int
    chunks: int
    left: int


@dataclasses.dataclass(frozen=True)
class Repaired:
    """What repairing did.

    Attributes
    ----------
    state : Head
        The last revision that there is now.
    chunks : int
        How many chunks were sent again.
    strays : int
        How many chunks, which belonged to no document, were taken away.
    """

    state: Head
    chunks: int
    strays: int

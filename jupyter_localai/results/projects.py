"""What a team shares of an index: the project file, the lock, how documents differ from it, and bundles."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable

from .base import CallResult


@dataclasses.dataclass(frozen=True)
class ProjectFile(CallResult):
    """A project file that was written: where, the collection's name, the embedding model, and the roots."""

    path: str
    name: str
    embedder: str
    roots: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Joined(CallResult):
    """The server of a project that the user has agreed to: its address, and the collection's name there."""

    address: str
    collection: str


@dataclasses.dataclass(frozen=True)
class LockedDocument:
    """One document of a project.

    Attributes
    ----------
    path : str
        Relative to the project's folder, with ``/``.
    sha256 : str
        Of the file's bytes; empty where the file cannot be read.
    chunks : int or None
        How many the document was cut into; None where the index does not have this content.
    digest : str
        SHA-256 over the span and the text of each chunk, in order; equal on every machine.
    error : str
        The code of the error with which the content could not be read as a document.
    """

    path: str
    sha256: str
    chunks: int | None = None
    digest: str = ""
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Lock(CallResult):
    """What a project's documents are, and how they are read, cut and embedded.

    ``fingerprint`` identifies the embedding model's vectors, ``reading`` is the version of readers and chunker.
    """

    embedder: str
    fingerprint: str
    reading: int
    documents: tuple[LockedDocument, ...] = ()


@dataclasses.dataclass(frozen=True)
class LockCheck(CallResult):
    """How the documents here differ from a lock; each list has paths relative to the project's folder.

    Attributes
    ----------
    documents : int
        How many the lock has.
    changed, missing, added : tuple of str
        Files with other content; files that the lock has and the folder has not, and the other way round.
    other_text : tuple of str
        Files with the same content that the index here has read or cut in another way.
    differs : tuple of str
        What else is different: sentences about the embedding model and the version of the readers.
    """

    documents: int
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    other_text: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.missing or self.added or self.other_text or self.differs)


@dataclasses.dataclass(frozen=True)
class BundleInfo(CallResult):
    """What a bundle has: an index in one file.

    Attributes
    ----------
    path : str
        The file.
    name : str
        The collection's name.
    embedder, fingerprint : str
        The embedding model, and what identifies its vectors.
    documents, chunks : int
        How many.
    bytes : int
        Of the file.
    texts, half : bool
        Whether the texts are there; whether numbers have 16 bits only.
    same_model : bool
        Whether the vectors are of the embedding model that is configured here.
    """

    path: str
    name: str
    embedder: str
    fingerprint: str
    documents: int
    chunks: int
    bytes: int
    texts: bool
    half: bool
    same_model: bool


@dataclasses.dataclass(frozen=True)
class ExportReport(CallResult):
    """The bundle that was written, and how long that took in seconds."""

    bundle: BundleInfo
    seconds: float


@dataclasses.dataclass(frozen=True)
class ImportReport(CallResult):
    """What came into the index from a bundle.

    Attributes
    ----------
    collection : str
        Its name here.
    documents, chunks : int
        How many it has.
    embedded : int
        How many texts went through the embedding model: none where the bundle's vectors were made by the same one.
    here : int
        How many of the documents are on this machine as they were when they were indexed.
    left_out : int
        How many documents of a bundle without texts are not on this machine.
    seconds : float
    """

    collection: str
    documents: int
    chunks: int
    embedded: int = 0
    here: int = 0
    left_out: int = 0
    seconds: float = 0.0


def digest(chunks: Iterable[tuple[int, int, str]]) -> str:
    """Return a SHA-256 over the span and the text of each chunk of a document, in order."""
    total = hashlib.sha256()
    for start, end, text in chunks:
        total.update(f"{start} {end} {len(text)}\n{text}\n".encode("utf-8", "surrogatepass"))
    return total.hexdigest()

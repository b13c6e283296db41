"""What a team shares of an index: the project file, the lock, and how documents differ from it."""

from __future__ import annotations

import dataclasses

from .base import CallResult


@dataclasses.dataclass(frozen=True)
class ProjectFile(CallResult):
    """A project file that was written: where, the collection's name, the embedding model, and the roots."""

    path: str
    name: str
    embedder: str
    roots: tuple[str, ...]


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

"""What a bundle consists of, and how large each part of it may be."""

from __future__ import annotations

import dataclasses

from ..results.files import Rules

FORMAT = 1
MIMETYPE = b"application/vnd.jupyter-localai.bundle+zip"
FILES = ("mimetype", "manifest.json", "documents.jsonl", "chunks.jsonl", "vectors.safetensors", "lock.json")
DATA_FILES = FILES[2:]
STORED = ("mimetype", "vectors.safetensors")
"""What is not compressed: the type, which tells what the file is, and the vectors, which are mapped into memory."""
ALIGNMENT = 64
"""What the offset of the vectors in the file is a multiple of, in bytes."""
TENSOR = "vectors"
NUMBERS = {"F32": "<f4", "F16": "<f2"}

MOST_MANIFEST_BYTES = 1 << 20
MOST_BYTES = 1 << 36
MOST_LINE_BYTES = 16 << 20
MOST_DOCUMENT_BYTES = 128 << 20
"""Of a document's lines, which are in memory together."""
MOST_DIMENSION = 16_384


@dataclasses.dataclass(frozen=True)
class Member:
    """The size of a file in the bundle in bytes, and the SHA-256 of its content."""

    size: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Root:
    """A folder that was indexed, relative to the bundle's root, and the rules it was indexed with."""

    path: str
    rules: Rules = dataclasses.field(default_factory=Rules)


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Attributes
    ----------
    format : int
        Version of the format.
    name : str
        The collection's.
    embedder, fingerprint : str
        The embedding model, and what identifies its vectors.
    reading : int
        Version of the readers and of the chunker.
    dimension : int
        Of the vectors.
    numbers : {"F32", "F16"}
        How each number of a vector is written.
    texts : bool
        Whether the texts are there.
    documents, chunks, vectors : int
        How many.
    files : dict of str to Member
        The other files; the sizes are limits while they are read.
    roots : tuple of Root
    """

    format: int
    name: str
    embedder: str
    fingerprint: str
    reading: int
    dimension: int
    numbers: str
    texts: bool
    documents: int
    chunks: int
    vectors: int
    files: dict[str, Member]
    roots: tuple[Root, ...] = ()

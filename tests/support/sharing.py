"""Shared collections for tests: documents, publishers and members at a real server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from jupyter_localai.remote.door import Door
from jupyter_localai.remote.following import follow
from jupyter_localai.remote.publishing import publish
from jupyter_localai.remote.records import Head, Published, Repaired, Revision, SharedDocument
from jupyter_localai.remote.repairing import repair
from jupyter_localai.remote.sealing import ShareKey, Signer
from jupyter_localai.remote.shared import Shared
from jupyter_localai.results.passages import Anchor, Chunk, Place

DIMENSION = 8


def signer(name: str) -> Signer:
    """Return the key pair of a publisher."""
    return Signer(hashlib.sha256(name.encode()).digest())


SIGNERS = {name: signer(name) for name in ("ann", "raj")}
PUBLISHERS = {one.public: name for name, one in SIGNERS.items()}


def key(name: str = "team") -> ShareKey:
    """Return a share key."""
    return ShareKey(hashlib.sha256(name.encode()).digest())


def shared(door: Door, name: str, publishers: Mapping[str, str] = PUBLISHERS) -> Shared:
    """Return a collection that is there."""
    found = Shared(door, name, key(), publishers)
    found.create()
    return found


def document(path: str, *texts: str, heads: int = 0) -> SharedDocument:
    """Return a document with a chunk for each text, and vectors that follow from the texts."""
    chunks, at = [], 0
    for number, text in enumerate(texts, 1):
        place = Place(at, at + len(text), Anchor(page=number, heading="Head > Line"))
        chunks.append(Chunk(at, at + len(text), text, (place,), "Context of it", "\n\n"))
        at += len(text) + 2
    vectors = np.array([vector(text) for text in texts], np.float32).reshape(-1, DIMENSION)
    whole = "\n\n".join(texts).encode()
    sha256 = hashlib.sha256(whole).hexdigest()
    of_heads = tuple(None if n % 3 == 2 else vector(f"head {n} of {path}") for n in range(heads if texts else 0))
    return SharedDocument(path, sha256, len(whole), "markdown", f"Title of {path}", 7, tuple(chunks), vectors, of_heads)


def vector(text: str, dimension: int = DIMENSION) -> np.ndarray:
    """Return a unit vector in half precision, as float32, that is always the same for a text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    numbers = np.random.default_rng(seed).normal(size=dimension)
    return (numbers / np.linalg.norm(numbers)).astype(np.float16).astype(np.float32)


class Publisher:
    """Somebody who publishes the documents that are in `has`."""

    def __init__(self, shared: Shared, name: str = "ann") -> None:
        self.shared, self.signer = shared, SIGNERS[name]
        self.has: dict[str, SharedDocument] = {}
        self.state = Head()

    def write(self, *documents: SharedDocument) -> None:
        """Have these documents, in the place of those with the same paths."""
        self.has.update({one.path: one for one in documents})

    def wanted(self) -> dict[str, str]:
        """Return the version of each document."""
        return {path: version(one) for path, one in self.has.items()}

    def load(self, paths: Sequence[str]) -> Iterator[SharedDocument]:
        """Yield the documents of some paths."""
        yield from (self.has[path] for path in paths)

    def events(self, **options):
        """Publish, step by step."""
        return publish(self.shared, self.signer, self.wanted(), self.load, self.state, **options)

    def share(self, **options) -> Published:
        """Publish to the end."""
        *_, last = self.events(**options)
        assert isinstance(last, Published)
        self.state = last.state
        return last

    def repair(self, **options) -> Repaired:
        """Mend to the end."""
        *_, last = repair(self.shared, self.signer, self.wanted(), self.load, self.state, **options)
        assert isinstance(last, Repaired)
        self.state = last.state
        return last


def version(one: SharedDocument) -> str:
    """Return a digest that changes with the content."""
    texts = repr((one.sha256, one.title, one.chunks)).encode()
    heads = repr([None if head is None else head.tolist() for head in one.heads]).encode()
    return hashlib.sha256(texts + heads + one.vectors.tobytes()).hexdigest()[:16]


class Member:
    """Somebody who follows: `has` are the documents as they came."""

    def __init__(self, shared: Shared, vectors: bool = True) -> None:
        self.shared, self.vectors = shared, vectors
        self.has: dict[str, SharedDocument] = {}
        self.state = self.ahead = Head()

    def sync(self) -> list[Revision]:
        """Take in what is new."""
        revisions = []
        for event in follow(self.shared, self.state, self.vectors, self.ahead):
            if isinstance(event, Revision):
                self.take(event)
                revisions.append(event)
        return revisions

    def take(self, revision: Revision) -> None:
        """Store a revision."""
        for path in revision.drop:
            self.has.pop(path, None)
        self.has.update({one.path: one for one in revision.put})
        self.state, self.ahead = Head(revision.number, revision.head), revision.ahead

    def contents(self) -> dict[str, object]:
        """Return what can be compared of the documents."""
        return contents(self.has, self.vectors)


def contents(documents: Mapping[str, SharedDocument], vectors: bool = True) -> dict[str, object]:
    """Return what can be compared of documents."""
    return {
        path: (
            (one.sha256, one.size, one.kind, one.title, one.reading, one.chunks),
            one.vectors.tolist() if vectors else None,
            [None if head is None else head.tolist() for head in one.heads],
        )
        for path, one in documents.items()
    }

"""Overviews without a chat model: the most central passages of a document or a collection, as a list.

Passages that are near in meaning to many others say what a text is about (LexRank: Erkan and Radev, 2004). One is taken
per document of a collection, one per section of a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..embed.base import Array, Embedder
from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..index.registry import Collection
from ..paths import inside
from ..results.passages import Answer, Citation, Hit
from ..text.sentences import sentence_spans
from .cite import citation
from .relevance import names_file

_THINGS = r"(?:this|these|the|my|our|all)(?: of)?(?: the)? (?:collection|documents?|files|folder|corpus|notes|papers)"
_COLLECTION = re.compile(
    rf"^\W*(?:what (?:is|are) {_THINGS}(?: all)? about|summari[sz]e {_THINGS}"
    rf"|(?:give (?:me )?)?(?:an? |the )?(?:overview|summary) of {_THINGS})\W*$",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(
    r"^\W*(?:please )?(?:summari[sz]e\b|what(?: is|'s|’s|’s) in\b|(?:give (?:me )?)?(?:an? |the )?"
    r"(?:overview|summary|main points) of\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^\W*how many (?:documents|files|papers)"
    r"(?: are (?:there|indexed|here)| (?:do|have) (?:you|i|we)(?: have| indexed)?)?"
    r"(?: in (?:this|the|my) (?:collection|folder|index))?\W*$",
    re.IGNORECASE,
)
_MOST, _MOST_DOCUMENTS = 8, 300
_SAMPLE = 1500  # passages that are compared with each other
_NEAR, _TOO_ALIKE = 0.1, 0.85
_ROUNDS, _DAMPING = 30, 0.85
_LEAST_CHARS = 25
NOTE = "An overview of central sentences; no chat model was asked."


def overview_of(question: str, catalogue: Catalogue, collection: Collection) -> list[int] | None:
    """Return the documents that a question wants an overview of; None when it wants none, or names none."""
    documents = catalogue.readable(collection)
    if _COLLECTION.match(question):
        return [number for number, *_ in documents] or None
    if not _DOCUMENTS.match(question):
        return None
    return [
        number for number, path, root in documents if names_file(question, inside(path, root).rsplit("/", 1)[-1])
    ] or None


def overview(question: str, documents: Sequence[int], catalogue: Catalogue, embedder: Embedder) -> Answer:
    """Return a list of the central sentences of documents, with a citation each."""
    chunks = _central(documents, catalogue)
    sentences = [_sentence(chunk, embedder) for chunk in chunks]
    hits = [_hit(rank, chunk) for rank, chunk in enumerate(chunks, 1)]
    citations: list[Citation] = []
    lines = []
    for marker, (hit, (start, end, support)) in enumerate(zip(hits, sentences, strict=True), 1):
        citations.append(citation(marker, hit, hit.start + start, hit.start + end, support))
        lines.append(f"- {' '.join(hit.text[start:end].split())} [{marker}]")
    if not lines:
        return Answer(question, "These documents have no text.", "none")
    return Answer(question, "\n".join(lines), "extractive", tuple(citations), tuple(hits), (NOTE,))


def counted(question: str, catalogue: Catalogue, collection: Collection) -> str:
    """Return how many documents there are, if that is asked; else nothing."""
    if not _COUNT.match(question):
        return ""
    count = len(catalogue.readable(collection))
    return f"Documents in this collection: {count:,}. To list them: jupyter localai documents."


def _central(documents: Sequence[int], catalogue: Catalogue) -> list[StoredChunk]:
    """Return the most central chunks, the most central first."""
    documents = documents[:: -(-len(documents) // _MOST_DOCUMENTS)]
    numbers, vectors = catalogue.chunks.vectors(0, documents)
    if not numbers:
        return []
    step = -(-len(numbers) // _SAMPLE)
    numbers, vectors = numbers[::step], vectors[::step]
    order = np.argsort(-_centrality(vectors), kind="stable")
    stored = catalogue.chunks.by_id(numbers)
    chosen: list[int] = []
    places: set[object] = set()
    for at in order.tolist():
        chunk = stored.get(numbers[at])
        if chunk is None or len(chunk.text.strip()) < _LEAST_CHARS:
            continue
        place = chunk.document_id if len(documents) > 1 else (chunk.places[0].anchor.heading or chunk.seq)
        if place not in places and all(float(vectors[at] @ vectors[other]) < _TOO_ALIKE for other in chosen):
            places.add(place)
            chosen.append(at)
        if len(chosen) == _MOST:
            break
    return [stored[numbers[at]] for at in chosen]


def _centrality(vectors: Array) -> npt.NDArray[np.float64]:
    """Return the share of a random walk along likeness that ends at each vector."""
    near = (vectors @ vectors.T).astype(np.float64)
    near[near < _NEAR] = 0.0
    near /= np.maximum(near.sum(axis=1, keepdims=True), 1e-9)
    share = np.full(len(vectors), 1 / len(vectors))
    for _ in range(_ROUNDS):
        share = (1 - _DAMPING) / len(vectors) + _DAMPING * share @ near
    return share


def _sentence(chunk: StoredChunk, embedder: Embedder) -> tuple[int, int, float]:
    """Return the span of the sentence that is nearest to its chunk, and how near it is."""
    spans = [(a, b) for a, b in sentence_spans(chunk.text) if b - a >= _LEAST_CHARS and chunk.text[a] != "#"]
    spans = spans or [(0, min(len(chunk.text), 300))]
    near = embedder.embed([" ".join(chunk.text[start:end].split()) for start, end in spans]) @ chunk.vector
    best = int(np.argmax(near))
    return (*spans[best], float(np.clip(near[best], 0, 1)))


def _hit(rank: int, chunk: StoredChunk) -> Hit:
    anchor = chunk.places[0].anchor
    place = (chunk.path, chunk.label, str(chunk.id), chunk.start, chunk.end, anchor, chunk.text)
    return Hit(rank, 1.0, 1.0, *place, places=chunk.places)

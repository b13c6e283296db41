"""Overviews without a chat model: the most central sentences of documents, one per section, as a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..embed.base import Array, Embedder
from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..results.answers import Answer, Citation
from ..results.passages import Hit
from .central import by_centrality
from .cite import citation
from .quotable import Quotable, quotable

NOTE = "An overview of central sentences; no chat model was asked."
NO_TEXT = "There is no text to give an overview of."
MOST_DOCUMENTS = 300
_MOST = 8
_TOO_ALIKE = 0.85
_LEAST_CHARS = 25
_AT_ONCE = 64


def looked_at(documents: Sequence[int]) -> tuple[list[int], str]:
    """Return the documents that an overview looks at, of very many an even sample, and a note that says so."""
    if len(documents) <= MOST_DOCUMENTS:
        return list(documents), ""
    some = [documents[at * len(documents) // MOST_DOCUMENTS] for at in range(MOST_DOCUMENTS)]
    return some, f"Looked at {len(some):,} of {len(documents):,} documents."


def overview(question: str, documents: Sequence[int], catalogue: Catalogue, embedder: Embedder) -> Answer:
    """Return a list of the central sentences of documents, with a citation each.

    Of one document in the order of its text, of several in the order of the documents.
    """
    some, note = looked_at(documents)
    alone = [[document] for document in some] if len(some) <= _MOST else [some]
    chunks = [chunk for group in alone for chunk in _central(group, max(1, _MOST // len(alone)), catalogue)]
    quotes = _quotes([hit_of(rank, chunk) for rank, chunk in enumerate(chunks, 1)], chunks, embedder)
    citations: list[Citation] = []
    lines = []
    for marker, (quote, support) in enumerate(quotes, 1):
        citations.append(citation(marker, quote.hit, quote.start, quote.end, support))
        lines.append(f"- {quote.shown} [{marker}]")
    warnings = (NOTE, note) if note else (NOTE,)
    if not lines:
        return Answer(question, NO_TEXT, "none", warnings=warnings[1:])
    hits = tuple(quote.hit for quote, _ in quotes)
    return Answer(question, "\n".join(lines), "extractive", tuple(citations), hits, warnings)


def hit_of(rank: int, chunk: StoredChunk) -> Hit:
    """Return a chunk as a hit that was not searched for."""
    anchor = chunk.places[0].anchor
    place = (chunk.path, chunk.label, str(chunk.id), chunk.start, chunk.end, anchor, chunk.text)
    return Hit(rank, 1.0, 1.0, *place, places=chunk.places)


def _central(documents: Sequence[int], most: int, catalogue: Catalogue) -> list[StoredChunk]:
    """Return the most central chunks: one per document of several, one per section of one, in the order of the text."""
    numbers, vectors = by_centrality(documents, catalogue)
    last = catalogue.chunks.count_of(documents)
    chosen: dict[object, tuple[StoredChunk, Array]] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        stored = catalogue.chunks.by_id(numbers[start : start + _AT_ONCE])
        for number, vector in zip(numbers[start : start + _AT_ONCE], vectors[start : start + _AT_ONCE], strict=True):
            chunk = stored.get(number)
            if chunk is None or not _sentences(hit_of(1, chunk)):
                continue
            place = chunk.document_id if len(documents) > 1 else _section(chunk, last, most)
            if place not in chosen and all(float(vector @ other) < _TOO_ALIKE for _, other in chosen.values()):
                chosen[place] = chunk, vector
            if len(chosen) == most:
                break
        if len(chosen) == most:
            break
    return sorted((chunk for chunk, _ in chosen.values()), key=lambda chunk: (chunk.path, chunk.seq))


def _section(chunk: StoredChunk, last: int, most: int) -> object:
    """Return the section that a chunk stands in: its heading's, or in a text without headings one of equal parts."""
    return chunk.places[0].anchor.heading or chunk.seq * most // max(last, 1)


def _sentences(hit: Hit) -> list[Quotable]:
    return [quote for quote in quotable(hit) if quote.end - quote.start >= _LEAST_CHARS]


def _quotes(hits: Sequence[Hit], chunks: Sequence[StoredChunk], embedder: Embedder) -> list[tuple[Quotable, float]]:
    """Return, per hit, the sentence that is nearest to all of it, and how near it is."""
    found = [_sentences(hit) for hit in hits]
    texts = [quote.shown for quotes in found for quote in quotes]
    vectors = embedder.embed(texts) if texts else np.empty((0, 0), np.float32)
    best, at = [], 0
    for quotes, chunk in zip(found, chunks, strict=True):
        near = np.clip(vectors[at : at + len(quotes)] @ chunk.vector, 0, 1)
        at += len(quotes)
        best.append((quotes[int(np.argmax(near))], float(near.max())))
    return best

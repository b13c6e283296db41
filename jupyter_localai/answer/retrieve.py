"""Find the chunks that answer a query: by meaning and by words, fused into one ranking.

Chroma gives the nearest vectors, FTS5 the best keyword matches (BM25). Every candidate of
either side then gets its exact cosine from the catalogue, so that a chunk found by words alone
is still judged by meaning. Both scores are scaled to 0..1 within the candidates and averaged
(a convex combination; Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", 2023, find it better than reciprocal ranks and robust in its weight).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ..index import keywords
from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..index.embed import Embedder, Vectors
from ..index.registry import Collection
from ..schema import Explanation, Hit

Nearest = Callable[[Vectors, int, Sequence[int] | None], list[tuple[int, float]]]
"""Finds the chunks nearest to a vector: at most so many, in these documents; ``(chunk number, cosine)``."""

DENSE_WEIGHT = 0.5
MAX_MERGED = 2
"""Chunks in one hit: a hit should stay short enough to read and to fit a prompt beside others."""
_DUPLICATE_COSINE = 0.97
_DUPLICATE_OVERLAP = 0.9


@dataclasses.dataclass
class Candidate:
    """A chunk with both scores, on its way to a hit."""

    chunk: StoredChunk
    cosine: float
    explain: Explanation
    score: float


def retrieve(
    query: str,
    k: int,
    *,
    catalogue: Catalogue,
    nearest: Nearest,
    embedder: Embedder,
    collection: Collection,
    document_ids: Sequence[int] | None = None,
) -> list[Hit]:
    """Return the `k` best hits for `query`, best first.

    Chunks that follow each other in a document become one hit; near-copies of a better hit
    are left out. Equal scores are ordered by chunk id, so results repeat exactly.
    """
    vector = embedder.embed_query(query)
    depth = max(100, 2 * k)
    dense = nearest(vector, depth, document_ids)
    expression = keywords.any_of(keywords.query_terms(query))
    worded = catalogue.fulltext.search(collection.id, expression, depth, document_ids) if expression else []
    return _hits(_distinct(fuse(vector, dense, worded, catalogue)), k)


def fuse(
    vector: Vectors, dense: Sequence[tuple[int, float]], worded: Sequence[tuple[int, float]], catalogue: Catalogue
) -> list[Candidate]:
    """Merge the two lists into one, best first."""
    dense_rank = {chunk_id: rank for rank, (chunk_id, _) in enumerate(dense, 1)}
    keyword_rank = {chunk_id: rank for rank, (chunk_id, _) in enumerate(worded, 1)}
    keyword_score = dict(worded)
    chunks = catalogue.chunks.by_id(list(dict.fromkeys([*dense_rank, *keyword_rank])))
    if not chunks:
        return []
    ids = list(chunks)
    cosines = np.stack([chunks[i].vector for i in ids]) @ vector
    in_dense = [cosine for i, cosine in zip(ids, cosines, strict=True) if i in dense_rank]
    low, high = (min(in_dense), max(cosines)) if in_dense else (min(cosines), max(cosines))
    top_keyword = max(keyword_score.values(), default=0.0)
    candidates = []
    for i, cosine in zip(ids, cosines, strict=True):
        near = max(0.0, float(cosine - low) / float(high - low)) if high > low else 1.0
        word = keyword_score.get(i, 0.0) / top_keyword if top_keyword > 0 else 0.0
        explain = Explanation(near, word, dense_rank.get(i), keyword_rank.get(i))
        candidates.append(Candidate(chunks[i], float(cosine), explain, DENSE_WEIGHT * near + (1 - DENSE_WEIGHT) * word))
    return sorted(candidates, key=lambda c: (-c.score, c.chunk.id))


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Drop each candidate that nearly repeats a better one, such as the same page in two reports."""
    if len(candidates) < 2:
        return candidates
    vectors = np.stack([c.chunk.vector for c in candidates])
    alike = vectors @ vectors.T > _DUPLICATE_COSINE
    kept: list[int] = []
    for index, candidate in enumerate(candidates):
        if not any(
            alike[index, other] and _overlap(candidate.chunk.text, candidates[other].chunk.text) > _DUPLICATE_OVERLAP
            for other in kept
        ):
            kept.append(index)
    return [candidates[index] for index in kept]


def _overlap(one: str, other: str) -> float:
    """Return the Jaccard overlap of the words of two texts."""
    a, b = set(one.lower().split()), set(other.lower().split())
    return len(a & b) / len(a | b) if a or b else 1.0


def _hits(candidates: list[Candidate], k: int) -> list[Hit]:
    groups: list[list[Candidate]] = []
    of_chunk: dict[tuple[int, int], list[Candidate]] = {}
    for candidate in candidates:
        chunk = candidate.chunk
        beside = next(
            (
                g
                for step in (-1, 1)
                if (g := of_chunk.get((chunk.document_id, chunk.seq + step)))
                and len(g) < MAX_MERGED
                and _same_page(g[0], candidate)
            ),
            None,
        )
        if beside is not None:
            beside.append(candidate)
        elif len(groups) < k:
            beside = [candidate]
            groups.append(beside)
        else:
            break
        of_chunk[chunk.document_id, chunk.seq] = beside
    return [_hit(rank, group) for rank, group in enumerate(groups, 1)]


def _same_page(one: Candidate, other: Candidate) -> bool:
    a, b = one.chunk.places[0].anchor, other.chunk.places[0].anchor
    return (a.page, a.slide, a.sheet) == (b.page, b.slide, b.sheet)


def _hit(rank: int, group: list[Candidate]) -> Hit:
    best = group[0]
    parts = sorted((c.chunk for c in group), key=lambda chunk: chunk.seq)
    text = "".join(chunk.text + (chunk.after if chunk is not parts[-1] else "") for chunk in parts)
    return Hit(
        rank=rank,
        score=best.score,
        similarity=max(c.cosine for c in group),
        path=parts[0].path,
        document=parts[0].label,
        chunk_id=str(best.chunk.id),
        start=parts[0].start,
        end=parts[-1].end,
        anchor=parts[0].places[0].anchor,
        text=text,
        explain=best.explain,
        places=tuple(place for chunk in parts for place in chunk.places),
    )

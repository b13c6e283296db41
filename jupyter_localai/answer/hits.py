"""Turn ranked chunks into hits, neighbours joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..results.passages import Hit
from .rank import Ranking

MAX_MERGED = 2
"""Chunks in one hit: a hit should stay short enough to read and to fit a prompt beside others."""
MAX_GAP_CHARS = 400
"""Chunks with more between them, such as a run of white space, stay apart: a hit's text has all that is between."""
_AT_ONCE = 32


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A chunk on its way to a hit, with its position in the ranking."""

    chunk: StoredChunk
    at: int


def make_hits(ranking: Ranking, k: int, catalogue: Catalogue) -> list[Hit]:
    """Return the `k` best hits, best first; chunks that follow each other closely on a page become one hit."""
    return [_hit(place, group, ranking) for place, group in enumerate(_grouped(_candidates(ranking, catalogue), k), 1)]


def _candidates(ranking: Ranking, catalogue: Catalogue) -> Iterator[Candidate]:
    """Yield the chunks that still exist, best first; of a file that two collections have, those of the better one."""
    seen: dict[tuple[str, int], int] = {}
    for start in range(0, len(ranking.order), _AT_ONCE):
        part = ranking.order[start : start + _AT_ONCE].tolist()
        numbers = ranking.evidence.numbers
        chunks = catalogue.chunks.by_id([int(numbers[at]) for at in part])
        for at in part:
            chunk = chunks.get(int(numbers[at]))
            if chunk is not None and seen.setdefault((chunk.path, chunk.start), chunk.document_id) == chunk.document_id:
                yield Candidate(chunk, at)


def _grouped(candidates: Iterable[Candidate], k: int) -> list[list[Candidate]]:
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
                and len((chunk if step == 1 else g[0].chunk).after) <= MAX_GAP_CHARS
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
    return groups


def _same_page(one: Candidate, other: Candidate) -> bool:
    a, b = one.chunk.places[0].anchor, other.chunk.places[0].anchor
    return (a.page, a.slide, a.sheet) == (b.page, b.slide, b.sheet)


def _hit(place: int, group: list[Candidate], ranking: Ranking) -> Hit:
    best = group[0]
    parts = sorted((c.chunk for c in group), key=lambda chunk: chunk.seq)
    text = "".join(chunk.text + (chunk.after if chunk is not parts[-1] else "") for chunk in parts)
    return Hit(
        rank=place,
        score=float(ranking.scores[best.at]),
        similarity=max(float(ranking.evidence.cosines[c.at]) for c in group),
        path=parts[0].path,
        document=parts[0].label,
        chunk_id=str(best.chunk.id),
        start=parts[0].start,
        end=parts[-1].end,
        anchor=parts[0].places[0].anchor,
        text=text,
        explain=ranking.explain(best.at),
        places=tuple(place for chunk in parts for place in chunk.places),
    )

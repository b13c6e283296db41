"""What is said of passages, sentence by sentence, with the chunks behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import PurePath

from ..embed.base import Embedder
from ..results.passages import Anchor, Hit
from ..text.sentences import sentence_spans
from . import markers
from .doubts import doubts as doubts_of
from .sections import size
from .support import cite_every_sentence, supported
from .verify import verify

_MOST_SENTENCES = 4  # of a section; models write more than they are asked for


@dataclasses.dataclass(frozen=True)
class Point:
    """Something that was said, as a passage: ``source`` is the chunk behind it; it was made from all ``chunk_ids``."""

    said: Hit
    source: Hit
    chunk_ids: frozenset[int]


def without_place(hit: Hit) -> Hit:
    """Return a passage that says nothing of its place, so that its summary stays right when it moves."""
    anchor = Anchor(heading=hit.anchor.heading)
    return dataclasses.replace(hit, path=f"document{PurePath(hit.path).suffix}", anchor=anchor)


def cited_sentences(text: str, hits: Sequence[Hit], embedder: Embedder) -> list[tuple[str, list[int]]]:
    """Return the sentences of a summary that cite passages, with their numbers, and have nothing from elsewhere."""
    shown, citations, _ = verify(text, hits, "", embedder)
    if not citations:
        shown, citations, _ = supported(shown, hits, "", embedder, ())
    if not citations:
        return []
    shown, _, _ = cite_every_sentence(shown, citations, hits, "", embedder)
    said = []
    for start, end in sentence_spans(shown):
        sentence = shown[start:end]
        numbers = [number for match in markers.MARKER.finditer(sentence) for number in markers.numbers(match)]
        plain = markers.removed(sentence).strip("-*+• \n")
        sound = [number for number in numbers if not doubts_of(plain, [hits[number - 1]], "")]
        if sound or (numbers and not doubts_of(plain, [hits[number - 1] for number in numbers], "")):
            said.append((plain, sound or numbers))
    return said[:_MOST_SENTENCES]


def points_of(
    said: Sequence[tuple[str, Sequence[int]]], section: Sequence[Point], made_from: frozenset[int]
) -> list[Point]:
    """Return sentences as points, those of one passage together."""
    texts: dict[int, list[str]] = {}
    for sentence, numbers in said:
        texts.setdefault(numbers[0] - 1, []).append(sentence)
    return [
        Point(dataclasses.replace(section[at].source, text=" ".join(sentences)), section[at].source, made_from)
        for at, sentences in sorted(texts.items())
    ]


def fitting(points: Sequence[Point], room: int) -> list[Point]:
    """Return an even sample of points that fits the room."""
    count = len(points)
    while count > 1:
        some = [points[at * len(points) // count] for at in range(count)]
        if sum(size(point.said) for point in some) <= room:
            return some
        count = count * 3 // 4
    return list(points[:1])

"""Find the passages behind an answer that cites none: a comparison of sentences, told apart from what a model cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..embed.base import Embedder
from ..results.answers import Citation
from ..results.passages import Hit
from ..text.sentences import sentence_spans
from . import markers
from .cite import citation, word_overlap
from .doubts import doubts as doubts_of

LEAST_SUPPORT = 0.55
"""Of the same measure as a citation's ``support``; below it a sentence and a passage merely share a subject."""
_MOST_SENTENCES, _MOST_QUOTES = 24, 400
_LEAST_WORDS = 3
_STOP = ".!?。！？\"'”’)]"
_NONE = "The model cited no passage"
_BULLET = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s+")
_EMPTY_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]*(?:\n|\Z)", re.MULTILINE)
_MARKER_AFTER = re.compile(r"(?<=\S)(?<!\S[.!?。！？])([.!?。！？]+)[ \t]?((?:\[\d{1,9}\])+)(?=\s|\Z)")
"""A marker behind the full stop, which is then taken before it: it belongs to this sentence."""


def supported(
    text: str, hits: Sequence[Hit], question: str, embedder: Embedder, doubts: Sequence[str]
) -> tuple[str, tuple[Citation, ...], list[str]]:
    """Give each sentence of an answer without citations the passage that supports it.

    A passage supports a sentence when one of its own sentences is near to it in meaning and words, and it has all
    numbers and names of it.

    Returns
    -------
    text : str
        With the markers of the passages that support its sentences.
    citations : tuple of Citation
    doubts : list of str
        With a sentence on where the markers come from.
    """
    others = [doubt for doubt in doubts if not doubt.startswith(_NONE)]
    spans = [span for span in sentence_spans(text) if _says_something(text, span)][:_MOST_SENTENCES]
    found = _nearest(text, spans, hits, question, embedder)
    if not found:
        return text, (), [f"{_NONE}, and no passage was found that supports what it says.", *others]
    note = f"{_NONE}; the sources were found afterwards, by a comparison of its sentences with the passages."
    return _marked(text, found), _citations(found), [note, *others]


def cite_every_sentence(
    text: str, citations: Sequence[Citation], hits: Sequence[Hit], question: str, embedder: Embedder
) -> tuple[str, tuple[Citation, ...], int]:
    """Give each sentence without a citation the passage that supports it, and leave out those that none supports.

    Headings and what leads to a list stay.

    Returns
    -------
    text : str
    citations : tuple of Citation
    int
        How many sentences were left out.
    """
    text = _MARKER_AFTER.sub(r"\2\1", text)
    bare = [(start, end) for start, end in sentence_spans(text) if _is_bare(text, (start, end))]
    found = _nearest(text, bare, hits, question, embedder)
    kept = {**_by_marker(found.values()), **{each.marker: each for each in citations}}
    gone = [span for span in bare if span not in found]
    pieces, at = [], 0
    for start, end in bare:
        pieces.append(text[at:start])
        if (start, end) in found:
            pieces.append(_marked(text[start:end], {(0, end - start): found[start, end]}))
        elif bullet := _BULLET.match(text, start, end):
            pieces.append(bullet[0])
        at = end
    left = _EMPTY_ITEM.sub("", "".join([*pieces, text[at:]])).strip()
    return left, tuple(kept[marker] for marker in sorted(kept)), len(gone)


def _nearest(
    text: str, spans: Sequence[tuple[int, int]], hits: Sequence[Hit], question: str, embedder: Embedder
) -> dict[tuple[int, int], Citation]:
    """Return, for each sentence that a passage supports, the citation of the sentence that supports it best."""
    quotes = [(n, start, end) for n, hit in enumerate(hits) for start, end in sentence_spans(hit.text)][:_MOST_QUOTES]
    found: dict[tuple[int, int], Citation] = {}
    if not spans or not quotes:
        return found
    said = [" ".join(text[start:end].split()) for start, end in spans]
    quoted = [" ".join(hits[n].text[start:end].split()) for n, start, end in quotes]
    vectors = embedder.embed([*said, *quoted])
    for at, (sentence, span) in enumerate(zip(said, spans, strict=True)):
        meaning = np.clip(vectors[len(said) :] @ vectors[at], 0, 1)
        support = 0.7 * meaning + 0.3 * word_overlap(sentence, quoted)
        best = int(np.argmax(support))
        number, start, end = quotes[best]
        hit = hits[number]
        if support[best] >= LEAST_SUPPORT and not doubts_of(sentence, [hit], question):
            found[span] = citation(number + 1, hit, hit.start + start, hit.start + end, float(support[best]))
    return found


def _marked(text: str, found: Mapping[tuple[int, int], Citation]) -> str:
    """Return a text with the marker of its citation at the end of each sentence that has one."""
    for (start, end), each in sorted(found.items(), reverse=True):
        position = start + len(text[start:end].rstrip(_STOP))
        text = f"{text[:position]} {markers.written([each.marker])}{text[position:]}"
    return text


def _citations(found: Mapping[tuple[int, int], Citation]) -> tuple[Citation, ...]:
    by_marker = _by_marker(found.values())
    return tuple(by_marker[marker] for marker in sorted(by_marker))


def _by_marker(citations: Iterable[Citation]) -> dict[int, Citation]:
    """Return the first citation of each marker."""
    found: dict[int, Citation] = {}
    for each in citations:
        found.setdefault(each.marker, each)
    return found


def _is_bare(text: str, span: tuple[int, int]) -> bool:
    """Whether a sentence says something, and cites nothing."""
    sentence = text[slice(*span)]
    leads = sentence.startswith("#") or sentence.rstrip("*_ ").endswith(":")
    return not leads and _says_something(text, span) and not markers.MARKER.search(sentence)


def _says_something(text: str, span: tuple[int, int]) -> bool:
    """Whether a sentence is prose of some words, and no code."""
    sentence = text[slice(*span)]
    in_code = text[: span[0]].count("```") % 2 == 1 or "```" in sentence
    return not in_code and len(re.findall(r"[^\W\d_]+", sentence)) >= _LEAST_WORDS

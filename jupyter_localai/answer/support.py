"""Find the passages behind an answer that cites none: a comparison of sentences, told apart from what a model cites."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..embed.base import Embedder
from ..results.passages import Citation, Hit
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
    quotes = [(n, start, end) for n, hit in enumerate(hits) for start, end in sentence_spans(hit.text)][:_MOST_QUOTES]
    found: dict[int, Citation] = {}
    marks: list[tuple[int, int]] = []
    if spans and quotes:
        said = [" ".join(text[start:end].split()) for start, end in spans]
        quoted = [" ".join(hits[n].text[start:end].split()) for n, start, end in quotes]
        vectors = embedder.embed([*said, *quoted])
        for at, (sentence, (start, end)) in enumerate(zip(said, spans, strict=True)):
            meaning = np.clip(vectors[len(said) :] @ vectors[at], 0, 1)
            support = 0.7 * meaning + 0.3 * word_overlap(sentence, quoted)
            best = int(np.argmax(support))
            number, quote_start, quote_end = quotes[best]
            hit = hits[number]
            if support[best] < LEAST_SUPPORT or doubts_of(sentence, [hit], question):
                continue
            marks.append((start + len(text[start:end].rstrip(_STOP)), number + 1))
            quote = citation(number + 1, hit, hit.start + quote_start, hit.start + quote_end, float(support[best]))
            found.setdefault(number + 1, quote)
    if not found:
        return text, (), [f"{_NONE}, and no passage was found that supports what it says.", *others]
    for position, marker in reversed(marks):
        text = f"{text[:position]} {markers.written([marker])}{text[position:]}"
    note = f"{_NONE}; the sources were found afterwards, by a comparison of its sentences with the passages."
    return text, tuple(found[marker] for marker in sorted(found)), [note, *others]


def _says_something(text: str, span: tuple[int, int]) -> bool:
    """Whether a sentence is prose of some words, and no code."""
    sentence = text[slice(*span)]
    in_code = text[: span[0]].count("```") % 2 == 1 or "```" in sentence
    return not in_code and len(re.findall(r"[^\W\d_]+", sentence)) >= _LEAST_WORDS

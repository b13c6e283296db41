"""Answer without a chat model: the sentences of the passages that best answer the question.

Honest by construction: every sentence is quoted from a document, with its place. When nothing
is near enough to the question, the answer says so instead of quoting the least bad sentence.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence

import numpy as np

from ..embed.base import Embedder
from ..results.passages import Answer, Citation, Hit
from ..text.sentences import sentence_spans
from .cite import citation, word_overlap
from .relevance import is_relevant
from .versions import facts

MAX_SENTENCES = 4
_KEEP_WITHIN = 0.75  # sentences scoring under this share of the best one are left out
_NEWEST_WEIGHT = 0.3
_TOO_ALIKE = 0.9
_AMOUNT = re.compile(r"\bhow (?:much|many)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_DATE = re.compile(r"(?:\b\d{1,2}\.? [A-Z]\w{2,8} )?\b(?:19|20)\d\d\b")
_AMOUNT_WEIGHT = 0.15  # of a number, where the question is how much
_MIN_CHARS, _MAX_CHARS = 25, 600
_MAX_CANDIDATES = 120
_PROSE_SHARE = 0.6  # letters and digits among what is not white space


@dataclasses.dataclass(frozen=True)
class _Sentence:
    hit: Hit
    start: int
    end: int
    text: str


def extract(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    warnings: Sequence[str] = (),
    newest: str = "",
    most: int = MAX_SENTENCES,
) -> Answer:
    """Return an extractive answer with one citation per sentence.

    Parameters
    ----------
    question : str
        As the user typed it.
    hits : sequence of Hit
        Passages, best first; kept in the answer as ``passages``.
    newest : str
        Of a follow-up, what was typed: its words count first.
    most : int
        How many sentences to quote at most.

    Returns
    -------
    Answer
        ``mode`` is ``extractive``, or ``none`` when no passage is relevant.
    """
    sentences = [s for hit in hits if is_relevant(question, hit) for s in _sentences(hit)][:_MAX_CANDIDATES]
    if not sentences:
        text = "Nothing in these documents seems to answer this question."
        return Answer(question, text, "none", (), tuple(hits), tuple(warnings), 0.0)
    chosen = _choose(question, sentences, embedder, newest, most)
    citations: list[Citation] = []
    parts = []
    for marker, (sentence, support) in enumerate(chosen, 1):
        citations.append(citation(marker, sentence.hit, sentence.start, sentence.end, support))
        parts.append(f"{' '.join(sentence.text.split())} [{marker}]")
    return Answer(question, " ".join(parts), "extractive", tuple(citations), tuple(hits), tuple(warnings), 0.0)


def _sentences(hit: Hit) -> list[_Sentence]:
    sentences = []
    for start, end in sentence_spans(hit.text):
        text = hit.text[start:end]
        if _MIN_CHARS <= len(text) <= _MAX_CHARS and not text.startswith("#") and _is_prose(text):
            sentences.append(_Sentence(hit, hit.start + start, hit.start + end, text))
    if not sentences and hit.text.strip():
        end = min(len(hit.text), _MAX_CHARS)
        sentences.append(_Sentence(hit, hit.start, hit.start + end, hit.text[:end]))
    return sentences


def _is_prose(text: str) -> bool:
    """Whether there is more in a text than rules, fences and other markup."""
    solid = [ch for ch in text if not ch.isspace()]
    return sum(ch.isalnum() for ch in solid) >= _PROSE_SHARE * len(solid) and "```" not in text


def _choose(
    question: str, sentences: list[_Sentence], embedder: Embedder, newest: str, most: int
) -> list[tuple[_Sentence, float]]:
    vectors = np.stack([embedder.embed_query(question), *embedder.embed([" ".join(s.text.split()) for s in sentences])])
    meaning = vectors[1:] @ vectors[0]
    wording = word_overlap(question, [s.text for s in sentences])
    best_hit = max(s.hit.score for s in sentences) or 1.0
    passage = np.array([s.hit.score / best_hit for s in sentences])
    support = 0.7 * np.clip(meaning, 0, 1) + 0.3 * wording
    score = support + 0.15 * passage + _NEWEST_WEIGHT * word_overlap(newest, [s.text for s in sentences])
    if _AMOUNT.search(question):
        score += _AMOUNT_WEIGHT * np.array([_tells_amount(s, question) for s in sentences])
    chosen: list[int] = []
    for index in np.argsort(-score, kind="stable"):
        if len(chosen) == most or (chosen and score[index] < _KEEP_WITHIN * score[chosen[0]]):
            break
        told = facts(sentences[index].text)
        if all(
            float(vectors[1 + index] @ vectors[1 + other]) < _TOO_ALIKE or told != facts(sentences[other].text)
            for other in chosen
        ):
            chosen.append(int(index))
    return [(sentences[index], float(np.clip(support[index], 0, 1))) for index in chosen]


def _tells_amount(sentence: _Sentence, question: str) -> bool:
    """Whether a sentence has a number that is no date, stands not in the question, and does not name its document."""
    known = _NUMBER.findall(f"{question} {os.path.basename(sentence.hit.path)}")
    return bool(set(_NUMBER.findall(_DATE.sub(" ", sentence.text))) - set(known))

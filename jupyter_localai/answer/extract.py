"""Answer without a chat model: the sentences of the passages that best answer the question.

Honest by construction: every sentence is quoted from a document, with its place. When nothing
is near enough to the question, the answer says so instead of quoting the least bad sentence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import numpy as np

from ..embed.base import Embedder
from ..results.passages import Answer, Citation, Hit
from .cite import citation, word_overlap
from .quotable import Quotable, quotable
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
_MAX_CANDIDATES = 120
_WORD = re.compile(r"[^\W_]+")


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
        How many sentences at most.

    Returns
    -------
    Answer
        ``mode`` is ``extractive``, or ``none`` when no passage is relevant.
    """
    found = [each for hit in hits if is_relevant(question, hit) for each in quotable(hit)]
    if not found:
        text = "Nothing in these documents seems to answer this question."
        return Answer(question, text, "none", (), tuple(hits), tuple(warnings), 0.0)
    citations: list[Citation] = []
    parts = []
    chosen = _choose(question, _candidates(question, found), embedder, newest, most)
    for marker, (quote, support) in enumerate(chosen, 1):
        citations.append(citation(marker, quote.hit, quote.start, quote.end, support))
        parts.append(f"{quote.shown} [{marker}]")
    return Answer(question, "\n\n".join(parts), "extractive", tuple(citations), tuple(hits), tuple(warnings), 0.0)


def _candidates(question: str, found: list[Quotable]) -> list[Quotable]:
    """Return as many as are worth embedding: those that share most words with the question, in their order."""
    if len(found) <= _MAX_CANDIDATES:
        return found
    wording = word_overlap(question, [each.shown for each in found])
    return [found[at] for at in sorted(np.argsort(-wording, kind="stable")[:_MAX_CANDIDATES])]


def _choose(
    question: str, found: list[Quotable], embedder: Embedder, newest: str, most: int
) -> list[tuple[Quotable, float]]:
    vectors = np.stack([embedder.embed_query(question), *embedder.embed([each.shown for each in found])])
    meaning = vectors[1:] @ vectors[0]
    wording = word_overlap(question, [each.shown for each in found])
    best_hit = max(each.hit.score for each in found) or 1.0
    passage = np.array([each.hit.score / best_hit for each in found])
    support = 0.7 * np.clip(meaning, 0, 1) + 0.3 * wording
    score = support + 0.15 * passage + _NEWEST_WEIGHT * word_overlap(newest, [each.shown for each in found])
    if _AMOUNT.search(question):
        score += _AMOUNT_WEIGHT * np.array([_tells_amount(each, question) for each in found])
    chosen: list[int] = []
    for index in np.argsort(-score, kind="stable"):
        if len(chosen) == most or (chosen and score[index] < _KEEP_WITHIN * score[chosen[0]]):
            break
        copies = (at for at in chosen if float(vectors[1 + index] @ vectors[1 + at]) >= _TOO_ALIKE)
        if all(facts(found[index].text) != facts(found[at].text) for at in copies):
            chosen.append(int(index))
    return [(found[index], float(np.clip(support[index], 0, 1))) for index in chosen]


def _tells_amount(quote: Quotable, question: str) -> bool:
    """Whether a quote has a number that is no date, stands not in the question, and does not name its document."""
    known = _NUMBER.findall(f"{question} {os.path.basename(quote.hit.path)}")
    return bool(set(_NUMBER.findall(_DATE.sub(" ", quote.text))) - set(known))

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
from ..results.answers import Answer, Citation
from ..results.passages import Hit
from ..text import keywords
from ..text.stems import stem
from .cite import citation, word_overlap
from .quotable import Quotable, quotable
from .relevance import relevant_hits
from .versions import Group, facts, sought
from .wanted import has_wanted

MAX_SENTENCES, _MAX_SEVERAL = 4, 6
_KEEP_WITHIN, _KEEP_SEVERAL = 0.75, 0.65  # quotes that score under this share of the best one are left out
_NEWEST_WEIGHT = 0.3
_TOO_ALIKE = 0.9
_LIST_WEIGHT = 0.1  # of a list, where the question wants several; lost where it does not
_MAX_CANDIDATES = 120
_NUMBER = re.compile(r"\d{2,}")
_SEVERAL = re.compile(
    r"\W*(?:which \w+s\b|what (?:are|were|do|does|did|must|should|shall|has to|have)\b|who (?:are|were)\b|list\b|name\b"
    r"|welche\b|was (?:muss|sind)\b|quels?\b|quelles\b|cu[aá]les\b|quali\b)",
    re.IGNORECASE,
)


def extract(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    warnings: Sequence[str] = (),
    newest: Sequence[str] = (),
    groups: Sequence[Group] = (),
) -> Answer:
    """Return an extractive answer with one citation per sentence.

    Parameters
    ----------
    question : str
        As the user typed it.
    hits : sequence of Hit
        Passages, best first; kept in the answer as ``passages``.
    newest : sequence of str
        Of a follow-up, what was typed, the last first: each counts twice as much as the one before it.
    groups : sequence of Group
        Passages that say nearly the same; there may be a quote of each.

    Returns
    -------
    Answer
        ``mode`` is ``extractive``, or ``none`` when no passage is relevant.
    """
    found = [each for hit in relevant_hits(question, hits, embedder) for each in quotable(hit)]
    found = _of_its_number(question, found)
    if not found:
        text = "Nothing in these documents seems to answer this question."
        return Answer(question, text, "none", (), tuple(hits), tuple(warnings), 0.0)
    citations: list[Citation] = []
    parts = []
    wanted = sought(question, groups)
    chosen = _choose(wanted, _candidates(wanted, found), embedder, newest, groups)
    for marker, (quote, support) in enumerate(chosen, 1):
        citations.append(citation(marker, quote.hit, quote.start, quote.end, support))
        parts.append(f"{quote.shown} [{marker}]")
    return Answer(question, "\n\n".join(parts), "extractive", tuple(citations), tuple(hits), tuple(warnings), 0.0)


def _of_its_number(question: str, found: list[Quotable]) -> list[Quotable]:
    """Leave out documents whose names have another number than the question, if that names one of them, as in 2032."""
    asked = set(_NUMBER.findall(question))
    numbers = {each.hit.path: set(_NUMBER.findall(os.path.basename(each.hit.path))) for each in found}
    if not any(asked & named for named in numbers.values()):
        return found
    return [each for each in found if not (named := numbers[each.hit.path]) or asked & named]


def _candidates(question: str, found: list[Quotable]) -> list[Quotable]:
    """Return as many as are worth embedding: those that share most words with the question, in their order."""
    if len(found) <= _MAX_CANDIDATES:
        return found
    wording = word_overlap(question, [each.shown for each in found])
    return [found[at] for at in sorted(np.argsort(-wording, kind="stable")[:_MAX_CANDIDATES])]


def _choose(
    question: str, found: list[Quotable], embedder: Embedder, newest: Sequence[str], groups: Sequence[Group]
) -> list[tuple[Quotable, float]]:
    texts = [each.shown for each in found]
    vectors = np.stack([embedder.embed_query(question), *embedder.embed(texts)])
    meaning = vectors[1:] @ vectors[0]
    wording = word_overlap(question, texts)
    best_hit = max(each.hit.score for each in found) or 1.0
    passage = np.array([each.hit.score / best_hit for each in found])
    support = 0.7 * np.clip(meaning, 0, 1) + 0.3 * wording
    score = support + 0.15 * passage
    for age, typed in enumerate(newest):
        score += _NEWEST_WEIGHT / 2**age * word_overlap(typed, texts)
    asked = newest[0] if newest else question
    score += np.array([has_wanted(asked, each.text, each.hit.path, newest[1:]) for each in found])
    several = _SEVERAL.match(asked) is not None
    score += (_LIST_WEIGHT if several else -_LIST_WEIGHT) * np.array([each.is_list for each in found])
    within = _KEEP_SEVERAL if several else _KEEP_WITHIN
    most = max(_MAX_SEVERAL if several else MAX_SENTENCES, *(len(group.hits) for group in groups), 0)
    rows = _rows_asked_for(asked, found)
    chosen: list[int] = []
    for index in np.argsort(-score, kind="stable"):
        if len(chosen) == most or (chosen and score[index] < within * score[chosen[0]]):
            break
        new = found[index]
        if (new.row and id(new) not in rows) or any(_overlap(new, found[at]) for at in chosen):
            continue
        copies = (found[at] for at in chosen if float(vectors[1 + index] @ vectors[1 + at]) >= _TOO_ALIKE)
        if all(facts(new.text) != facts(other.text) or _in_series(new, other, groups) for other in copies):
            chosen.append(int(index))
    return [(found[index], float(np.clip(support[index], 0, 1))) for index in chosen]


def _rows_asked_for(question: str, found: Sequence[Quotable]) -> set[int]:
    """Return the ids of the rows whose cells have most of the question's words, of those of each document."""
    rows = [each for each in found if each.row]
    shared = {id(each): len(_asked_cells(question, each)) for each in rows}
    most: dict[str, int] = {}
    for each in rows:
        most[each.hit.path] = max(most.get(each.hit.path, 0), shared[id(each)])
    return {id(each) for each in rows if shared[id(each)] == most[each.hit.path]}


def _asked_cells(question: str, quote: Quotable) -> set[str]:
    """Return the words of the question that cells of a row have, and no name of a column has in any number."""
    names = {stem(word) for name, _ in quote.row for word in keywords.terms(name)}
    cells = {stem(word) for _, cell in quote.row for word in keywords.terms(cell)}
    return ({stem(word) for word in keywords.terms(question)} - names) & cells


def _overlap(one: Quotable, other: Quotable) -> bool:
    return one.hit is other.hit and one.start < other.end and other.start < one.end


def _in_series(one: Quotable, other: Quotable, groups: Sequence[Group]) -> bool:
    """Whether the same sentence stands in two documents of a series, such as invoices to one client."""
    paths = [{hit.path for hit in group.hits} for group in groups if not group.are_versions]
    return one.hit.path != other.hit.path and any({one.hit.path, other.hit.path} <= series for series in paths)

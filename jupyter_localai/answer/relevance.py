"""Whether a passage has to do with a question, by the evidence that ranked it: meaning, words, and names of documents.

Where no passage has, an answer says so, and no chat model is asked. A passage that is about many things is far from
each of them, so where none is near enough, the sentences of the best ones are looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ..embed.base import Embedder
from ..results.passages import Hit
from ..text import keywords
from ..text.stems import stem
from ..text.words import inner_words, runs
from .quotable import quotable
from .wanted import has_clause

LEAST = 0.55
"""Of the cosine, `_WORDS_WEIGHT` times the share of the question's words that the passage has, and `_NAME_WEIGHT` times
the share that names its document. Chosen on nine collections with each other's questions: docs/retrieval.md."""
LEAST_OF_A_SENTENCE = 0.62
"""Of its cosine and `_WORDS_WEIGHT` times its share of the question's words."""
_BEST, _MOST_SENTENCES = 3, 40  # passages and sentences that are looked at
_WORDS_WEIGHT, _NAME_WEIGHT = 0.5, 0.2
_LONG_WORD = 4
_ASKING = frozenset(
    "long many much far often tell say says said mention mentions mentioned contain contains file files document "
    "documents total kind kinds list describe explain summarise summarize summary find show give happen happens "
    "happened mean means use used name named according write written get bring talk need want period amount "
    "number may might must shall".split()
)
"""Words of asking, which tell little of what is asked about."""
_WORD = re.compile(r"[^\W_]+")
_FENCED = re.compile(r"^```.*?^```[^\n]*$", re.MULTILINE | re.DOTALL)
_SIGN = re.compile(r"[=(){}\[\]<>;_$#\\|&%*+/'\"`.]")
_STATEMENT = re.compile(r"\s*(?:import\s|from\s+\S+\s+import\s|def\s|class\s|return\b|>>>|[%!$]\s*\w|#include)")
_LEAST_SIGNS, _SIGNS_SHARE = 4, 0.1


def telling_terms(question: str) -> list[str]:
    """Return the words of a question that tell what it is about; all its words if none does."""
    terms = keywords.terms(question)
    return [term for term in terms if term not in _ASKING] or terms


def relevant_hits(question: str, hits: Sequence[Hit], embedder: Embedder) -> list[Hit]:
    """Return the passages that have to do with a question; where there is none, the best ones with such a sentence."""
    near = [hit for hit in hits if is_relevant(question, hit)]
    if near:
        return near
    sentences = [each for hit in hits[:_BEST] for each in quotable(hit)][:_MOST_SENTENCES]
    if not sentences:
        return []
    wanted = set(map(stem, telling_terms(question)))
    meaning = embedder.embed([each.shown for each in sentences]) @ embedder.embed_query(question)
    fitting = {
        id(each.hit)
        for each, cosine in zip(sentences, meaning.tolist(), strict=True)
        if cosine + _WORDS_WEIGHT * _share(wanted, each.shown) >= LEAST_OF_A_SENTENCE
    }
    return [hit for hit in hits if id(hit) in fitting]


def _share(wanted: set[str], text: str) -> float:
    return len(wanted & set(map(stem, keywords.terms(text)))) / len(wanted) if wanted else 0.0


def is_relevant(question: str, hit: Hit) -> bool:
    """Whether a passage has to do with the question, by meaning, words and names together.

    The name of its file in the question is enough, and so is the number of a clause.
    """
    file = os.path.basename(hit.path).lower()
    if names_file(question, file) or has_clause(question, hit.text):
        return True
    wanted = telling_terms(question)
    if not wanted:
        return hit.similarity >= LEAST
    names = set(_WORD.findall(f"{file} {hit.document} {inner_words(os.path.basename(hit.path))}".lower()))
    text = hit.text.lower()
    words = set(_WORD.findall(text)) | set(_WORD.findall((hit.anchor.heading or "").lower()))
    ranked = set(hit.explain.words) if hit.explain else set()
    named = sum(word in names for word in wanted)
    # a longer word counts inside others, too: that is how forms and compounds are written; and so do pieces
    shared = sum(
        word in names
        or word in words
        or word in ranked
        or ((len(word) >= _LONG_WORD or bool(runs(word))) and word in text)
        for word in wanted
    )
    return hit.similarity + (_WORDS_WEIGHT * shared + _NAME_WEIGHT * named) / len(wanted) >= LEAST


def names_file(question: str, file: str) -> bool:
    """Whether a question has the name of a file, with its suffix, in it."""
    at = question.lower().find(file.lower()) if "." in file else -1
    return at >= 0 and not question[at - 1 : at].isalnum() and not question[at + len(file) :][:1].isalnum()


def without_code(question: str) -> str:
    """Return what a question of several lines asks in words, without the code that is pasted into it.

    A question that is nothing else, and one of a single line, stays as it is.
    """
    lines = _FENCED.sub("", question).splitlines()
    said = "\n".join(line for line in lines if line.strip() and not _is_code(line))
    return said if "\n" in question.strip() and telling_terms(said) else question


def _is_code(line: str) -> bool:
    signs = len(_SIGN.findall(line))
    return _STATEMENT.match(line) is not None or (signs >= _LEAST_SIGNS and signs >= _SIGNS_SHARE * len(line))

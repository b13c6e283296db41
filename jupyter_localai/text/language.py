"""Whether an embedding model can read a text; a small model of one language embeds other languages badly.

No language but German is guessed. A model reads a text badly when its own tokenizer has to cut most words into pieces,
and the text is not full of English function words (technical English has as many rare words as plain French has
foreign ones).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from ..results.files import Notice
from .keywords import STOP_WORDS, is_german
from .words import plain_words

MULTILINGUAL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
"""Small, of the same family as the default model, and trained on more than fifty languages."""
_SAMPLE, _SAMPLES = 1200, 3
_WHOLE_WORDS, _WHOLE_WORDS_OF_FEW = 0.65, 0.4  # a claim of science has rare words only
_FUNCTION_WORDS = 0.07
_SHORT = 2  # letters of function words that several languages share: a, in, on, an, me
_FEW_LETTERS, _MANY_LETTERS = 40, 200
_FEW_FOREIGN_LETTERS = 2
_PROGRAMS_AND_TABLES = frozenset(("code", "data", "table", "sheet", "notebook"))

WholeWords = Callable[[str], float]
"""Returns the share of a text's letters that stand in words the tokenizer knows whole."""


def reads(text: str, whole_words: WholeWords) -> bool:
    """Whether a model of that tokenizer reads `text`; a text too short to tell counts as read."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    known = whole_words(text)
    if known < 1 and is_german(text):
        return False
    if len(letters) < (_FEW_FOREIGN_LETTERS if 2 * foreign > len(letters) else _FEW_LETTERS):
        return True
    if known >= (_WHOLE_WORDS if len(letters) >= _MANY_LETTERS else _WHOLE_WORDS_OF_FEW):
        return True
    words = [word.lower() for word in plain_words(text) if not word.isdigit()]
    telling = sum(word in STOP_WORDS and len(word) > _SHORT for word in words)
    return telling >= _FUNCTION_WORDS * len(words)


def sample(text: str, kind: str) -> str:
    """Return enough of a document to tell from: its beginning, middle and end; nothing of programs and tables."""
    if kind in _PROGRAMS_AND_TABLES:
        return ""
    if len(text) <= _SAMPLE * _SAMPLES:
        return text
    middle, end = (len(text) - _SAMPLE) // 2, len(text) - _SAMPLE
    return " ".join(text[at : at + _SAMPLE] for at in (0, middle, end))


def of_documents(count: int, model: str) -> Notice:
    """Return the warning about documents that the embedding model reads badly."""
    what = "One document is" if count == 1 else f"{count} documents are"
    return _notice(f"{what} in a language that the embedding model {model} reads badly")


def of_question(model: str) -> Notice:
    """Return the warning about a question that the embedding model reads badly."""
    return _notice(f"The question is in a language that the embedding model {model} reads badly")


def _notice(what: str) -> Notice:
    return Notice(
        "language",
        f"{what}: found by its words, hardly by its meaning.",
        f'Take a multilingual one: jupyter localai pull-embedder {MULTILINGUAL}, set embedder = "{MULTILINGUAL}", '
        "then jupyter localai rebuild.",
    )

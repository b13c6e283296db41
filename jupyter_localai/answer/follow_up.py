"""Make a follow-up such as "and for 2019?" a question that can be searched for by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text import keywords
from ..text.sentences import sentence_spans
from .attached import telling
from .prompt import Turn, without_control
from .verify import unsupported

REWRITE = """You rewrite the last question of a conversation so that it can be understood without the conversation.
Put in what it refers to. Keep its language, names and numbers. Do not answer it. Reply with the question alone."""

_CONTINUES = re.compile(
    r"^\W*(and|or|but|also|then|what about|how about|what else|why|und|oder|aber|auch|wie|et|ou|mais|y|o|pero|e|ma)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(it|its|they|them|their|theirs|this|that|these|those|he|him|his|she|her|there|then|former|latter|same|one|ones"
    r"|es|er|sie|ihn|ihm|ihr|ihre|dies\w*|das|dort|damals)\b",
    re.IGNORECASE,
)
_FEW_TERMS, _SOME_TERMS = 2, 6
_CARRIED = 12
_LONGEST_CHARS = 200
_ASKS = re.compile(r"[?？؟;]\W*$")  # Greek has the semicolon


def rewriting(question: str, history: Sequence[Turn]) -> list[dict[str, str]]:
    """Return the messages that ask a chat model for the question in full."""
    said = []
    for turn in history[-3:]:
        about = [f"About: {telling(turn.context)[:400]}"] if turn.context else []
        said += [f"Question: {turn.question[:400]}", *about, f"Answer: {turn.answer[:400]}"]
    text = "\n".join([*said, f"Last question: {question}"])
    return [{"role": "system", "content": REWRITE}, {"role": "user", "content": without_control(text)}]


def rewritten(said: str, question: str, history: Sequence[Turn]) -> str | None:
    """Return the question in full from what the chat model said, or None when that cannot be relied on.

    It must be one short question, with no name or number that stands nowhere in the conversation: a small model
    makes up others, and they would be searched for.
    """
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    text = re.sub(r"^(?:last question|question|rewritten question)\s*:\s*", "", lines[0], flags=re.IGNORECASE)
    text = text.strip().strip('"“”«»').strip()
    if not any(ch.isalnum() for ch in text) or len(text) > max(_LONGEST_CHARS, len(question)):
        return None
    if _ASKS.search(question) and not _ASKS.search(text):
        return None
    known = "\n".join([question, *(f"{turn.question}\n{turn.answer}\n{turn.context}" for turn in history)])
    return None if len(sentence_spans(text)) > 1 or unsupported([text], (), known) else text


def carried_over(question: str, history: Sequence[Turn]) -> str:
    """Return the question with the telling words of the one before, where it seems to need them.

    A number of the question takes the place of those of the earlier one that look like it: years, for
    instance, are replaced by a year.
    """
    terms = keywords.terms(question)
    needs = (
        len(terms) <= _FEW_TERMS
        or (_CONTINUES.search(question) is not None and len(terms) <= _SOME_TERMS)
        or (_REFERS.search(question) is not None and len(terms) <= _SOME_TERMS)
    )
    if not history or not needs:
        return question
    shapes = {len(term) for term in terms if term.isdigit()}
    carried = [
        term
        for term in keywords.terms(f"{history[-1].question} {telling(history[-1].context)}")
        if term not in terms and not (term.isdigit() and len(term) in shapes)
    ]
    return f"{question} ({' '.join(carried[:_CARRIED])})" if carried else question

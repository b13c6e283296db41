"""Make a follow-up such as "and for 2019?" a question that can be searched for by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text import keywords
from ..text.sentences import sentence_spans
from ..text.words import plain_words
from .attached import telling
from .doubts import doubts
from .prompt import Turn, without_control

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
_OF_THE_ANSWER = re.compile(
    r"\b(this|that|these|those|former|latter|same|ones?|first|second|third|last|others?|another|rest|both|each|which)\b",
    re.IGNORECASE,
)
_FEW_TERMS, _SOME_TERMS = 2, 6
_ENGLISH_WORDS = 2
_TIMES = {
    "month": frozenset(
        "january february march april may june july august september october november december "
        "januar februar märz mai juni juli oktober dezember".split()
    ),
    "day": frozenset(
        "monday tuesday wednesday thursday friday saturday sunday "
        "montag dienstag mittwoch donnerstag freitag samstag sonntag".split()
    ),
    "season": frozenset("spring summer autumn winter frühling sommer herbst".split()),
}
_CARRIED = 12
_LONGEST_CHARS = 200
_ASKS = frozenset("?？؟;")  # Greek has the semicolon


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
    if _asks(question) and not _asks(text):
        return None
    known = "\n".join([question, *(f"{turn.question}\n{turn.answer}\n{turn.context}" for turn in history)])
    return None if len(sentence_spans(text)) > 1 or doubts(text, (), known) else text


def carried_over(question: str, history: Sequence[Turn]) -> str:
    """Return the question with the telling words of the conversation that it seems to need, in brackets at its end.

    What it says takes the place of its like. A new topic replaces the earlier topic and keeps what that was asked of
    by name; a new name keeps the topic; a year replaces the year. A word such as "it" needs all of the last question.
    """
    terms = keywords.terms(question)
    refers = _REFERS.search(question) is not None
    continues = _CONTINUES.search(question) is not None
    if not history or not (len(terms) <= _FEW_TERMS or ((continues or refers) and len(terms) <= _SOME_TERMS)):
        return question
    earlier, before = _parted(history[-1].question)
    telling_words = keywords.terms(telling(history[-1].context))
    named = _names if _is_english(f"{earlier} {question}") else _no_names
    said = named(question)
    times = set(map(_time, terms)) - {""}
    has_name = any(not _time(term) for term in said)
    has_topic = any(term not in said and not _time(term) for term in terms)
    names = named(earlier) | {word.lower() for word in plain_words(before) if not word.islower()}

    def is_kept(term: str) -> bool:
        if time := _time(term):
            return time not in times
        return refers or not (has_name if term in names else has_topic)

    first, second = keywords.terms(earlier), keywords.terms(before)
    carried = [term for term in (*first, *second, *telling_words) if is_kept(term)]
    if not carried and has_name != has_topic:
        carried = [term for term in (*(second or first), *telling_words) if not _time(term) or is_kept(term)]
    spelt = {word.lower(): word for word in plain_words(f"{before} {earlier}")}
    kept = [spelt.get(term, term) if term in names else term for term in dict.fromkeys(carried) if term not in terms]
    return f"{question} ({' '.join(kept[:_CARRIED])})" if kept else question


def is_clear(question: str, full: str, history: Sequence[Turn]) -> bool:
    """Whether a follow-up is as good in full by the rule, so that nobody has to wait for the chat model's wording.

    It is, in English, when the rule has completed it or there is nothing to complete, and it speaks of nothing that
    only the last answer tells, such as "the second one".

    Parameters
    ----------
    question : str
    full : str
        What `carried_over` made of it.
    history : sequence of Turn
    """
    if not history or not _is_english(f"{history[-1].question} {question}") or _OF_THE_ANSWER.search(question):
        return False
    return full != question or not (_REFERS.search(question) or _CONTINUES.search(question))


def _is_english(text: str) -> bool:
    return sum(word.lower() in keywords.STOP_WORDS for word in plain_words(text)) >= _ENGLISH_WORDS


def _parted(question: str) -> tuple[str, str]:
    """Return a question as it was typed, and what was carried over into it."""
    typed, _, carried = question.removesuffix(")").rpartition(" (") if question.endswith(")") else (question, "", "")
    return (typed, carried) if typed else (question, "")


def _names(text: str) -> set[str]:
    """Return the words, lower case, that are names or parts of one; the first word only before another one."""
    words = plain_words(text)
    capital = [word[0].isupper() for word in words]
    names = {
        word.lower()
        for at, word in enumerate(words)
        if (capital[at] and (at or capital[1:2] == [True])) or any(ch.isupper() for ch in word[1:]) or _is_code(word)
    }
    return names - keywords.STOP_WORDS


def _no_names(_text: str) -> set[str]:
    """Return no names: German writes every noun with a capital letter, so these tell nothing."""
    return set()


def _time(term: str) -> str:
    """Return which kind of time or number a word may be; empty for other words."""
    if term.isdigit():
        return str(len(term))
    return next((kind for kind, words in _TIMES.items() if term in words), "")


def _is_code(word: str) -> bool:
    return not word.isdigit() and any(ch.isdigit() for ch in word)


def _asks(text: str) -> bool:
    """Whether a text ends with the mark of a question; what follows it has no word."""
    end = next((at for at in range(len(text), 0, -1) if text[at - 1].isalnum() or text[at - 1] == "_"), 0)
    return not _ASKS.isdisjoint(text[end:])

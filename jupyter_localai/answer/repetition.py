"""Find a chat model that repeats itself, as small ones do until their length is used up."""

from __future__ import annotations

import re

from ..text.sentences import sentence_spans
from . import markers

TIMES = 3
"""So often something must be said to count as a repetition."""
_LEAST_LETTERS = 16  # of what is repeated; shorter things, such as "Yes." or a line of a table, may come again
_MOST_PERIOD = 600  # characters; what repeats without sentences
_LOOK_BACK = 6000  # characters in which a sentence is looked for again
_TAIL = 24
_LIST = re.compile(r"^\W*(?:\d{1,3}[.)]\s+)?")
_FENCE = re.compile(r"^(```|~~~)", re.MULTILINE)


def repeats(text: str) -> bool:
    """Whether an answer, so far as it is written, says the same for the third time at its end; code may."""
    return not _in_code(text) and (_period(text) > 0 or _last_sentence_count(text) >= TIMES)


def without_repetition(text: str) -> str:
    """Return an answer without what it says again: sentences that stood before, and the end that runs on."""
    if period := _period(text):
        text = text[: len(text) - (TIMES - 1) * period]
    said: set[str] = set()
    kept, at = [], 0
    for start, end in sentence_spans(text):
        key = _key(text[start:end])
        if not key or key not in said or _in_code(text[:start]):
            kept.append(text[at:end])
        at = end
        said.add(key)
    return "".join(kept).strip()


def _last_sentence_count(text: str) -> int:
    """Return how often the last sentence that is complete stands in the text."""
    if not text.rstrip()[-1:] or text.rstrip()[-1] not in ".!?。！？]\n":
        return 0
    keys = [_key(text[start:end]) for start, end in sentence_spans(text, max(0, len(text) - _LOOK_BACK))]
    return keys.count(keys[-1]) if keys and keys[-1] else 0


def _key(sentence: str) -> str:
    """Return what makes a sentence the same as another: its words, without markers and numbers of a list.

    Empty for one that is too short to count, and for a line of a table.
    """
    plain = _LIST.sub("", markers.removed(sentence)).strip()
    words = " ".join(re.findall(r"\w+", plain.casefold()))
    return words if sum(ch.isalpha() for ch in words) >= _LEAST_LETTERS and "|" not in plain else ""


def _period(text: str) -> int:
    """Return the length of what the text ends with three times in a row; 0 when it does not."""
    end = len(text)
    if end < TIMES * _LEAST_LETTERS:
        return 0
    tail, at = text[-_TAIL:], end - _TAIL
    while (at := text.rfind(tail, max(0, end - _MOST_PERIOD - _TAIL), at + _TAIL - 1)) >= 0:
        period = end - _TAIL - at
        again = text[end - period :]
        if text.endswith(again * TIMES) and sum(ch.isalpha() for ch in again) >= _LEAST_LETTERS and "|" not in again:
            return period
    return 0


def _in_code(text: str) -> bool:
    return len(_FENCE.findall(text)) % 2 == 1

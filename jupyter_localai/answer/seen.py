"""What an answer has seen of all that there is, for questions that want all of it or a number."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..results.answers import Answer

_WANTS_ALL = re.compile(
    r"(?:how many(?! (?:seconds|minutes|hours|days|weeks|months|years)\b)|what number of|count the|"
    r"wie ?viele|combien d|cu[aá]nt[oa]s|quant[iaoe]s?|сколько|(?:list|show|name|find)(?: me)? (?:all|every))\b",
    re.IGNORECASE,
)


def seen(question: str, answer: Answer, count: Callable[[], int]) -> str:
    """Return how much an answer was made from, if its question wanted all or a number; else nothing.

    Parameters
    ----------
    count : callable
        Returns how many documents there are.
    """
    if answer.mode == "none" or answer.select or not answer.passages or not _WANTS_ALL.match(question.strip()):
        return ""
    read = len(answer.passages) - (answer.dropped_passages or 0)
    whose = "Quotes do not count" if answer.mode == "extractive" else "A chat model counts only what it was given"
    looked_at = len({hit.path for hit in answer.passages})
    return (
        f"{whose}: this is from the {read} passages that fit best, of {looked_at} of {count():,} documents, "
        "and not from all that there is."
    )

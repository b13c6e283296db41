"""Turn any text a person types into a safe and useful FTS5 expression."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MAX_TERMS = 64
STOP_WORDS = frozenset(
    "a about above after again against all am an and any are as at be because been before being below between "
    "both but by can could did do does doing down during each few for from further had has have having he her "
    "here hers him his how i if in into is it its itself just me more most my no nor not now of off on once only "
    "or other our ours out over own same she should so some such than that the their theirs them then there these "
    "they this those through to too under until up us very was we were what when where which while who whom whose "
    "why will with would you your yours".split()
)


def terms(query: str) -> list[str]:
    """Return the distinct words of `query` that carry meaning, lower case, at most 64.

    Function words are dropped unless there is nothing else.
    """
    words = list(dict.fromkeys(word.lower() for word in _words(query)))
    telling = [word for word in words if word not in STOP_WORDS]
    return (telling or words)[:_MAX_TERMS]


def expression(query: str) -> str:
    """Return an expression that matches any of the query's words; empty when there are none.

    Every word is quoted, so operators, quotes and columns in the query are only words.
    """
    return " OR ".join(f'"{word}"' for word in terms(query))


def name_words(path: str) -> str:
    """Return the words of a file's name, without its suffix."""
    return " ".join(_words(PurePath(path).stem))


def _words(text: str) -> list[str]:
    """Return the words of a text; an accent, however it is encoded, does not end one."""
    return _WORD.findall(unicodedata.normalize("NFC", text))

"""Which turns of conversations contain text of documents: text that was attached or copied.

Runs of words are compared, so it does not matter where a text was cut out or how its lines are broken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from .catalogue import Catalogue
from .conversations import Turn

_RUN = 8  # words, or letters of a script that does not part words
_UNPARTED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_UNPARTED}]+|[{_UNPARTED}]")


def sharing(catalogue: Catalogue, document_ids: Sequence[int]) -> set[Turn]:
    """Return ``(conversation, seq)`` of the turns whose question or attached text has text of these documents."""
    turns: defaultdict[str, set[Turn]] = defaultdict(set)
    for conversation, seq, asked in catalogue.conversations.asked():
        for run in _runs(asked):
            turns[run].add((conversation, seq))
    if not turns:
        return set()
    found = set[Turn]()
    for text in catalogue.chunks.texts(document_ids):
        for run in _runs(text):
            found |= turns.get(run, set())
    return found


def _runs(text: str) -> Iterator[str]:
    words = _WORD.findall(text.casefold())
    return (" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))

"""Cut passages that follow each other into sections that a chat model can read at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from ..results.passages import Hit
from .prompt import count_tokens, passage

_FULL_ENOUGH = 0.7  # of the room, from which on a section ends where something new begins
_ONE_IN = 4  # passages of a text without headings end a section, by what they say


def cut(passages: Sequence[Hit], room: int) -> Iterator[list[Hit]]:
    """Yield sections of at most `room` tokens; a passage that is larger is a section by itself.

    A section ends with its document or heading once it is nearly full. In text without headings the passage itself
    decides, so that sections stay the same where the text before them changes.
    """
    section: list[Hit] = []
    taken = 0
    for hit in passages:
        tokens = size(hit)
        if section and (taken + tokens > room or (taken >= _FULL_ENOUGH * room and _ends(section[-1], hit))):
            yield section
            section, taken = [], 0
        section.append(hit)
        taken += tokens
    if section:
        yield section


def size(hit: Hit) -> int:
    """Return the tokens that a passage takes in a prompt."""
    return count_tokens(passage(100, hit)) + 2


def _ends(last: Hit, following: Hit) -> bool:
    if last.path != following.path:
        return True
    heads = [(hit.anchor.heading or "").partition(" > ")[0] for hit in (last, following)]
    return heads[0] != heads[1] or (not any(heads) and zlib.crc32(last.text.encode()) % _ONE_IN == 0)

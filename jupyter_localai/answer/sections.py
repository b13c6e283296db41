"""Cut passages that follow each other into sections that a chat model can read at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from ..results.passages import Hit
from .prompt import count_tokens, passage

_LEAST = 0.4  # of the room


def cut(passages: Sequence[Hit], room: int) -> Iterator[list[Hit]]:
    """Yield sections of at most `room` tokens; a passage that is larger is a section by itself.

    Among the places where a section of a good size may end, it ends with its document, else with its outermost heading,
    else where the passage itself says so by a checksum. Thus most sections stay the same where passages before them are
    put in or taken out (content-defined chunking).
    """
    sizes = [size(hit) for hit in passages]
    start = 0
    while start < len(passages):
        end = _end(passages, sizes, start, room)
        yield list(passages[start:end])
        start = end


def size(hit: Hit) -> int:
    """Return the tokens that a passage takes in a prompt."""
    return count_tokens(passage(100, hit)) + 2


def _end(passages: Sequence[Hit], sizes: Sequence[int], start: int, room: int) -> int:
    """Return where the section that begins at `start` ends."""
    taken, ends = 0, []
    for at in range(start, len(passages)):
        if taken + sizes[at] > room and at > start:
            break
        taken += sizes[at]
        if taken >= _LEAST * room:
            ends.append(at + 1)
    else:
        return len(passages)
    return min(ends, key=lambda end: _rank(passages[end - 1], passages[end])) if ends else at


def _rank(last: Hit, following: Hit) -> tuple[int, int]:
    """Return how well a section ends between two passages, the lower the better."""
    if last.path != following.path:
        kind = 0
    else:
        heads = [(hit.anchor.heading or "").partition(" > ")[0] for hit in (last, following)]
        kind = 1 if heads[0] != heads[1] else 2
    return kind, zlib.crc32(last.text.encode())

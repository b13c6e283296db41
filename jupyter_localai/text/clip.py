"""Text made shorter: to its beginning, or to its beginning and its end."""

from __future__ import annotations

MARK = "\n[…]\n"
BEGINNING = 0.4
"""So much of what is kept of a text without its middle is its beginning."""


def clipped(text: str, chars: int) -> str:
    """Return the beginning of `text` on one line, cut between words where it is longer than `chars`."""
    text = " ".join(text.split())
    return text if len(text) <= chars else text[:chars].rsplit(" ", 1)[0] + " …"


def without_middle(text: str, chars: int, beginning: float = BEGINNING) -> str:
    """Return at most `chars` characters of `text`, with a mark where its middle was; never less than the mark."""
    if len(text) <= chars:
        return text
    room = max(0, chars - len(MARK))
    first = int(room * beginning)
    return text[:first] + MARK + text[len(text) - (room - first) :]

"""The headings that a piece of text stands under: few and short, since each piece tells all of them."""

from __future__ import annotations

MAX_LEVELS = 6
MAX_CHARS = 200
"""Of one heading."""
SEPARATOR = " > "
MAX_PATH_CHARS = MAX_LEVELS * (MAX_CHARS + len(SEPARATOR))


class HeadingPath:
    """The headings on the way to where a reader is; of more than six levels the nearest."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """Go below a heading; those of its level and of deeper ones no longer count."""
        outer = [item for item in self._path if item[0] < level]
        self._path = [*outer[1 - MAX_LEVELS :], (level, cut(heading, MAX_CHARS))]

    def __str__(self) -> str:
        return SEPARATOR.join(heading for _, heading in self._path)


def cut(text: str, chars: int) -> str:
    """Return `text`, its end left out when it is longer."""
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"

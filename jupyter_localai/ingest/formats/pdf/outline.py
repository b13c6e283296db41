"""The outline of a PDF as headings: each is looked for on its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..parts.headings import HeadingPath

_NUMBER_CHARS = 8  # of a heading's number, which an outline often leaves out


class Outline:
    """The headings a document stands under, page after page.

    Parameters
    ----------
    bookmarks : sequence of (int, int, str)
        Page from 0, level from 0, and title, in the order of the outline.
    """

    def __init__(self, bookmarks: Sequence[tuple[int, int, str]]) -> None:
        self._by_page: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for page, level, title in bookmarks:
            self._by_page[page].append((level, title))
        self._path = HeadingPath()

    def parts(self, page: int, text: str) -> Iterator[tuple[str | None, str]]:
        """Yield the parts of a page, counted from 0, each with the headings that it stands under."""
        begun, found = 0, self._by_page.get(page)
        if found:
            lines = text.splitlines(keepends=True)
            starts = [0]
            for line in lines:
                starts.append(starts[-1] + len(line))
            compact = ["".join(line.split()).casefold() for line in lines]
            for level, title in found:
                at = _line_of("".join(title.split()).casefold(), compact)
                if at is not None and starts[at] > begun:
                    yield str(self._path) or None, text[begun : starts[at]]
                    begun = starts[at]
                self._path.enter(level, title)
        yield str(self._path) or None, text[begun:]


def _line_of(title: str, lines: Sequence[str]) -> int | None:
    """Return which line is a title, or begins one that goes on in the next lines."""
    for index, line in enumerate(lines):
        if not line:
            continue
        if line.endswith(title) and len(line) - len(title) <= _NUMBER_CHARS:
            return index
        if title.startswith(line) and "".join(lines[index : index + 3]).startswith(title):
            return index
    return None

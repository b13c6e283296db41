"""The pages of a document, and the head of each: its first lines, without those that stand on every page.

Whose report it is and which statement a page shows is told at its top, and in none of the chunks further down.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ..results.passages import Anchor

MAX_LINES = 6
MAX_CHARS = 260
_EDGE_LINES = 4
"""Lines at the top and at the bottom of a page among which running titles and page numbers are."""
_OFTEN, _OFTEN_SHARE = 4, 0.15
_WORD = re.compile(r"[^\W\d_]{3}")
_DIGITS = re.compile(r"\d+")


@dataclasses.dataclass(frozen=True)
class Page:
    """A page, slide or sheet: the positions of its first and last chunk in the document, and its head.

    The head is empty where no line qualifies, and for sheets: their first line names columns.
    """

    first: int
    last: int
    head: str


def pages_of(parts: Iterable[tuple[Anchor, str]]) -> list[Page]:
    """Return the pages of a document, in order.

    Parameters
    ----------
    parts : iterable of (Anchor, str)
        The chunks, in order: the anchor of each one's first place; its text and what follows it.
    """
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    for (page, slide, sheet), group in itertools.groupby(enumerate(parts), key=lambda part: _place(part[1][0])):
        of_page = list(group)
        if (page, slide, sheet) != (None, None, None):
            spans.append((of_page[0][0], of_page[-1][0]))
            texts.append("".join(text for _, (_, text) in of_page) if sheet is None else "")
    return [Page(*span, head) for span, head in zip(spans, _heads(texts), strict=True)]


def _place(anchor: Anchor) -> tuple[int | None, int | None, str | None]:
    return anchor.page, anchor.slide, anchor.sheet


def _heads(texts: list[str]) -> Iterator[str]:
    pages = [[line for line in map(str.strip, text.splitlines()) if line] for text in texts]
    edges = Counter(
        same for lines in pages for same in {_same(line) for line in (*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:])}
    )
    often = max(_OFTEN, _OFTEN_SHARE * len(pages))
    for lines in pages:
        telling = (line for line in lines if _WORD.search(line) and edges[_same(line)] <= often)
        yield "\n".join(itertools.islice(telling, MAX_LINES))[:MAX_CHARS].rstrip()


def _same(line: str) -> str:
    """Return what two lines have in common that differ in numbers alone."""
    return _DIGITS.sub("", line).strip()

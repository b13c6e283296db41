"""Headers, footers and page numbers: lines at the edge of pages that come again and again."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice

_EDGE = 3  # lines from the top and from the end of a page
_MAX_CHARS = 160
_OFTEN = 3  # pages
_NUMBER = re.compile(r"\d+")
_DIGITS = 4
# a number before that of all pages, or beside a rule
_PAGE_NUMBER = re.compile(r"\d ?(?:/|of|von|de|di|sur|van|z) ?\d|\A\D{0,99}\d{1,9} ?\||\| ?\D{0,99}\d{1,9}\Z")
_LETTER = re.compile(r"[^\W\d_]")


def without_margins(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the lines of each page without those that only stand around the text.

    A header is kept where it comes first, at the beginning of the page, so that no word is lost; a page number is not.
    """
    if len(pages) < 2:
        return [list(page) for page in pages]
    edges = [_edges(page) for page in pages]
    texts = Counter(text for edge in edges for text in {text for _, text in edge})
    numbered = _numbered(edges)
    often = min(_OFTEN, len(pages))
    shown: set[str] = set()
    kept = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        dropped: set[int] = set()
        first: list[str] = []
        for index, text in edge:
            offsets = _offsets(text, number)
            shape = _NUMBER.sub("#", text) if offsets or texts[text] >= often else text
            is_number = any((shape, offset) in numbered for offset in offsets)
            if not is_number and (texts[text] < often or (len(pages) < _OFTEN and index not in (0, len(page) - 1))):
                continue
            dropped.add(index)
            if _LETTER.search(shape) and shape not in shown and len(shape) > len("page # of #"):
                first.append(text)
            shown.add(shape)
        rest = [line for index, line in enumerate(page) if index not in dropped]
        if any(line.strip() for line in rest):
            kept.append([*first, *([""] if first else []), *rest])
        else:
            kept.append(list(page))
    return kept


def _edges(page: Sequence[str]) -> list[tuple[int, str]]:
    top = islice((index for index in range(len(page)) if page[index].strip()), _EDGE)
    end = islice((index for index in reversed(range(len(page))) if page[index].strip()), _EDGE)
    chosen = sorted({*top, *end})
    return [
        (index, " ".join(page[index].split()))
        for index in chosen
        if len(page[index]) <= _MAX_CHARS and " | " not in page[index]
    ]


def _numbered(edges: Sequence[list[tuple[int, str]]]) -> set[tuple[str, int]]:
    """Return the shapes of lines in which a number grows with the pages, each with its distance from theirs."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, edge in enumerate(edges):
        outer = {index for index, _ in (edge[:1] + edge[-1:])}
        for index, text in edge:
            offsets = _offsets(text, number)
            shape = _NUMBER.sub("#", text) if offsets else text
            if index not in outer and (len(edges) < _OFTEN or not _LETTER.search(shape)):
                continue  # a figure of a table, say
            for offset in offsets:
                found[shape, offset].add(number)
    often = min(_OFTEN, len(edges))
    most = max(often, len(edges) // 5)  # a bare number may be a figure
    return {key for key, at in found.items() if len(at) >= (often if _LETTER.search(key[0]) else most)}


def _offsets(text: str, number: int) -> set[int]:
    """Return how far the numbers of a line are from that of its page; long ones are none of pages."""
    numbers = _NUMBER.findall(text)
    if not numbers or (len(numbers) > 1 and not _PAGE_NUMBER.search(text)):
        return set()
    return {int(found) - number for found in numbers if len(found) <= _DIGITS}

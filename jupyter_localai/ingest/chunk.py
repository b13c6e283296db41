"""Cut a document into chunks along its structure, sized in the embedding model's tokens.

The text is first split into units (sentences, lines of code, list items), each border
between two units has a strength (a new section cuts better than a new sentence), and the
borders that become chunk borders are those of least total cost: a chunk pays for being far
from the target size and for the border it is cut at. The optimum is found by dynamic
programming over a window of one chunk, so the time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from ..results.passages import Anchor, Chunk, Document, Place
from ..text.sentences import sentence_spans
from .formats.text import line_starts

TARGET_TOKENS = 80
MAX_CONTEXT_TOKENS = 40
_MAX_CHARS = 2400  # also for text whose tokens are long: padded tables, encoded data
_MAX_RUN_ON_CHARS = 600
_CUT_COST = {0: 2.0, 1: 0.35, 2: 0.2, 3: 0.08, 4: 0.0}  # by strength of the border that is cut
_SPAN_COST = 0.06  # for each section border left inside a chunk

_TABLES = frozenset(("table", "sheet"))
_BY_LINE = _TABLES | {"code", "data"}  # kinds that have lines rather than sentences

TokenStarts = Callable[[str], Sequence[int]]


def chunk(document: Document, token_starts: TokenStarts, max_tokens: int) -> list[Chunk]:
    """Cut `document` into chunks.

    Parameters
    ----------
    document : Document
        What a reader returned.
    token_starts : callable
        Maps a text to the offsets at which the embedding model's tokens start.
    max_tokens : int
        What the model reads of one text, context included; nothing longer is made.

    Returns
    -------
    list of Chunk
        In order, not overlapping, together covering every character but white space.
        ``document.text[c.start:c.end] == c.text`` for each.
    """
    tokens = token_starts(document.text)
    context_tokens = min(MAX_CONTEXT_TOKENS, max_tokens // 4)
    room = max_tokens - context_tokens
    borders: list[tuple[int, int]] = []
    for start, end in _regions(document):
        borders += _cut(document, tokens, start, end, min(TARGET_TOKENS, room), room)
    chunks = []
    title = _title(document)
    lines = line_starts(document.text)
    for index, (start, end) in enumerate(borders):
        following = borders[index + 1][0] if index + 1 < len(borders) else len(document.text)
        places = _places(document, lines, start, end)
        context = _context(
            title,
            places[0].anchor.heading or places[0].anchor.sheet,
            document.text[start:end],
            token_starts,
            context_tokens,
        )
        chunks.append(Chunk(start, end, document.text[start:end], places, context, document.text[end:following]))
    return chunks


def _regions(document: Document) -> list[tuple[int, int]]:
    """Join neighbouring places that a chunk may span; a new page, slide or sheet may not be spanned.

    A sentence that runs on over the end of a page stays with the page it begins on.
    """
    regions: list[tuple[int, int]] = []
    last: tuple[object, ...] | None = None
    for place in document.places or (Place(0, len(document.text), Anchor()),):
        hard = (place.anchor.page, place.anchor.slide, place.anchor.sheet)
        if regions and hard == last:
            regions[-1] = (regions[-1][0], place.end)
        else:
            start = place.start
            if regions and _runs_on(document.text, place):
                (_, start), *_ = sentence_spans(document.text, start, place.end) or [(start, start)]
                start = start if start - place.start <= _MAX_RUN_ON_CHARS else place.start
                regions[-1] = (regions[-1][0], start)
            regions.append((start, place.end))
        last = hard
    return [region for region in regions if region[0] < region[1]]


def _runs_on(text: str, place: Place) -> bool:
    """Whether a page begins in the middle of a sentence: its reader left no empty line before it."""
    return place.anchor.page is not None and place.start > 0 and text[place.start - 2 : place.start] != "\n\n"


def _cut(
    document: Document, tokens: Sequence[int], start: int, end: int, target: int, room: int
) -> list[tuple[int, int]]:
    units = _units(document, tokens, start, end, room)
    if not units:
        return []
    counts = [_count(tokens, a, b) for a, b, _ in units]
    best = [0.0] + [float("inf")] * len(units)
    came_from = [0] * (len(units) + 1)
    for last in range(1, len(units) + 1):
        size = inside = 0
        for first in range(last - 1, -1, -1):
            size += counts[first]
            too_long = size > room or units[last - 1][1] - units[first][0] > _MAX_CHARS
            if too_long and first < last - 1:
                break
            off = (size - target) / target
            cost = best[first] + off * off + inside * _SPAN_COST + _CUT_COST[units[first][2]]
            if cost < best[last]:
                best[last], came_from[last] = cost, first
            inside += units[first][2] == 4
    cuts = []
    last = len(units)
    while last:
        first = came_from[last]
        cuts.append((units[first][0], units[last - 1][1]))
        last = first
    return cuts[::-1]


def _units(document: Document, tokens: Sequence[int], start: int, end: int, room: int) -> list[tuple[int, int, int]]:
    """Return ``(start, end, strength of the border before)`` for the smallest pieces worth keeping whole."""
    text = document.text
    sections = (place for place in _sections(document) if start <= place.start < end)
    openings = {place.start for place in sections if place.start == start or not _runs_on(text, place)}
    split = _lines if document.kind in _BY_LINE else sentence_spans
    units: list[tuple[int, int, int]] = []
    edges = sorted({start, end, *openings})
    for left, right in pairwise(edges):
        fresh = True
        for a, b in split(text, left, right):
            strength = 4 if fresh else _strength(text, units[-1][1], a, document.kind)
            fresh = False
            for piece, (c, d) in enumerate(_pieces(text, tokens, a, b, room)):
                units.append((c, d, 0 if piece else strength))
    return units


def _sections(document: Document) -> Iterator[Place]:
    """Yield the places that begin something new; the next row of a table does not."""
    before = None
    for place in document.places:
        in_table = place.anchor.row is not None or document.kind == "markdown"  # whose sections have headings
        what = replace(place.anchor, row=None, line=None) if in_table else None
        if what is None or what != before:
            yield place
        before = what


_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_NAME_SIGNS = re.compile(r"[_+-]+")  # which stand for blanks in the names of files
_ITEM = re.compile(r"(?:[-*+•▪◦–]|\d{1,3}[.)]|\||#{1,6})\s")


def _strength(text: str, previous_end: int, start: int, kind: str) -> int:
    gap = text[previous_end:start]
    if kind in _TABLES:
        return 3 if _BLANK_LINE.search(gap) else 0  # the rows of a block stand under its column names
    if kind == "code":
        if not _BLANK_LINE.search(gap):
            return 1
        return 2 if gap.endswith((" ", "\t")) else 3
    if _BLANK_LINE.search(gap):
        return 3
    if "\n" not in gap:
        return 1
    if (
        kind == "markdown"
        and text.startswith("|", start)
        and text.startswith("|", text.rfind("\n", 0, previous_end) + 1)
    ):
        return 0  # a row of a table stands under its column names
    return 2 if _ITEM.match(text, start) or kind != "pdf" else 1


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split into lines that are not blank, each from its first character that is not white space."""
    spans = []
    for match in re.compile(r"[^\n]+").finditer(text, start, end):
        stripped = match.group().strip()
        if stripped:
            at = match.start() + match.group().index(stripped)
            spans.append((at, at + len(stripped)))
    return spans


def _pieces(text: str, tokens: Sequence[int], start: int, end: int, room: int) -> list[tuple[int, int]]:
    """Split what is too long for one chunk: at white space if possible, anywhere if not."""
    pieces = []
    while _count(tokens, start, end) > room or end - start > _MAX_CHARS:
        first = bisect_left(tokens, start)
        limit = min(end, start + _MAX_CHARS)
        if first + room < len(tokens):
            limit = min(limit, tokens[first + room])
        cut = max(start + 1, limit)
        for at in range(cut, start + (cut - start) // 2, -1):
            if text[at - 1].isspace():
                cut = at
                break
        stop = cut
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            pieces.append((start, stop))
        start = cut
        while start < end and text[start].isspace():
            start += 1
        if start >= end:
            return pieces
    pieces.append((start, end))
    return pieces


def _count(tokens: Sequence[int], start: int, end: int) -> int:
    return bisect_left(tokens, end) - bisect_left(tokens, start)


def _places(document: Document, lines: Sequence[int], start: int, end: int) -> tuple[Place, ...]:
    """Return the places inside a chunk; the first is moved to the chunk's start, line included."""
    inside: list[Place] = []
    first = max(bisect_left(document.places, start + 1, key=lambda place: place.start) - 1, 0)
    for place in document.places[first:]:
        if place.start >= end:
            break
        if place.end <= start:
            continue
        anchor = place.anchor
        if place.start < start and anchor.line is not None and anchor.row is None:
            below = bisect_right(lines, start) - bisect_right(lines, place.start)
            anchor = replace(anchor, line=anchor.line + below)
        inside.append(Place(max(place.start, start), min(place.end, end), anchor))
    return tuple(inside) or (Place(start, end, Anchor()),)


def _title(document: Document) -> str:
    """Return what a document is called; a PDF that does not say it is called as its file is.

    A title without a letter is an accession number or the like: many tokens that tell nothing.
    """
    names = [document.title]
    if document.kind == "pdf":
        names.append(" ".join(_NAME_SIGNS.sub(" ", PurePath(document.path).stem).split()))
    return next((name for name in names if any(map(str.isalpha, name))), "")


def _context(title: str, heading: str | None, text: str, token_starts: TokenStarts, limit: int) -> str:
    """Return the title and headings a chunk is embedded with, without what it already says itself."""
    parts = [" ".join(part.split()) for part in (title, *(heading or "").split(" > "))]
    kept: list[str] = []
    for part in parts:
        if part and part not in kept and not " ".join(text[: len(part) + 20].split()).lstrip("#=* ").startswith(part):
            kept.append(part)
    while kept:
        context = " > ".join(kept)
        starts = token_starts(context)
        if len(starts) < limit:
            return context
        if len(kept) == 1:
            return context[: starts[limit - 1]].rstrip()
        del kept[1 if len(kept) > 2 else 0]
    return ""

"""Tables of Markdown: the column names of a long one stand above each block of its rows, as in other tables."""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ....results.passages import Place
from .rows import BLOCK_CHARS, WIDE_CHARS

_RULE = frozenset("|-: \t")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")


def repeat_names(text: str, places: Sequence[Place], starts: Sequence[int]) -> tuple[str, tuple[Place, ...]]:
    """Return a text whose long tables repeat their column names, and its places, one for each row of these tables.

    Parameters
    ----------
    text : str
        Markdown.
    places : sequence of Place
        Those of its sections, anchored by line.
    starts : sequence of int
        Where its lines begin.
    """
    ends = [*starts[1:], len(text)]
    lines = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    fresh: dict[int, str] = {}  # per line that begins a place: what is put before it
    for first, last in _tables(lines):
        fresh |= _blocks(lines, first, last)
    if not fresh:
        return text, tuple(places)
    pieces = [text[: places[0].start]]
    found: list[Place] = []
    offset = places[0].start
    for place in places:
        inside = range(bisect_right(starts, place.start) - 1, len(lines))
        borders = [(place.start, place.anchor.line, "")]
        for number in inside:
            if starts[number] >= place.end:
                break
            if number in fresh and starts[number] > place.start:
                # counted from here, the row below the names has the line that it has in the file
                borders.append((starts[number], number + 1 - fresh[number].count("\n"), fresh[number]))
        for at, (start, line, opening) in enumerate(borders):
            end = borders[at + 1][0] if at + 1 < len(borders) else place.end
            piece = opening + text[start:end]
            found.append(Place(offset, offset + len(piece), dataclasses.replace(place.anchor, line=line)))
            pieces.append(piece)
            offset += len(piece)
    return "".join(pieces), tuple(found)


def _tables(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the line of column names and the line behind the last row of each table."""
    fence = ""
    number = 0
    while number < len(lines):
        mark = _FENCE.match(lines[number])
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        elif not fence and "|" in lines[number] and number + 1 < len(lines) and _is_rule(lines[number + 1]):
            first, number = number, number + 2
            while number < len(lines) and "|" in lines[number]:
                number += 1
            yield first, number
            continue
        number += 1


def _is_rule(line: str) -> bool:
    line = line.rstrip()
    return "|" in line and "-" in line and _RULE.issuperset(line)


def _blocks(lines: Sequence[str], first: int, last: int) -> dict[int, str]:
    """Return what to put before the rows of a table, nothing before most; empty when it is short."""
    names = lines[first].strip()
    if len(names) > WIDE_CHARS or sum(map(len, lines[first + 2 : last])) <= BLOCK_CHARS:
        return {}
    fresh = {}
    size = 0
    for number in range(first + 2, last):
        length = len(lines[number])
        full = size and size + length > max(BLOCK_CHARS - len(names), BLOCK_CHARS // 2)
        fresh[number] = f"\n{names}\n" if full else ""
        size = length if full else size + length
    if last < len(lines):
        fresh[last] = ""
    return fresh

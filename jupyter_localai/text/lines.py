"""Which line breaks end something: those of a log, a list or a heading do, those of wrapped prose do not.

A line of wrapped prose is full: the next word did not fit. A line that ends early although the next one begins anew
ended on purpose, and so did lines that begin alike (a time, a name with a colon, cells). No line is seen alone: what
counts is the block, the lines between two blank ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"[^\n]+")
_SHAPES = (
    ("cue", re.compile(r"[\d:.,]{5,16} *-->")),
    ("cells", re.compile(r"[^|\t]{0,200}(?:\t| \| )")),
    ("time", re.compile(r"\W{0,3}\d{1,4}[-./:]\d{1,2}[-./:]\d{1,4}|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d")),
    ("value", re.compile(r"[\w.-]{1,60} {0,4}=|\[[^\]\n]{1,60}\]$")),
    ("name", re.compile(r"[\"'“]?\w[\w .'’()/&+-]{0,40}[\"'”]?:(?=\s|$)")),
    ("number", re.compile(r"\d[\d.,]{0,15}\s")),
)
_NUMBERED = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){0,5}\.?|§ ?\d{1,4}|[A-Z]\.|[IVX]{1,5}\.)[ \t]+[^\W\d_]")
_HEADING = re.compile(r"#{1,6}[ \t]")
_FULL = 0.8  # of the block's width: a line with its next word that stays below this ended early
_NARROW, _NARROW_LINES = 30, 3
_MANY_LINES = 8
_GOING_ON = 0.1  # share of lines that begin as the rest of a sentence does
_LONGEST_HEADING = 100
_STARTERS = frozenset(
    "The A An In On At It This These That If When There For We You They All Each No Every "
    "Der Die Das Ein Eine Im Am Es Wenn Bei Alle Le Les Un Une Il Elle El Los Las La Lo Gli Os Em".split()
)


def line_borders(text: str, start: int, end: int) -> set[int]:
    """Return where lines of ``text[start:end]`` end on purpose: the offsets of their line feeds."""
    borders: set[int] = set()
    for block in _blocks(text, start, end):
        lines = [text[left:right].strip() for left, right in block]
        borders.update(block[at - 1][1] for at in _ends(lines, block[0][0] == start))
    return borders


def _blocks(text: str, start: int, end: int) -> Iterator[list[tuple[int, int]]]:
    """Yield the lines between blank ones."""
    block: list[tuple[int, int]] = []
    for match in _LINE.finditer(text, start, end):
        blank = match[0].isspace()
        if block and (blank or match.start() > block[-1][1] + 1):
            yield block
            block = []
        if not blank:
            block.append(match.span())
    if block:
        yield block


def _ends(lines: list[str], may_begin_inside: bool) -> Iterator[int]:
    """Yield the numbers of the lines of a block that a border stands before."""
    if len(lines) < 2:
        return
    width = max(map(len, lines))
    shapes = [next((name for name, pattern in _SHAPES if pattern.match(line)), "") for line in lines]
    going_on = sum(not _begins(line) for line in lines[1:]) / (len(lines) - 1)
    narrow = width < _NARROW and len(lines) >= _NARROW_LINES and going_on == 0
    listed = narrow or (len(lines) >= _MANY_LINES and going_on <= _GOING_ON)
    for at in range(1, len(lines)):
        before, line = lines[at - 1], lines[at]
        alike = shapes[at] and shapes[at] in (shapes[at - 1], shapes[at + 1] if at + 1 < len(lines) else "")
        closed = shapes[at - 1] == "cue" or not any(map(str.isalpha, before)) or _HEADING.match(before)
        if alike or closed or (_begins(line) and (listed or _ended_early(lines, at, width, may_begin_inside))):
            yield at


def _begins(line: str) -> bool:
    """Whether a line begins as a sentence or a list item does; a script without capitals does not tell."""
    letter = line.lstrip("\"'“„«([*_")[:1]
    return letter.isupper() or letter.isdigit() or bool(letter and not letter.isalnum() and line[0] == "[")


def _ended_early(lines: list[str], at: int, width: int, may_begin_inside: bool) -> bool:
    before, word = lines[at - 1], lines[at].split(maxsplit=1)[0]
    if before.endswith((",", "-", "–", "/", "(", "&")):
        return False
    size = len(before) + 1 + len(word)
    heading = len(before) <= _LONGEST_HEADING and _NUMBERED.match(before) is not None
    if heading and (word in _STARTERS or size <= width):
        return True
    if at == 1 and may_begin_inside and word not in _STARTERS:
        return False  # the block's beginning may be the rest of a full line
    return size <= _FULL * width

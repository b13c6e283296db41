"""Citation markers: how chat models write them, and the one way they are shown, ``[1]``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..text.code import is_code_line

MARKER = re.compile(
    r"""(?<!\s)\s*[\[【]\s*\^?(?:(?:passages?|sources?)\s*)?
    (?P<numbers>\d{1,9}(?:\s*(?:,|;|&|and|-|–)\s*(?:passage\s*)?\d{1,9})*)
    \s*(?:†[^\]】\n]{0,40})?[\]】]""",
    re.VERBOSE | re.IGNORECASE,
)
"""``[1]``, ``[1, 2]``, ``[1-3]``, ``[passage 1]``, ``[^1]``, ``【1】`` and ``【1†source】``, with the space before."""

_BLOCK = re.compile(  # of code, up to its end or that of the text
    r"^[ \t]*(?P<fence>```+|~~~+).*?(?:^[ \t]*(?P=fence)|\Z)", re.DOTALL | re.MULTILINE
)
_TICKS = re.compile(r"(?<!`)`+|\n")
_HIDE = str.maketrans("[]【】", "\ue0f0\ue0f1\ue0f2\ue0f3")  # letters of private use
_UNUSED = str.maketrans("\ue0f0\ue0f1\ue0f2\ue0f3", "????")
_SHOW = str.maketrans("\ue0f0\ue0f1\ue0f2\ue0f3", "[]【】")
_RANGE = re.compile(r"(\d{1,9})\s*[-–]\s*(\d{1,9})")
_LONGEST_RANGE = 20
_INDEX = re.compile(r"(?<=[\w)\]])\[\d{1,9}\]")


def numbers(marker: re.Match[str]) -> list[int]:
    """Return the numbers a match of `MARKER` names, ranges written out."""
    text = _RANGE.sub(_written_out, marker.group("numbers"))
    return [int(number) for number in re.findall(r"\d+", text)]


def _written_out(match: re.Match[str]) -> str:
    first, last = int(match[1]), int(match[2])
    return " ".join(map(str, range(first, last + 1))) if first <= last < first + _LONGEST_RANGE else match[0]


def written(cited: list[int]) -> str:
    """Return markers as they are shown."""
    return "".join(f"[{number}]" for number in cited)


def removed(text: str) -> str:
    """Return a model's Markdown without markers."""
    return shown_again(MARKER.sub("", code_hidden(text)))


def code_hidden(text: str) -> str:
    """Return a model's Markdown whose code has other letters for brackets: ``x[1]`` is no marker there."""
    text = text.translate(_UNUSED)
    pieces, done = [], 0
    for start, end in _code(text):
        pieces += [text[done:start], text[start:end].translate(_HIDE)]
        done = end
    return "".join([*pieces, text[done:]])


def shown_again(text: str) -> str:
    """Return what `code_hidden` was given."""
    return text.translate(_SHOW)


def without_blocks(text: str) -> str:
    """Return a model's Markdown without its blocks of code."""
    return _BLOCK.sub("\n", text)


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Yield where code stands: blocks, and spans between runs of as many backticks on one line."""
    done = 0
    for block in _BLOCK.finditer(text):
        yield from _spans(text, done, block.start())
        yield block.span()
        done = block.end()
    yield from _spans(text, done, len(text))


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    runs = [match.span() for match in _TICKS.finditer(text, start, end)]
    closing: dict[int, tuple[int, int]] = {}  # by the length of a run: the next one on its line
    ends = [0] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        if text[runs[at][0]] == "\n":
            closing = {}
            continue
        length = runs[at][1] - runs[at][0]
        ends[at] = closing.get(length, (0, 0))[1]
        closing[length] = runs[at]
    done = start
    for (begin, _), close in zip(runs, ends, strict=True):
        if close and begin >= done:
            yield begin, close
            done = close


def disarmed(text: str) -> str:
    """Return document text in which nothing is a marker; as long as before. Code in it keeps its indices."""
    lines = (_INDEX.sub(_hidden, line) if is_code_line(line) else line for line in code_hidden(text).split("\n"))
    changed = MARKER.sub(lambda match: re.sub(r"[\[【]", "(", match[0][:-1]) + ")", "\n".join(lines))
    return shown_again(changed)


def _hidden(match: re.Match[str]) -> str:
    return match[0].translate(_HIDE)

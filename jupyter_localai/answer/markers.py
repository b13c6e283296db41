"""Citation markers: how chat models write them, and the one way they are shown, ``[1]``."""

from __future__ import annotations

import re

MARKER = re.compile(
    r"""\s*[\[【]\s*\^?(?:(?:passages?|sources?)\s*)?
    (?P<numbers>\d{1,9}(?:\s*(?:,|;|&|and|-|–)\s*(?:passage\s*)?\d{1,9})*)
    \s*(?:†[^\]】\n]{0,40})?[\]】]""",
    re.VERBOSE | re.IGNORECASE,
)
"""``[1]``, ``[1, 2]``, ``[1-3]``, ``[passage 1]``, ``[^1]``, ``【1】`` and ``【1†source】``, with the space before."""

_CODE = re.compile(
    r"""^[ \t]*(?P<fence>```+|~~~+).*?(?:^[ \t]*(?P=fence)|\Z)      # a block, up to its end or that of the text
    | (?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_HIDE = str.maketrans("[]【】", "\ue0f0\ue0f1\ue0f2\ue0f3")  # letters of private use
_UNUSED = str.maketrans("\ue0f0\ue0f1\ue0f2\ue0f3", "????")
_SHOW = str.maketrans("\ue0f0\ue0f1\ue0f2\ue0f3", "[]【】")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
_LONGEST_RANGE = 20


def numbers(marker: re.Match[str]) -> list[int]:
    """Return the numbers a match of `MARKER` names, ranges written out."""
    text = marker.group("numbers")
    for match in _RANGE.finditer(text):
        first, last = int(match[1]), int(match[2])
        if first <= last < first + _LONGEST_RANGE:
            text = text.replace(match[0], " ".join(map(str, range(first, last + 1))))
    return [int(number) for number in re.findall(r"\d+", text)]


def written(cited: list[int]) -> str:
    """Return markers as they are shown."""
    return "".join(f"[{number}]" for number in cited)


def removed(text: str) -> str:
    """Return a model's Markdown without markers."""
    return shown_again(MARKER.sub("", code_hidden(text)))


def code_hidden(text: str) -> str:
    """Return a model's Markdown whose code has other letters for brackets: ``x[1]`` is no marker there."""
    return _CODE.sub(lambda match: match[0].translate(_HIDE), text.translate(_UNUSED))


def shown_again(text: str) -> str:
    """Return what `code_hidden` was given."""
    return text.translate(_SHOW)


def without_blocks(text: str) -> str:
    """Return a model's Markdown without its blocks of code."""
    return _CODE.sub(lambda match: "\n" if match["fence"] else match[0], text)


def disarmed(text: str) -> str:
    """Return document text in which nothing is a marker; as long as before."""
    return MARKER.sub(lambda match: re.sub(r"[\[【]", "(", match[0][:-1]) + ")", text)

"""Lists of a passage, each with the line that introduces it: such a line answers nothing without its items."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_ITEM = re.compile(r"(?:[-*+•▪◦–]|\d{1,3}[.)]|\(?[a-z][.)])\s+")
_MOST_CHARS, _LONGEST_INTRODUCTION = 600, 200
_LEAST_ITEMS = 2
_SHORT_TITLE = 12  # words
_STOPS = (".", "!", "?", "。", ";", ",")


@dataclasses.dataclass(frozen=True)
class List:
    """A list: where its introduction begins, its items, and how it reads on one line."""

    start: int
    items: tuple[Span, ...]
    shown: str

    @property
    def end(self) -> int:
        return self.items[-1][1]


def is_item(text: str) -> bool:
    """Whether a line begins as an item of a list does."""
    return _ITEM.match(text) is not None


def lists(text: str, spans: Sequence[Span]) -> Iterator[List]:
    """Yield the lists that have an introduction: a line with a colon at its end, or a title.

    A list that is too long to be quoted ends earlier.
    """
    at = 0
    while at < len(spans):
        items = _items(text, spans, at)
        if len(items) >= _LEAST_ITEMS and at and (name := _introduction(text, spans[at - 1], spans[at])):
            start = spans[at - 1][0]
            kept = [item for item in items if item[1] - start <= _MOST_CHARS]
            if len(kept) >= _LEAST_ITEMS:
                yield List(start, tuple(kept), f"{name}: {'; '.join(_plain(text[slice(*item)]) for item in kept)}")
        at += max(1, sum(items[0][0] <= start < items[-1][1] for start, _ in spans[at:])) if items else 1


def _items(text: str, spans: Sequence[Span], at: int) -> list[Span]:
    """Return the items from a sentence on; a further sentence on the line of one belongs to it."""
    items: list[Span] = []
    for start, end in spans[at:]:
        if (
            items
            and "\n\n" in text[items[-1][1] : start].replace("\r", "").replace(" ", "")
            and not is_item(text[start:end])
        ):
            break
        if is_item(text[start:end]):
            items.append((start, end))
        elif items and "\n" not in text[items[-1][1] : start]:
            items[-1] = (items[-1][0], end)
        else:
            break
    return items


def _introduction(text: str, before: Span, first: Span) -> str:
    """Return the line before a list if it introduces it, without its marks; else nothing."""
    line = " ".join(text[slice(*before)].split())
    if len(line) > _LONGEST_INTRODUCTION or is_item(line) or "|" in line:
        return ""
    if line.endswith(":"):
        return line.rstrip(": ")
    plain = line.strip("#=*_ ")
    is_title = line.startswith("#") or (not plain.endswith(_STOPS) and len(plain.split()) <= _SHORT_TITLE)
    return plain if is_title and "\n" in text[before[1] : first[0]] else ""


def _plain(item: str) -> str:
    return " ".join(_ITEM.sub("", item, count=1).split()).rstrip(";,")

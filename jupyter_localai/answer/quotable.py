"""What of a passage can be quoted as an answer: sentences, lines and rows, but no headings and no fragments."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from ..results.passages import Hit
from ..text.sentences import sentence_spans

_MAX_CHARS = 600
_PROSE_SHARE = 0.6  # letters and digits among what is not white space
_TITLE_WORDS = 12
_STOPS = tuple(".!?。！？…؟।։።")
_CLOSING = "\"'”’»)]*_"
_QUESTION = ("?", "？", "؟")
_ITEM = re.compile(r"(?:[-*+•▪◦–]|\d{1,3}[.)])\s")
_VALUE = re.compile(r"[^\n:=]{1,60}[:=]\s*\S")
_NUMBERED = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){1,5}|§ ?\d{1,4})\.?\s+[^\W\d_]")


@dataclasses.dataclass(frozen=True)
class Quotable:
    """A stretch of a hit's document that may be quoted; ``shown`` has the names of the columns beside a row's cells."""

    hit: Hit
    start: int
    end: int
    text: str
    shown: str


def quotable(hit: Hit) -> list[Quotable]:
    """Return what can be quoted of a hit; its beginning where nothing else can.

    A question goes with what follows it, since it answers nothing by itself.
    """
    found = list(_found(hit))
    if not found and hit.text.strip() and not _is_title(hit, hit.text.strip()):
        end = min(len(hit.text), _MAX_CHARS)
        return [Quotable(hit, hit.start, hit.start + end, hit.text[:end], _on_one_line(hit.text[:end]))]
    return found


def _found(hit: Hit) -> Iterator[Quotable]:
    spans = sentence_spans(hit.text)
    asked: int | None = None  # where a question begins that waits for what follows
    names: list[str] = []
    for at, (start, end) in enumerate(spans):
        text = hit.text[start:end]
        behind = hit.text[spans[at - 1][1] : start] if at else "\n\n"
        ahead = hit.text[spans[at + 1][0] : spans[at + 1][1]] if at + 1 < len(spans) else ""
        if _is_rule(text):
            continue
        cells = _cells(text)
        if not cells or "\n\n" in behind.replace("\r", ""):
            names = []
        if cells and not names and (_is_rule(ahead) or hit.anchor.row is not None):
            names = cells
            continue
        if asked is not None and ("\n\n" in behind or end - asked > _MAX_CHARS):
            asked = None
        if asked is None and not _can_be_quoted(hit, text, ends_line="\n" in hit.text[end : end + 3]):
            continue
        if text.endswith(_QUESTION) and ahead and asked is None and len(text) < _MAX_CHARS // 2:
            asked = start
            continue
        first = start if asked is None else asked
        asked = None
        text = hit.text[first:end]
        shown = _named(names, cells) if names and len(names) == len(cells) and first == start else _on_one_line(text)
        yield Quotable(hit, hit.start + first, hit.start + end, text, shown)


def _can_be_quoted(hit: Hit, text: str, ends_line: bool) -> bool:
    if len(text) > _MAX_CHARS or text.startswith("#") or not _is_prose(text):
        return False
    if not any(ch.isalpha() for ch in text):
        return False
    if text.rstrip(_CLOSING).endswith(_STOPS):
        return " " in text or not text.isascii()
    if _NUMBERED.match(text) and ends_line and "\n" not in text:
        return False
    if _VALUE.match(text) or _cells(text):
        return True
    if _is_title(hit, text):
        return False
    if any(ch.isdigit() for ch in text):
        return True
    return bool(_ITEM.match(text)) or len(text.split()) > _TITLE_WORDS or not ends_line or not text[:1].isupper()


def _is_title(hit: Hit, text: str) -> bool:
    plain = _on_one_line(text).strip("#=* ").casefold()
    headings = [hit.document, *(place.anchor.heading or "" for place in hit.places), hit.anchor.heading or ""]
    return any(plain == part.strip().casefold() for heading in headings for part in (heading, *heading.split(" > ")))


def _is_prose(text: str) -> bool:
    """Whether there is more in a text than rules, fences and other markup."""
    solid = [ch for ch in text if not ch.isspace()]
    return sum(ch.isalnum() for ch in solid) >= _PROSE_SHARE * len(solid) and "```" not in text


def _is_rule(text: str) -> bool:
    """Whether a line is the one below the names of a Markdown table's columns."""
    return "--" in text and set(text) <= set("|:- ")


def _cells(text: str) -> list[str]:
    if " | " not in text or "\n" in text:
        return []
    return [cell.strip() for cell in text.strip().removeprefix("|").removesuffix("|").split("|")]


def _named(names: Sequence[str], cells: Sequence[str]) -> str:
    pairs = zip(names, cells, strict=True)
    return ", ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())

"""What of a passage can be quoted as an answer: sentences, lines, rows and lists, but no headings and no fragments."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from ..results.passages import Hit
from ..text.number_words import number_words_in
from ..text.sentences import sentence_spans
from .lists import is_item, lists

_MAX_CHARS = 600
_PROSE_SHARE = 0.6  # letters and digits among what is not white space
_TITLE_WORDS, _HEADING_WORDS = 12, 5
_STOPS = tuple(".!?。！？…؟।։።")
_CLOSING = "\"'”’»)]*_"
_QUESTION = ("?", "？", "؟")
_VALUE = re.compile(r"[^\n:=]{1,60}[:=]\s*\S")
_MESSAGE = re.compile(r"\W{0,2}\d{1,4}[-./]\d{1,2}[-./]\d{1,4},? \d{1,2}:\d\d[^\n:]{0,8}(?::\d\d)?[^\n:]{1,50}: ")
_ASKING = re.compile(
    _MESSAGE.pattern + r"(?:(?:who|what|when|where|why|which|how|is|are|do|does|did|can|has|have|will|wer|was|wann|wo|"
    r"warum|wie|qui|quand|où|comment)\b|[^\n]*\?$)",
    re.IGNORECASE,
)
_CASUALLY = re.compile(r"(?:who|what|when|where|why|which|how|wer|wann|wo|warum|wie|qui|quand|où)\b[^.!?\n]{3,80}")
_REPLIES = 3
_SECTION = re.compile(r"\[[^\]\n]{1,60}\]")
_CHAPTER = re.compile(r"\d{1,2}\. [^\W\d_][^.!?\n]{0,80}")
_PAGE = re.compile(r"\bpage \d+ of \d+\W*$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){1,5}|§ ?\d{1,4})\.?\s+[^\W\d_]")


@dataclasses.dataclass(frozen=True)
class Quotable:
    """A stretch of a hit's document that may be quoted; ``shown`` has the names of the columns beside a row's cells."""

    hit: Hit
    start: int
    end: int
    text: str
    shown: str
    is_list: bool = False
    row: tuple[tuple[str, str], ...] = ()
    """The cells of a row, each with the name of its column."""


def quotable(hit: Hit) -> list[Quotable]:
    """Return what can be quoted of a hit; its beginning where nothing else can.

    A question goes with what follows it, since it answers nothing by itself; in a chat with some messages, since
    replies come one by one.
    """
    found = list(_found(hit))
    if not found and hit.text.strip() and not _is_title(hit, hit.text.strip()):
        end = min(len(hit.text), _MAX_CHARS)
        return [Quotable(hit, hit.start, hit.start + end, hit.text[:end], _on_one_line(hit.text[:end]))]
    return found


def _found(hit: Hit) -> Iterator[Quotable]:
    spans = sentence_spans(hit.text)
    introductions = set()
    for each in lists(hit.text, spans):
        introductions.add(each.start)
        text = hit.text[each.start : each.end]
        yield Quotable(hit, hit.start + each.start, hit.start + each.end, text, each.shown, is_list=True)
    asked: int | None = None  # where a question begins that waits for what follows
    waits, casual = 0, False
    names: list[str] = []
    for at, (start, end) in enumerate(spans):
        text = hit.text[start:end]
        behind = hit.text[spans[at - 1][1] : start] if at else "\n\n"
        ahead = hit.text[spans[at + 1][0] : spans[at + 1][1]] if at + 1 < len(spans) else ""
        if _is_rule(text) or start in introductions:
            continue
        cells = _cells(text)
        if not cells or "\n\n" in behind.replace("\r", ""):
            names = []
        if cells and not names and (_is_rule(ahead) or hit.anchor.row is not None or _are_names(cells, _cells(ahead))):
            names = cells
            continue
        if asked is not None and (("\n\n" in behind and not casual) or end - asked > _MAX_CHARS):
            asked = None
        ends_line = "\n" in hit.text[end : end + 3]
        can_be = text.endswith(_QUESTION) or _can_be_quoted(hit, text, ends_line)
        if asked is None and (_is_heading(hit.text, start, end, ahead) or not can_be):
            continue
        if asked is None and ahead and len(text) < _MAX_CHARS // 2:
            waits = _replies_to(text)
            if waits:
                asked, casual = start, _is_casual(text)
                continue
        waits -= 1
        if asked is not None and waits > 0 and (_MESSAGE.match(ahead) or (ahead and casual)):
            continue
        first = start if asked is None else asked
        asked = None
        text = hit.text[first:end]
        is_named = bool(names) and len(names) == len(cells)
        row = tuple(zip(names if is_named else [""] * len(cells), cells, strict=True)) if first == start else ()
        shown = _named(row) if row and is_named else _on_one_line(text)
        yield Quotable(hit, hit.start + first, hit.start + end, text, shown, row=row)


def _replies_to(text: str) -> int:
    """Return how many of the sentences or messages that follow go with one that waits for them; 0 for others."""
    if _ASKING.match(text) or _is_casual(text):
        return _REPLIES
    return int(text.endswith((*_QUESTION, ":", "：")))


def _is_casual(text: str) -> bool:
    """Whether a message asks without a capital letter and a question mark, as people do in chats."""
    return _CASUALLY.fullmatch(text.rpartition("\n")[2]) is not None


def _can_be_quoted(hit: Hit, text: str, ends_line: bool) -> bool:
    if len(text) > _MAX_CHARS or text.startswith("#") or not _is_prose(text):
        return False
    if not any(ch.isalpha() for ch in text) or _PAGE.search(text):
        return False
    if text.rstrip(_CLOSING).endswith(_STOPS):
        return " " in text or not text.isascii()
    if _NUMBERED.match(text) and ends_line and "\n" not in text:
        return False
    if _VALUE.match(text) or _cells(text):
        return True
    if _is_title(hit, text):
        return False
    if any(ch.isdigit() for ch in text) or number_words_in(text):
        return True
    return is_item(text) or len(text.split()) > _TITLE_WORDS or not ends_line or not text[:1].isupper()


def _is_heading(passage: str, start: int, end: int, ahead: str) -> bool:
    """Whether a line is a heading: in Markdown, in brackets as in settings, numbered, or a few words above prose."""
    text = passage[start:end]
    if passage[passage.rfind("\n", 0, start) + 1 :].startswith("#") or _SECTION.fullmatch(text):
        return True
    if "\n" in text or "\n" not in passage[end : end + 3] or text.rstrip(_CLOSING).endswith(_STOPS):
        return False
    if _CHAPTER.fullmatch(text) and not is_item(ahead):
        return True
    is_short = text[:1].isupper() and len(text.split()) <= _HEADING_WORDS
    told = ahead.rstrip(_CLOSING).endswith(_STOPS) and " " in ahead
    return is_short and told and not any(map(_VALUE.match, (text, ahead))) and not _cells(text)


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


def _are_names(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether cells name the columns of the row below: they have no numbers, and that has."""
    return len(cells) == len(below) and not _has_digit(cells) and _has_digit(below)


def _has_digit(cells: Sequence[str]) -> bool:
    return any(ch.isdigit() for cell in cells for ch in cell)


def _named(row: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {cell}" if name else cell for name, cell in row if cell)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())

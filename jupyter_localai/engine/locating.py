"""Where a cited passage is now, by the index and by the file's size, times and bytes.

This is cheap enough for a click. It parses no document, and looks at no path that is not indexed, so that nobody
learns which files exist.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal, NamedTuple

from ..answer.cite import anchor_at
from ..errors import ReadError, UsageError
from ..index.catalogue import Catalogue
from ..index.texts import Part, Texts, Version
from ..ingest.read import load
from ..results.passages import Anchor, Located
from .validate import check_paths

_HASHED_BYTES = 64 * 2**20  # a larger file whose times have changed counts as changed
_LAST_OFFSET = 2**53  # what JSON can say exactly
_TELLING_CHARS = 20  # shorter quotes occur in unrelated documents
_SEARCHED_CHARS = 20_000  # longer ones are not looked for in other documents
_AROUND_CHARS = 100_000  # of the text before a span, and after it
_WORD = re.compile(r"[^\s\ufeff]+")

_OnDisk = Literal["same", "changed", "missing"]
Span = tuple[int, int]


class _Candidate(NamedTuple):
    version: Version
    span: Span | None
    anchor: Anchor


def locate(path: str, start: int, end: int, quote: str, catalogue: Catalogue, text: bool = False) -> Located:
    """Return where the span of a document is now: by its path when it was cited, its offsets, and what it says.

    With `text`, the indexed text around it comes along.

    Raises
    ------
    UsageError
        ``wrong_span``, or for a path that is no text.
    """
    check_paths([path])
    if not 0 <= start <= end <= _LAST_OFFSET:
        raise UsageError("A span begins at 0 or later and ends after its start.", code="wrong_span")
    quote = quote.encode("utf-8", "replace").decode()
    texts = Texts(catalogue)
    found = functools.partial(_located, texts if text else None)
    candidates = [_candidate(texts, version, (start, end), quote) for version in texts.versions(path)]
    best = min(candidates, key=lambda one: (one.span != (start, end), one.span is None), default=None)
    disk = _on_disk(best.version) if best else "missing"
    if best and disk == "same" and best.span:
        return found(best, "same" if best.span == (start, end) else "moved")
    if disk != "changed":
        for other in _elsewhere(texts, path, start, quote):
            return found(other, "moved")
    if best is None:
        return Located(path, "unknown", Anchor(), start, end)
    state: Literal["changed", "missing"] = "missing" if disk == "missing" else "changed"
    return found(best._replace(span=best.span or (start, end)), state)


def _located(
    texts: Texts | None, candidate: _Candidate, state: Literal["same", "moved", "changed", "missing"]
) -> Located:
    start, end = candidate.span or (0, 0)
    located = Located(candidate.version.path, state, candidate.anchor, start, end, candidate.version.kind)
    if texts is None:
        return located
    first, last = max(0, start - _AROUND_CHARS), end + _AROUND_CHARS
    part = texts.part(candidate.version.id, first, last)
    at = max(first, part.start)
    return dataclasses.replace(located, text=part.text[at - part.start : last - part.start], text_start=at)


def _candidate(texts: Texts, version: Version, span: Span, quote: str) -> _Candidate:
    """Look for a quote in a document: at its span, else anywhere."""
    part = texts.part(version.id, *span)
    begin, end = span[0] - part.start, span[1] - part.start
    if 0 <= begin < end <= len(part.text) and quote in ("", part.text[begin:end]):
        return _Candidate(version, span, anchor_at(part, span[0]))
    whole = texts.part(version.id)
    now = _find(quote, whole, span[0])
    return _Candidate(version, now, anchor_at(whole, now[0] if now else span[0]))


def _elsewhere(texts: Texts, path: str, start: int, quote: str) -> Iterator[_Candidate]:
    """Yield documents that have the quote and are on disk; first those of the same name, and at the same offset."""
    if not _TELLING_CHARS <= len(quote) <= _SEARCHED_CHARS:
        return
    candidates = {}
    for version, part in texts.saying(quote):
        span = _find(quote, part, start)
        if version.path != path and span is not None:
            candidates[version.path] = _Candidate(version, span, anchor_at(part, span[0]))
    name = os.path.basename(path)
    for one in sorted(
        candidates.values(),
        key=lambda one: (os.path.basename(one.version.path) != name, one.span != (start, start + len(quote))),
    ):
        if _on_disk(one.version) != "missing":
            yield one


def _find(quote: str, part: Part, near: int) -> Span | None:
    """Return the span of the quote that is nearest to an offset; white space does not count where it has to."""
    text = part.text
    if not quote.strip():
        return None
    at = _nearest(quote, text, near - part.start)
    if at is not None:
        return part.start + at, part.start + at + len(quote)
    bare, bare_quote = _bare(text), _bare(quote)
    at = _nearest(bare_quote, bare, len(_bare(text[: max(0, near - part.start)]))) if bare_quote else None
    if at is None:
        return None
    first, last = _where(text, at), _where(text, at + len(bare_quote) - 1)
    return part.start + first, part.start + last + 1


def _bare(text: str) -> str:
    """Return `text` without white space; JavaScript knows one kind more than Python."""
    return "".join(text.replace("\ufeff", " ").split())


def _nearest(quote: str, text: str, near: int) -> int | None:
    near = min(max(near, 0), len(text))
    before, after = text.rfind(quote, 0, near + len(quote)), text.find(quote, near)
    offsets = [at for at in (before, after) if at >= 0]
    return min(offsets, key=lambda at: abs(at - near), default=None)


def _where(text: str, number: int) -> int:
    """Return the offset of a letter that is given by how many letters that are no white space precede it."""
    for word in _WORD.finditer(text):
        length = word.end() - word.start()
        if number < length:
            return word.start() + number
        number -= length
    raise IndexError(number)


def _on_disk(version: Version) -> _OnDisk:
    """Return what became of the file since it was read: its size and times decide, else its bytes."""
    try:
        info = os.stat(version.path)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "changed"  # nobody may look
    if not stat.S_ISREG(info.st_mode):
        return "missing"
    if (info.st_size, info.st_mtime_ns, info.st_ctime_ns) == (version.size, version.mtime_ns, version.ctime_ns):
        return "same"
    if info.st_size != version.size or not version.sha256:
        return "changed"
    try:
        return "same" if sha256(load(version.path, _HASHED_BYTES)).hexdigest() == version.sha256 else "changed"
    except ReadError as error:
        return "missing" if error.code == "not_found" else "changed"

"""Source code: the decoded file unchanged, a place per top-level definition."""

from __future__ import annotations

import re

from ...results.passages import Anchor, Document, Place
from ...text.code import SUFFIXES as SUFFIXES
from .text import decode, line_starts, refuse_binary, whole

_DEFINITION = re.compile(
    r"^(?:export\s+|default\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|pub(?:\([a-z]+\))?\s+|abstract\s+|final\s+)*"
    r"(?:def|class|function|func|fn|struct|enum|trait|impl|interface|type|module|object|subroutine|sub|macro|proc)\s+"
    r"([\w.$:<>&'*]+)"
    r"|^(\w[\w.]*)\s*(?:<-|=)\s*function\b"
)
_DECORATION = re.compile(r"^(?:@|#\[|///?|#|--|\*|/\*)")


def read(data: bytes, path: str) -> Document:
    """Read source code; a definition that starts in the first column opens a new place."""
    refuse_binary(data)
    text, warnings = decode(data)
    starts = line_starts(text)
    lines = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    borders: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        match = _DEFINITION.match(line)
        if match:
            first = number
            while first and _DECORATION.match(lines[first - 1]):
                first -= 1  # decorators and the comment above belong to the definition
            borders.append((first, (match.group(1) or match.group(2)).rstrip(":<")))
    if not borders:
        return Document(path, "code", text, "", whole(text), tuple(warnings))
    places = []
    if text[: starts[borders[0][0]]].strip():
        places.append(Place(0, starts[borders[0][0]], Anchor(line=1)))
    for index, (number, name) in enumerate(borders):
        end = starts[borders[index + 1][0]] if index + 1 < len(borders) else len(text)
        places.append(Place(starts[number], end, Anchor(line=number + 1, heading=name)))
    return Document(path, "code", text, "", tuple(places), tuple(warnings))

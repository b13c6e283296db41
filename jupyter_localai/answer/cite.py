"""Tie a sentence to the exact place it comes from."""

from __future__ import annotations

import dataclasses

from ..schema import Anchor, Citation, Hit
from ..sentences import line_breaks


def anchor_at(hit: Hit, offset: int) -> Anchor:
    """Return the anchor of a character of the document that lies inside `hit`.

    The line is counted from the start of the place it lies in, so it is exact for every kind
    of document whose anchors carry lines.
    """
    place = next((p for p in reversed(hit.places) if p.start <= offset), None)
    if place is None:
        return hit.anchor
    if place.anchor.line is None:
        return place.anchor
    lines = line_breaks(hit.text, place.start - hit.start, offset - hit.start)
    return dataclasses.replace(place.anchor, line=place.anchor.line + lines)


def citation(marker: int, hit: Hit, start: int, end: int, support: float) -> Citation:
    """Return the citation of ``start:end`` (offsets into the document) within `hit`."""
    return Citation(
        marker, hit.path, anchor_at(hit, start), start, end, hit.text[start - hit.start : end - hit.start], support
    )

"""Shapes of a slide in the order in which they are read: the title, then from top to bottom and left to right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .office import attribute, local

TITLES = ("title", "ctrTitle")
_PLACED = frozenset(("sp", "pic", "grpSp", "graphicFrame", "cxnSp", "AlternateContent"))
_ROW = 250_000  # English Metric Units, a quarter of an inch: shapes that begin so close are side by side
_FIRST = -(2**40)

Position = tuple[int, int]
Places = dict[str, Position]


def in_order(tree: Any, places: Places) -> list[Any]:
    """Return the children of a slide or group as they are read.

    Parameters
    ----------
    tree : element
        The shape tree or a group.
    places : dict
        Where placeholders stand that say it themselves, by `placeholder`.
    """
    placed: list[tuple[Position, Any]] = []
    last = (_FIRST, _FIRST)
    for child in tree:
        if local(child) in _PLACED:
            last = _position(child, places) or last  # one without a place stays behind the one before it
            placed.append((last, child))
        else:
            placed.append(((2 * _FIRST, _FIRST), child))
    placed.sort(key=lambda item: item[0][0])
    result: list[Any] = []
    row: list[tuple[Position, Any]] = []
    for position, child in placed:
        if row and position[0] > row[0][0][0] + _ROW:
            result += _left_to_right(row)
            row = []
        row.append((position, child))
    return result + _left_to_right(row)


def leans_on_layout(tree: Any) -> bool:
    """Whether some shapes of a slide say where they stand and others leave it to the layout."""
    shapes = [child for child in tree if local(child) in _PLACED]
    places = [_position(shape, {}) for shape in shapes]
    return None in places and any(place is not None and place[0] > _FIRST for place in places)


def places_of(layout: Any) -> Places:
    """Return where the placeholders of a layout or master stand."""
    shapes = (e for e in layout.iter("{*}sp")) if layout is not None else ()
    found = ((key, _own(shape)) for shape in shapes for key in _placeholder(shape))
    return {key: position for key, position in found if position is not None}


def _left_to_right(row: list[tuple[Position, Any]]) -> list[Any]:
    return [child for _, child in sorted(row, key=lambda item: item[0][1])]


def _position(shape: Any, places: Places) -> Position | None:
    if local(shape) == "AlternateContent":
        inner = next((e for branch in shape for e in branch if local(e) in _PLACED), None)
        return _own(inner) if inner is not None else None
    keys = list(_placeholder(shape))
    if any(key in TITLES for key in keys):
        return (_FIRST, _FIRST)
    return _own(shape) or next((places[key] for key in keys if key in places), None)


def _placeholder(shape: Any) -> Iterator[str]:
    """Yield the names under which a layout may place a shape: its number, then its kind."""
    for properties in (child for child in shape if local(child).startswith("nv")):
        for mark in properties.iter("{*}ph"):
            if index := attribute(mark, "idx"):
                yield f"#{index}"
            yield attribute(mark, "type") or "body"


def _own(shape: Any) -> Position | None:
    """Return where a shape says that it stands, top and left."""
    for child in shape:
        frames = [child] if local(child) == "xfrm" else [e for e in child if local(e) == "xfrm"]
        if local(child) in ("spPr", "grpSpPr", "xfrm"):
            for point in (e for frame in frames for e in frame if local(e) == "off"):
                x, y = attribute(point, "x"), attribute(point, "y")
                if x.lstrip("-").isdecimal() and y.lstrip("-").isdecimal() and len(x) < 12 and len(y) < 12:
                    return int(y), int(x)
    return None

"""The values of a form, put beside the labels that are printed on the page."""

from __future__ import annotations

from collections.abc import Sequence

from .overlay import Box, Field

_ABOVE = 30.0  # points that a label may stand above its field
_ROOM = 4.0


def filled_in(lines: Sequence[str], boxes: Sequence[Box | None], fields: Sequence[Field]) -> list[str]:
    """Return the lines of a page with the values of its fields in them.

    Parameters
    ----------
    lines : sequence of str
        The page's text.
    boxes : sequence of Box
        Where each line stands; None where that is not known.
    fields : sequence of Field
        What was filled in. A value without a label near it follows the text, under the name of its field.
    """
    after: dict[int, list[str]] = {}
    before: dict[int, str] = {}
    loose: list[str] = []
    for field in sorted(fields, key=lambda field: (-round(field.box[3]), field.box[0])):
        right = _beside(boxes, field, is_left=False) if field.is_button else None
        left = _beside(boxes, field, is_left=True)
        if right is not None and right not in before and (left is None or not lines[left].rstrip().endswith(":")):
            before[right] = field.value
            continue
        label = left if left is not None else None if field.is_button else _above(boxes, field)
        if label is not None:
            after.setdefault(label, []).append(field.value)
        elif field.value not in ("[ ]", ""):
            loose.append(f"{field.name}: {field.value}" if field.name else field.value)
    shown = []
    for index, line in enumerate(lines):
        opening = f"{before[index]} " if index in before else ""
        shown.append(opening + " ".join([line.rstrip(), *after.get(index, [])]))
    return shown + loose


def _beside(boxes: Sequence[Box | None], field: Field, is_left: bool) -> int | None:
    """Return the line that stands in one row with a field and ends nearest before it, or begins nearest after it."""
    left, bottom, right, top = field.box
    best: tuple[float, int] | None = None
    for index, box in enumerate(boxes):
        if box is None or min(box[3], top) - max(box[1], bottom) < 0.3 * min(box[3] - box[1], top - bottom):
            continue
        gap = left - box[2] if is_left else box[0] - right
        if gap >= -_ROOM and (best is None or gap < best[0]):
            best = gap, index
    return best[1] if best else None


def _above(boxes: Sequence[Box | None], field: Field) -> int | None:
    left, _, right, top = field.box
    best: tuple[float, int] | None = None
    for index, box in enumerate(boxes):
        if box is None or box[0] > right or box[2] < left:
            continue
        gap = box[1] - top
        if -_ROOM <= gap <= _ABOVE and (best is None or gap < best[0]):
            best = gap, index
    return best[1] if best else None

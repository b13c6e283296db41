"""A picture of a page becomes text: turned upright, straightened, read line by line."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from statistics import median
from typing import Any

from ..formats.parts.recognised import PageText
from ..formats.pdf.hyphens import MARK
from .models import Models
from .order import Line, in_order

_MAX_SIDE = 2000  # pixels in which lines are looked for
_NO_TEXT = 0.5  # confidence of what is no text at all
_TALL = 1.5  # times as high as wide
_VOTES = 12  # lines that are asked which side is up
_WIDE = 4.0  # times as wide as high: lines that show the skew
_DIVIDED = re.compile(r"(?<=[^\W\d_])[-‐¬]\n(?=[^\W\d_])")


def read(picture: Any) -> PageText:
    """Read a picture of a page.

    Parameters
    ----------
    picture : array
        (height, width, 3) uint8, blue first.

    Raises
    ------
    ReadError
        ``ocr_missing`` or ``ocr_altered``.
    """
    models = _models()
    boxes = _found(models, picture)
    if not boxes:
        return PageText("", 1.0)
    tall = [_sides(box)[1] > _TALL * _sides(box)[0] for box in boxes]
    is_turned = sum(_area(box) for box, high in zip(boxes, tall, strict=True) if high) > sum(map(_area, boxes)) / 2
    largest = sorted(range(len(boxes)), key=lambda index: -max(_sides(boxes[index])))[:_VOTES]
    votes = [_cut(picture, boxes[index], int(is_turned)) for index in largest if tall[index] == is_turned]
    turns = int(is_turned) + 2 * (models.upside_down(votes) > 0.5)
    lines = [_cut(picture, box, turns + (high != is_turned)) for box, high in zip(boxes, tall, strict=True)]
    texts = models.texts(lines)
    letters = sum(len(text) for text, _ in texts)
    confidence = sum(len(text) * score for text, score in texts) / letters if letters else 1.0
    placed = _straight([_turned(box, turns, picture.shape) for box in boxes])
    kept = [
        Line(*place, " ".join(text.split()))
        for place, (text, score) in zip(placed, texts, strict=True)
        if score >= _NO_TEXT and text.strip()
    ]
    return PageText(_DIVIDED.sub(f"{MARK}\n", in_order(kept)), round(confidence, 3))


@functools.cache
def _models() -> Models:
    return Models()


def _found(models: Models, picture: Any) -> list[Any]:
    """Return the corners of the lines, found in a smaller copy of a large picture."""
    import cv2

    height, width = picture.shape[:2]
    share = min(1.0, _MAX_SIDE / max(height, width))
    if share == 1.0:
        return models.boxes(picture)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return [box / share for box in models.boxes(small)]


def _sides(box: Any) -> tuple[float, float]:
    """Return how wide and how high a box is."""
    one, two, _, four = box
    return math.dist(one, two), math.dist(one, four)


def _area(box: Any) -> float:
    width, height = _sides(box)
    return width * height


def _cut(picture: Any, box: Any, turns: int) -> Any:
    """Return what is in a box as a picture of its own, turned to the left by so many quarters."""
    import cv2
    import numpy as np

    width, height = (max(1, round(side)) for side in _sides(box))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    change = cv2.getPerspectiveTransform(np.asarray(box, np.float32), corners)
    cut = cv2.warpPerspective(picture, change, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.rot90(cut, turns))


def _turned(box: Any, turns: int, shape: Sequence[int]) -> list[tuple[float, float]]:
    """Return the corners of a box after its picture was turned to the left by so many quarters."""
    height, width = shape[:2]
    points = [(float(x), float(y)) for x, y in box]
    for _ in range(turns % 4):
        points = [(y, width - x) for x, y in points]
        height, width = width, height
    return points


def _straight(boxes: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of boxes on a page that is straightened."""
    spans = [(min(x for x, _ in box), max(x for x, _ in box), sorted(y for _, y in box)) for box in boxes]
    wide = [box for box, (left, right, ys) in zip(boxes, spans, strict=True) if right - left > _WIDE * (ys[-1] - ys[0])]
    angle = median(map(_angle, wide)) if wide else 0.0
    cos, sin = math.cos(angle), math.sin(angle)
    straight = []
    for box in boxes:
        xs, ys = zip(*((x * cos + y * sin, y * cos - x * sin) for x, y in box), strict=True)
        straight.append((min(xs), min(ys), max(xs), max(ys)))
    return straight


def _angle(box: Sequence[tuple[float, float]]) -> float:
    """Return how far the upper side of a box goes down to the right."""
    ordered = sorted(box)
    left, right = min(ordered[:2], key=lambda point: point[1]), min(ordered[2:], key=lambda point: point[1])
    return math.atan2(right[1] - left[1], right[0] - left[0])

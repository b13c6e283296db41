"""SmartArt: the texts of a diagram in the order of its tree, whatever order they are stored in."""

from __future__ import annotations

from typing import Any

from .office import attribute, local

_DRAWN = ("pres", "parTrans", "sibTrans")  # how it is drawn, not what it says
_MAX_POINTS = 5000


def texts(root: Any) -> list[str]:
    """Return the text of each point of a diagram, those below others with a dash for each level but the first."""
    points: dict[str, str] = {}
    kinds: dict[str, str] = {}
    below: dict[str, list[tuple[int, str]]] = {}
    for element in root.iter("{*}pt", "{*}cxn"):
        if len(points) >= _MAX_POINTS:
            break
        if local(element) == "pt":
            key = attribute(element, "modelId")
            kinds[key] = attribute(element, "type")
            points[key] = _text(element) if kinds[key] not in _DRAWN else ""
        elif attribute(element, "type") in ("", "parOf"):
            order = attribute(element, "srcOrd")
            place = int(order) if order.isascii() and order.isdigit() and len(order) < 7 else 0
            below.setdefault(attribute(element, "srcId"), []).append((place, attribute(element, "destId")))
    lines: list[str] = []
    left = dict(points)
    waiting = [(key, -1) for key in reversed(list(points)) if kinds[key] == "doc"]
    while waiting:
        key, level = waiting.pop()
        text = left.pop(key, None)
        if text is None:
            continue
        if text:
            lines.append("- " * min(max(level, 0), 5) + text)
        waiting += [(inner, level + 1) for _, inner in sorted(below.pop(key, ()), reverse=True)]
    return lines + [text for text in left.values() if text]


def _text(point: Any) -> str:
    paragraphs = ("".join(t.text or "" for t in p.iter("{*}t")) for p in point.iter("{*}p"))
    return " ".join(filter(None, (" ".join(text.split()) for text in paragraphs)))

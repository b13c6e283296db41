"""Charts of Office documents: the figures that they draw, as a table."""

from __future__ import annotations

from typing import Any

from .flow import Flow
from .office import attribute, local

_MAX_SERIES, _MAX_POINTS = 50, 2000


def add(chart: Any, flow: Flow) -> None:
    """Add the titles of a chart and its figures."""
    for text in titles(chart):
        flow.paragraph(text)
    flow.table(rows(chart))


def titles(chart: Any) -> list[str]:
    """Return what is written on a chart: its title, those of its axes, and labels of its own."""
    texts = []
    for element in chart.iter():
        name = local(element)
        if name == "rich":
            lines = ("".join(e.text or "" for e in p.iter() if local(e) == "t") for p in element if local(p) == "p")
            texts.append("\n".join(filter(str.strip, lines)))
        elif name == "title":  # one that is taken from a cell
            parts = (e for child in element if local(child) == "tx" for e in child if local(e) == "strRef")
            texts += [" ".join(_points(part).values()) for part in parts]
    return [text for text in texts if text.strip()]


def rows(chart: Any) -> list[list[str]]:
    """Return the figures of a chart: a row per category, a column per series under its name."""
    series = [e for e in chart.iter() if local(e) == "ser"][:_MAX_SERIES]
    labels: dict[int, str] = {}
    names, columns = [], []
    for one in series:
        parts = {local(child): child for child in one}
        names.append(" ".join(_points(parts.get("tx")).values()))
        for place, label in _points(parts.get("cat", parts.get("xVal"))).items():
            labels.setdefault(place, label)
        columns.append(_points(parts.get("val", parts.get("yVal"))))
    places = sorted(set(labels).union(*columns))
    body = [[labels.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    return [["", *names], *body] if body else []


def _points(part: Any) -> dict[int, str]:
    """Return the values that a chart keeps of its data, by their place; labels of several levels are joined."""
    values: dict[int, str] = {}
    for point in (e for e in part.iter() if local(e) == "pt") if part is not None else ():
        place = attribute(point, "idx")
        value = next((e.text or "" for e in point.iter() if local(e) == "v"), "")
        if value and place.isdecimal() and len(place) < 7 and len(values) < _MAX_POINTS:
            key = int(place)
            values[key] = f"{value} {values[key]}" if key in values else value
    return values

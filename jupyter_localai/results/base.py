"""What all results have in common: their JSON, their rows, and that they draw themselves in a notebook."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from . import drawing


def quoted_field() -> Any:
    return dataclasses.field(default=True, repr=False, compare=False, metadata={"json": False})


class Displayable:
    """What a notebook shows by itself when it is the last line of a cell."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return drawing.renderer().bundle(self)

    def __str__(self) -> str:
        return drawing.renderer().text(self)


class DisplayableList(Displayable):
    """A list that is drawn; IPython has an opinion of its own about how to print one."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


class CallResult(Displayable):
    """What a call returns, and an adapter prints."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        result: dict[str, Any] = to_json(self)
        return result


class CustomJson:
    """What has a JSON shape of its own, not that of its fields."""

    def json_shape(self) -> dict[str, Any]:
        raise NotImplementedError


def to_json(value: Any) -> Any:
    """Turn any result, and what it is made of, into plain JSON types; None fields are left out."""
    if isinstance(value, CustomJson):
        return value.json_shape()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (f for f in dataclasses.fields(value) if f.metadata.get("json", True))
        pairs = ((f.name, getattr(value, f.name)) for f in fields)
        return {name: to_json(item) for name, item in pairs if item is not None}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Path):
        return str(value)
    return value


# Control characters can move the cursor, retitle a terminal or hide text; direction overrides and isolates can make
# text read as something it is not, annotations and tags (but for those of flags) are text that is not seen.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"
_HARMFUL = re.compile(
    f"({_FLAG})|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_UNKNOWN = re.compile(
    "[\ud800-\udfff]"
)  # halves of characters, as in file names that are not UTF-8: nothing can write them


def printable(text: str) -> str:
    """Return `text` without characters that act on a terminal, or on how other text is read, instead of showing."""
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNKNOWN.sub("\ufffd", _HARMFUL.sub(r"\1", text))


def frame_of(rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> Any:
    """Return rows as a pandas DataFrame, or as they are without pandas; `without` these columns."""
    rows = [{name: value for name, value in row.items() if name not in without} for row in rows]
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)

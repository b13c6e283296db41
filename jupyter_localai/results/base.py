"""What all results have in common: their JSON, their rows, and that they draw themselves in a notebook."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from . import drawing

DOCUMENT_TEXT = {"document_text": True}
"""Metadata of a field that holds text of documents."""
_QUOTED = {"quoted": True}


def quoted_field() -> Any:
    """Return the field that says whether the text of documents in a result is to be shown by itself."""
    return dataclasses.field(default=True, repr=False, compare=False, metadata={"json": False} | _QUOTED)


@functools.cache
def document_parts(kind: Hashable) -> frozenset[str]:
    """Return the fields of a type that hold text of documents, or something that has such a field."""
    if not dataclasses.is_dataclass(kind):
        return frozenset()
    given: Any = kind
    hints, fields = typing.get_type_hints(given), dataclasses.fields(given)
    marked = {field.name for field in fields if field.metadata.get("document_text")}
    marked |= {name for name, hint in hints.items() if any(map(document_parts, dataclasses_in(hint) - {kind}))}
    own = {name for name, hint in hints.items() if marked and kind in dataclasses_in(hint)}
    return frozenset(marked | own) & {field.name for field in fields}


def dataclasses_in(hint: Any) -> set[Hashable]:
    """Return the dataclasses that an annotation names."""
    if dataclasses.is_dataclass(hint):
        return {typing.cast(Hashable, hint)}
    return set[Hashable]().union(*map(dataclasses_in, typing.get_args(hint)))


def can_withhold(kind: Any) -> bool:
    """Whether a type says if its text of documents is to be shown."""
    return any(field.metadata.get("quoted") for field in dataclasses.fields(kind))


def unquoted(value: Any) -> Any:
    """Return `value` with all in it that holds text of documents marked as not to be shown by itself."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(unquoted, value))
    kind: Any = type(value)
    parts = document_parts(kind)
    if not parts:
        return value
    changes = {name: unquoted(getattr(value, name)) for name in parts}
    if can_withhold(kind):
        changes["quoted"] = False
    return dataclasses.replace(value, **changes)


def redacted(value: Any) -> Any:
    """Return `value` without the text of documents."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(redacted, value))
    kind: Any = type(value)
    parts = document_parts(kind)
    if not parts:
        return value
    changes = {}
    for field in dataclasses.fields(value):
        given = getattr(value, field.name)
        if field.metadata.get("document_text"):
            changes[field.name] = type(given)() if field.default is dataclasses.MISSING else field.default
        elif field.name in parts:
            changes[field.name] = redacted(given)
    return dataclasses.replace(value, **changes)


class Redactable:
    """Leaves the text of documents out of its own `repr` where it is not `quoted`."""

    def __repr__(self) -> str:
        shown: Any = self if getattr(self, "quoted") else redacted(self)  # noqa: B009
        fields = (field.name for field in dataclasses.fields(shown) if field.repr)
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(shown, name)!r}' for name in fields)})"


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


class Rows(DisplayableList, list[dict[str, Any]]):
    """Rows of a table, as dicts: what stands for a DataFrame without pandas, and is drawn as a table too."""


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
    """Return rows as a pandas DataFrame, or as `Rows` without pandas; `without` these columns."""
    rows = Rows({name: value for name, value in row.items() if name not in without} for row in rows)
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)

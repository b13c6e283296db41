"""Values of `schema` out of their JSON; `schema.to_json` is the way there."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


def from_json(kind: type[T], value: Any) -> T:
    """Return the value of `kind` that `value` is the JSON of.

    A name that is missing has its default, and unknown ones are ignored, so that what another version wrote
    can be read.
    """
    made: T = _decoded(kind, value)
    return made


def _decoded(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _decoded(next(part for part in typing.get_args(kind) if part is not type(None)), value)
    if origin is tuple:
        return tuple(_decoded(typing.get_args(kind)[0], item) for item in value)
    if origin is list:
        return [_decoded(typing.get_args(kind)[0], item) for item in value]
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast(Any, kind))
        return typing.cast(Any, kind)(**{name: _decoded(hints[name], value[name]) for name in hints if name in value})
    return float(value) if kind is float else value


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}

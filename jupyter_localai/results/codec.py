"""JSON back into the values of `passages` and `reports`, by their type hints; the other half of `base.to_json`.

A value comes back equal, except that floats have six digits, and that what is left out of the JSON has its
default: `Hit.places`, which only the engine needs. A `Document` is shown and never read back.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import types
import typing
from typing import Any, Literal, TypeVar, overload

from . import reports
from .base import to_json

Kind = TypeVar("Kind")
_PLAIN = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_SEQUENCES = (list, tuple, collections.abc.Sequence)


@overload
def from_json(kind: type[Kind], value: Any) -> Kind: ...
@overload
def from_json(kind: Any, value: Any) -> Any: ...
def from_json(kind: Any, value: Any) -> Any:
    """Return `value`, made of JSON types, as the type that `kind` says; unknown keys are ignored.

    Parameters
    ----------
    kind : type
        A dataclass, a plain type, or any annotation made of these such as ``tuple[Hit, ...]``.

    Raises
    ------
    ValueError
        When it does not fit, with the place in it.
    """
    return _decoded(kind, value, "")


def event_to_json(event: Any) -> dict[str, Any]:
    """Return the JSON of an event of a stream: its fields, and its ``type``."""
    return {"type": type(event).__name__.lower(), **to_json(event)}


def event_from_json(value: dict[str, Any]) -> Any:
    """Return the event, or None for a type that this version does not know."""
    kind = _event_kinds().get(str(value.get("type")))
    return None if kind is None else from_json(kind, value)


@functools.cache
def _event_kinds() -> dict[str, Any]:
    return {kind.__name__.lower(): kind for kind in typing.get_args(reports.Event)}


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decoded(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value, where)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is Literal:
        return value if value in arguments else _refuse(f"one of {', '.join(map(repr, arguments))}", where)
    if origin in _SEQUENCES:
        if not isinstance(value, (list, tuple)):
            _refuse("a list", where)
        items = [_decoded(arguments[0], item, f"{where}[{number}]") for number, item in enumerate(value)]
        return tuple(items) if origin is tuple else items
    if origin is dict:
        if not isinstance(value, dict):
            _refuse("an object", where)
        return {_key(arguments[0], key, where): _decoded(arguments[1], i, f"{where}.{key}") for key, i in value.items()}
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        _refuse(_PLAIN.get(kind, "null"), where)
    return value


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        _refuse("an object", where)
    hints, given = _hints(kind), {}
    for field in dataclasses.fields(kind):
        place = f"{where}.{field.name}".lstrip(".")
        if field.name in value:
            given[field.name] = _decoded(hints[field.name], value[field.name], place)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            _refuse("given", place)
    return kind(**given)


def _key(kind: Any, key: Any, where: str) -> Any:
    """Return a key of an object, which in JSON is always a text."""
    try:
        return kind(key)
    except ValueError:
        _refuse("an object whose keys are numbers", where)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    refused = None
    for kind in kinds:
        try:
            return _decoded(kind, value, where)
        except ValueError as error:
            refused = refused or error
    raise refused or ValueError(where)


def _refuse(wanted: str, where: str) -> typing.NoReturn:
    raise ValueError(f"{where or 'it'} must be {wanted}")

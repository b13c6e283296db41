"""JSON back into the values of this package, by their type hints; the other half of `base.to_json`.

A value comes back equal, except that floats have six digits, and that what is left out of the JSON has its
default: `Hit.places`, which only the engine needs. A `Document` is shown and never read back.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, overload

from . import reports
from .base import to_json

Kind = TypeVar("Kind")
Reader = Callable[[Any], Any]
_PLAIN = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_SEQUENCES = (list, tuple, Sequence)


class _Unfit(ValueError):
    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self._wanted, self._where = wanted, ""

    def within(self, place: str) -> _Unfit:
        self._where = place + self._where
        return self

    def __str__(self) -> str:
        return f"{self._where.lstrip('.') or 'it'} must be {self._wanted}"


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
    return _reader(kind)(value)


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
def _reader(kind: Any) -> Reader:
    """Return what reads values of a kind; made once for each, since to look at hints takes longer than to read."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return lambda value: value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _of_dataclass(kind)
    if origin in (typing.Union, types.UnionType):
        return _of_union([_reader(argument) for argument in arguments])
    if origin is Literal:
        return _of_literal(arguments)
    if origin in _SEQUENCES:
        return _of_sequence(origin, _reader(arguments[0]))
    if origin is dict:
        return _of_dict(arguments[0], _reader(arguments[1]))
    return _of_plain(kind)


def _of_dataclass(kind: Any) -> Reader:
    @functools.cache
    def fields() -> list[tuple[str, Reader, bool]]:  # once it is used: it may have fields of its own kind
        hints = typing.get_type_hints(kind)
        missing = dataclasses.MISSING
        return [
            (field.name, _reader(hints[field.name]), field.default is missing and field.default_factory is missing)
            for field in dataclasses.fields(kind)
        ]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _Unfit("an object")
        given = {}
        for name, reader, is_needed in fields():
            if name in value:
                try:
                    given[name] = reader(value[name])
                except _Unfit as error:
                    raise error.within(f".{name}") from None
            elif is_needed:
                raise _Unfit("given").within(f".{name}")
        return kind(**given)

    return read


def _of_union(readers: Sequence[Reader]) -> Reader:
    def read(value: Any) -> Any:
        refused: _Unfit | None = None
        for reader in readers:
            try:
                return reader(value)
            except _Unfit as error:
                refused = refused or error
        assert refused is not None
        raise refused

    return read


def _of_literal(allowed: Sequence[Any]) -> Reader:
    def read(value: Any) -> Any:
        if value not in allowed:
            raise _Unfit(f"one of {', '.join(map(repr, allowed))}")
        return value

    return read


def _of_sequence(origin: Any, reader: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise _Unfit("a list")
        items: list[Any] = []
        try:
            items.extend(map(reader, value))
        except _Unfit as error:
            raise error.within(f"[{len(items)}]") from None
        return tuple(items) if origin is tuple else items

    return read


def _of_dict(kind: Any, reader: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _Unfit("an object")
        items = {}
        for key, item in value.items():
            try:
                items[_key(kind, key)] = reader(item)
            except _Unfit as error:
                raise error.within(f".{key}") from None
        return items

    return read


def _key(kind: Any, key: Any) -> Any:
    """Return a key of an object, which in JSON is always a text."""
    try:
        return kind(key)
    except ValueError:
        raise _Unfit("an object whose keys are numbers") from None


def _of_plain(kind: Any) -> Reader:
    def read(value: Any) -> Any:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _Unfit(_PLAIN.get(kind, "null"))
        return value

    return read

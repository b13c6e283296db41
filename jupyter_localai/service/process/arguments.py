"""What an operation takes: arguments made of JSON by its type hints, and what the process itself offers it."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import UsageError, did_you_mean
from ...results.codec import from_json

_FROM_HERE = ("engine", "emit", "stop")  # parameters that no client gives


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """Return each parameter's type hint, and whether it must be given; a bound method's without the first."""
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters.items()
    return {name: (hints[name], p.default is p.empty) for name, p in parameters if name in hints}


def _taken(method: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    return _parameters(getattr(method, "__func__", method))


def offered(method: Callable[..., Any], **offered: Any) -> dict[str, Any]:
    """Return those of what is offered that the method takes."""
    taken = _taken(method)
    return {name: value for name, value in offered.items() if name in taken}


def decoded(method: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a method's arguments made of JSON.

    Raises
    ------
    UsageError
        ``wrong_argument``.
    """
    taken = {name: told for name, told in _taken(method).items() if name not in _FROM_HERE}
    given = {}
    for name, value in arguments.items():
        if name not in taken:
            raise UsageError(f"There is no argument {name!r}.{did_you_mean(name, taken)}", code="wrong_argument")
        try:
            given[name] = from_json(taken[name][0], value)
        except ValueError as error:
            raise UsageError(f"The argument {name} is wrong: {error}.", code="wrong_argument") from None
    missing = [name for name, (_, needed) in taken.items() if needed and name not in given]
    if missing:
        raise UsageError(f"The argument {missing[0]} is missing.", code="wrong_argument")
    return given

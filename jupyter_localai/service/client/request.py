"""Requests to an engine, and the results of their events; nothing here sends anything."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from ...errors import from_wire
from ...results.answers import Answer
from ...results.base import unquoted
from ...results.codec import event_from_json, from_json
from ...results.reports import Progress
from .channel import lost

T = TypeVar("T")
Report = Callable[[Progress], None]


def _same(value: Any) -> Any:
    return value


@dataclasses.dataclass(frozen=True)
class Request(Generic[T]):
    """One operation and its arguments in JSON types; `T` is what the caller gets.

    Parameters
    ----------
    name : str
        Of the operation.
    arguments : dict
    kind : type
        Of the result as it comes; Any leaves it as it is.
    progress : callable, optional
        Gets each `Progress`; the client's own when left out.
    made : callable
        Makes what the caller gets of the result, and of that of `second` where there is one.
    settings : mapping
        Settings of this request that differ from those of its client.
    second : Request, optional
        What is asked after it.
    """

    name: str
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)
    kind: Any = types.NoneType
    progress: Report | None = None
    made: Callable[..., T] = _same
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    second: Request[Any] | None = None


class Result(NamedTuple):
    """What ends the events of an answer."""

    value: Any


class Outcome:
    """What the events of one request amount to.

    Parameters
    ----------
    report : callable
        Gets each `Progress`.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self.value: Any = None

    def take(self, event: Any) -> None:
        """Go on with the next event."""
        if isinstance(event, Progress):
            self._report(event)
        elif isinstance(event, Answer):
            self.value = event
        elif isinstance(event, Result) and event.value is not None:
            self.value = event.value


def decoded(line: dict[str, Any], kind: Any, quoted: bool = True) -> Any:
    """Return the event that a line of an answer is, or its `Result`; None for an event that is not known here.

    Parameters
    ----------
    line : dict
    kind : type
        As in `Request`.
    quoted : bool
        The setting ``quotes`` of who asks.

    Raises
    ------
    LocalAIError
        The one that ends the answer.
    """
    if line.get("type") == "error":
        raise from_wire(line)
    if line.get("type") == "result":
        value = from_json(kind, line.get("value"))
        return Result(value if quoted else unquoted(value))
    event = event_from_json(line)
    return event if quoted else unquoted(event)


def read(lines: Iterable[dict[str, Any]], kind: Any, quoted: bool = True) -> Generator[Any, None, None]:
    """Yield the events of an answer, then its `Result`; parameters as `decoded` has them.

    Raises
    ------
    LocalAIError
        The one that ends the answer; ``engine_lost`` when nothing ends it.
    """
    for line in lines:
        event = decoded(line, kind, quoted)
        if event is not None:
            yield event
        if isinstance(event, Result):
            return
    raise lost()

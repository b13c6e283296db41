"""Methods of both clients, defined once: each client sends the request that they return, and one awaits the reply."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from ...results.reports import Event, Job
from .request import Request

P = ParamSpec("P")
T = TypeVar("T")
Returned = TypeVar("Returned", covariant=True)
Started = TypeVar("Started", covariant=True)
_Definition = Callable[Concatenate[Any, P], Request[T]]


class BlockingSender:
    """A client whose calls return when they are done."""

    def _send(self, request: Request[T]) -> T:
        raise NotImplementedError

    def _receive(self, request: Request[Any]) -> Generator[Event, None, None]:
        raise NotImplementedError


class AsyncSender:
    """A client whose calls are awaited."""

    async def _send(self, request: Request[T]) -> T:
        raise NotImplementedError

    def _receive(self, request: Request[Any]) -> AsyncGenerator[Event, None]:
        raise NotImplementedError


class Verb(Generic[P, T]):
    """A method of both clients that sends a request and returns its result.

    Parameters
    ----------
    definition : callable
        Has the method's parameters and docstring, and returns its request.
    """

    def __init__(self, definition: _Definition[P, T]) -> None:
        self.definition = definition

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: BlockingSender, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncSender, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        return _bound(_sending(self.definition, issubclass(owner, AsyncSender)), client)

    def streamed(self, description: Callable[[Any], None]) -> Stream[P]:
        """Return a method with the parameters of this one that yields the events; its name and docstring are given."""
        return Stream(self.definition, description)


class Stream(Generic[P]):
    """A method of both clients that yields the events of a request."""

    def __init__(self, definition: _Definition[P, Any], description: Callable[[Any], None]) -> None:
        self.definition, self.description = definition, description

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: BlockingSender, owner: type) -> Callable[P, Generator[Event, None, None]]: ...
    @overload
    def __get__(self, client: AsyncSender, owner: type) -> Callable[P, AsyncGenerator[Event, None]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        return _bound(_receiving(self.definition, self.description, issubclass(owner, AsyncSender)), client)


class BackgroundCall(Protocol[P, Returned, Started]):
    """A method that with ``background=True`` only starts the work."""

    @overload
    def __call__(
        self, paths: Any = ..., collection: str = ..., *, background: Literal[True], **options: Any
    ) -> Started: ...
    @overload
    def __call__(self, *arguments: P.args, **options: P.kwargs) -> Returned: ...


class JobVerb(Verb[P, T]):
    """A `Verb` that with ``background=True`` returns the `Job` it started."""

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: BlockingSender, owner: type) -> BackgroundCall[P, T, Job]: ...
    @overload
    def __get__(
        self, client: AsyncSender, owner: type
    ) -> BackgroundCall[P, Coroutine[Any, Any, T], Coroutine[Any, Any, Job]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        return _bound(_sending(self.definition, issubclass(owner, AsyncSender), " | Job"), client)


def _bound(function: Callable[..., Any], client: Any) -> Any:
    return function if client is None else types.MethodType(function, client)


@functools.cache
def _sending(definition: Callable[..., Request[Any]], awaited: bool, more: str = "") -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return self._send(definition(self, *arguments, **options))

    async def call_and_wait(self: Any, *arguments: Any, **options: Any) -> Any:
        return await self._send(definition(self, *arguments, **options))

    result = definition.__annotations__["return"].removeprefix("Request[").removesuffix("]")
    return _described(call_and_wait if awaited else call, definition, definition, result + more)


@functools.cache
def _receiving(
    definition: Callable[..., Request[Any]], description: Callable[..., None], awaited: bool
) -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return self._receive(definition(self, *arguments, **options))

    result = "AsyncGenerator[Event, None]" if awaited else "Generator[Event, None, None]"
    return _described(call, definition, description, result)


def _described(
    function: Callable[..., Any], definition: Callable[..., Any], description: Callable[..., Any], result: str
) -> Callable[..., Any]:
    """Return a function with the parameters of one, the name and docstring of another, and that type of result."""
    method: Any = functools.update_wrapper(function, description)
    del method.__wrapped__  # tools that look behind it would show a request as the result
    method.__annotations__ = {**definition.__annotations__, "return": result}
    method.__signature__ = inspect.signature(definition).replace(return_annotation=result)
    return function

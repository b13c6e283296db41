"""The client for an event loop, such as the Jupyter server's: the same methods, awaited."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from ...config import Config, resolve
from ...errors import EngineUnreachableError, from_wire
from ...lines import Line, Lines, NotReached, named_errors
from ...results.codec import from_json
from ...results.reports import Changed, Event
from ..protocol.wire import PROTOCOL
from . import local
from .channel import ANSWER_SECONDS, MAX_LINE_BYTES, encoded, engine_errors, lost
from .connection import ATTEMPTS, Connection, settings
from .launch import find
from .methods import AsyncSender
from .request import Outcome, Report, Request, Result, decoded
from .verbs import Verbs

T = TypeVar("T")


async def connect(
    store: str | os.PathLike[str] | None = None, *, progress: Report | None = None, **settings: Any
) -> AsyncClient:
    """As `client.connect`; what has to be waited for is waited for in a thread, which also calls `progress`."""
    client = AsyncClient(resolve({"store": store, **settings}), progress)
    await asyncio.to_thread(client._open)
    return client


class AsyncClient(Verbs, AsyncSender):
    """As `Client`, with methods that are awaited; cancelling a task ends its work."""

    def __init__(self, config: Config, progress: Report | None = None) -> None:
        self.config = config
        self._progress = progress or (lambda _: None)
        self._connection = Connection(config, self._progress)
        self._finding = asyncio.Lock()

    def _open(self) -> None:
        import httpx  # noqa: F401  - a slow import, done where no event loop waits for it

        self._connection.open()

    async def changes(self) -> AsyncGenerator[Changed, None]:
        """Yield whenever something changed in the store's engine, until that ends; nothing when none runs.

        It is not started and not kept running. The first says that everything may have changed. Close the
        iterator (`contextlib.aclosing`) to listen no more.

        Raises
        ------
        LocalAIError
            When the engine does not answer, or is too old to announce changes.
        """
        found = await asyncio.to_thread(find, self.config.store)
        if found is None:
            return
        with contextlib.suppress(NotReached, EngineUnreachableError):  # however it ends
            async with contextlib.aclosing(_received(found[0], "GET", "/watch", seconds=None)) as lines:
                async for line in lines:
                    if line.get("type") == "error":
                        raise from_wire(line)
                    yield from_json(Changed, line)

    async def close(self) -> None:
        """Release the index; the engine continues for others, and ends when it is idle."""
        self._connection.close()

    async def _send(self, request: Request[T]) -> T:
        """Run a request and return its result; each `Progress` is passed on."""
        calls = self._connection.calls(request)
        return request.made(*[await self._value(*call) for call in calls])

    async def _receive(self, request: Request[Any]) -> AsyncGenerator[Event, None]:
        """Yield the events of what is asked for; closing the iterator ends the work."""
        async with contextlib.aclosing(self._events(self._connection, request)) as events:
            async for event in events:
                if not isinstance(event, Result):
                    yield event

    async def _value(self, connection: Connection, request: Request[Any]) -> Any:
        outcome = Outcome(request.progress or self._progress)
        async with contextlib.aclosing(self._events(connection, request)) as events:
            async for event in events:
                outcome.take(event)
        return outcome.value

    async def _events(self, connection: Connection, request: Request[Any]) -> AsyncGenerator[Any, None]:
        async with contextlib.aclosing(self._lines(connection, request)) as lines:
            async for line in lines:
                event = decoded(line, request.kind, self.config.quotes)
                if event is not None:
                    yield event
                if isinstance(event, Result):
                    return
        raise lost()

    async def _lines(self, connection: Connection, request: Request[Any]) -> AsyncGenerator[Line, None]:
        for _ in range(ATTEMPTS):
            async with self._finding:  # calls that come together start one engine, in one thread
                target = await asyncio.to_thread(connection.target)
            way = _here if isinstance(target, local.Session) else _over_http
            try:
                async with contextlib.aclosing(way(target, request, connection.config)) as lines:
                    async for line in lines:
                        yield line
                return
            except NotReached:  # raised before the first line only
                connection.forget()
        raise lost()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _here(session: Any, request: Request[Any], config: Config) -> AsyncGenerator[Line, None]:
    """Do it in a session of this process, without keeping the event loop waiting."""
    call = session.call(request.name, config, request.arguments)
    lines = call.read()
    try:
        while (line := await asyncio.to_thread(next, lines, None)) is not None:
            yield line
    finally:
        call.stop()


async def _over_http(address: Any, request: Request[Any], config: Config) -> AsyncGenerator[Line, None]:
    body = encoded({"protocol": PROTOCOL, "settings": settings(config), "arguments": request.arguments})
    async with contextlib.aclosing(_received(address, "POST", f"/call/{request.name}", body)) as lines:
        async for line in lines:
            if line.get("code") == "engine_stopping":
                raise NotReached("it is about to end")
            yield line


async def _received(
    address: Any, method: str, path: str, body: bytes = b"", seconds: float | None = ANSWER_SECONDS
) -> AsyncGenerator[Line, None]:
    """Yield the lines of an answer; it may be silent for so many `seconds`, or for ever."""
    import httpx

    headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
    # nothing here speaks TLS; loading the certificates for it would hold the event loop for 20 ms a call
    transport = httpx.AsyncHTTPTransport(uds=address.socket, trust_env=False, verify=False)
    lines, answered = Lines(MAX_LINE_BYTES), False
    with engine_errors(), named_errors((httpx.TimeoutException,), (httpx.HTTPError,), lambda: answered):
        async with (
            httpx.AsyncClient(transport=transport, timeout=seconds, trust_env=False) as client,
            client.stream(
                method, f"http://127.0.0.1:{address.port or 80}{path}", content=body, headers=headers
            ) as response,
        ):
            answered = True
            async for piece in response.aiter_bytes():
                for line in lines.feed(piece):
                    if line is not None:
                        yield line
            last = lines.end()
    if last is not None:
        yield last

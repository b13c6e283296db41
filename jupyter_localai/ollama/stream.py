"""One streamed answer of Ollama's that can be stopped at any moment, before its first byte, too.

A thread that waits for a socket cannot be told to stop; a task can be cancelled. So the request
runs as a task in an event loop of its own, and what arrives goes through a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import Cancelled
from ..lines import Line, Lines, named_errors
from .reading import IDENTITY, MAX_LINE_BYTES, Body, check_encoding

_TICK_SECONDS = 1.0
_MOST_WAITING = MAX_LINE_BYTES  # bytes of reports that nobody has taken
_POLL_SECONDS = 0.1  # between two looks at whether to stop
_END = object()


class Refused(Exception):
    """The server answered with an error: its HTTP status and its answer."""

    def __init__(self, status: int, answer: object) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.answer = answer


class Stream:
    """Posts `body` and reads the lines of the answer as they come.

    Parameters
    ----------
    address, socket
        As in `ollama.Ollama`.
    path : str
        Of the route.
    connect_s : float
        How long the server may take to accept the connection. It may take any time to answer.
    check : callable, optional
        Gets each new connection's socket before anything is sent there; what it raises ends the stream.
    """

    def __init__(
        self,
        address: str,
        socket: str | None,
        path: str,
        body: dict[str, Any],
        connect_s: float,
        check: Callable[[Any], None] | None = None,
    ) -> None:
        self._address, self._socket, self._path, self._body, self._connect_s = address, socket, path, body, connect_s
        self._check = check
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._put = self._taken = 0  # bytes; each is changed by one thread only
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_tell)
        self._task = self._loop.create_task(self._send())
        threading.Thread(target=self._run, name="localai-ollama", daemon=True).start()

    def reports(self, stop: threading.Event) -> Iterator[dict[str, Any] | None]:
        """Yield each report, and None for each second in which none came.

        Raises
        ------
        NotReached
            When nobody accepts the connection.
        Refused, Broken
        Cancelled
            When `stop` was set.
        """
        quiet_since = time.monotonic()
        while True:
            if stop.is_set():
                raise Cancelled()
            try:
                item = self._items.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if time.monotonic() - quiet_since >= _TICK_SECONDS:
                    quiet_since = time.monotonic()
                    yield None
                continue
            if item is _END:
                return
            if isinstance(item, BaseException):
                raise item
            quiet_since = time.monotonic()
            size, report = item
            self._taken += size
            yield report

    def cancel(self) -> None:
        """Close the connection, which ends the server's work; after the end it does nothing."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        end: Any = _END
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except Exception as error:
            end = error
        finally:
            self._loop.run_until_complete(asyncio.sleep(0))  # sockets are closed in the round after
            self._loop.close()
            self._items.put(end)

    async def _send(self) -> None:
        import httpx

        verify = self._address.startswith("https")  # reading the certificates takes longer than all else here
        transport = httpx.AsyncHTTPTransport(uds=self._socket, trust_env=False, verify=verify)
        timeout = httpx.Timeout(None, connect=self._connect_s)
        lines, taken = Lines(MAX_LINE_BYTES), False
        with named_errors((), (httpx.HTTPError,), lambda: taken):
            try:
                async with (
                    httpx.AsyncClient(
                        base_url=self._address,
                        transport=transport,
                        timeout=timeout,
                        follow_redirects=False,
                        trust_env=False,
                        headers=IDENTITY,
                    ) as client,
                    client.stream("POST", self._path, json=self._body, extensions=self._watched()) as response,
                ):
                    taken = True
                    check_encoding(response.headers.get("Content-Encoding", ""))
                    if response.status_code != 200:
                        body = Body()
                        async for block in response.aiter_raw():
                            body.feed(block)
                        raise Refused(response.status_code, body.parsed())
                    async for block in response.aiter_raw():
                        for report in lines.feed(block):
                            await self._hand_on(report, lines.line_bytes)
                    await self._hand_on(lines.end(), lines.line_bytes)
            except httpx.HTTPError as error:
                # directly, a server that took the connection is there; through the gate that cannot be told
                taken = taken or not (_is_unreachable(error) or (self._socket and was_turned_away(error)))
                raise

    async def _hand_on(self, report: Line | None, size: int) -> None:
        if report is None:
            return
        if "error" in report:
            status = report.get("status")
            raise Refused(status if isinstance(status, int) else 500, report)
        self._put += size
        self._items.put((size, report))
        while self._put - self._taken > _MOST_WAITING:  # whoever takes them is slow: so be the server
            await asyncio.sleep(_POLL_SECONDS)

    def _watched(self) -> dict[str, Any]:
        async def trace(event: str, told: dict[str, Any]) -> None:
            if event == CONNECTED and self._check is not None:
                try:
                    self._check(told["return_value"].get_extra_info("socket"))
                except BaseException:
                    await told["return_value"].aclose()
                    raise

        return {"trace": trace}


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors of callbacks, but not anyio's of a wait that is cancelled as data come: anyio-cancelled-receive.sh."""
    if not isinstance(context.get("exception"), asyncio.InvalidStateError):
        loop.default_exception_handler(context)


CONNECTED = "connection.connect_tcp.complete"
"""What httpx's extension ``trace`` tells of a new connection, before anything is sent there."""


def _is_unreachable(error: Exception) -> bool:
    import httpx

    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))


def was_turned_away(error: Exception) -> bool:
    """Whether a connection over a socket of the gate was closed: it does so when nobody answers behind it."""
    import httpx

    return isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError))

"""HTTP replies: a value at once, the lines of a call as they come, or changes while a client listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ...errors import LocalAIError, to_wire
from ...results.codec import event_to_json
from ...results.reports import Changed
from ..protocol.changes import Changes
from ..protocol.wire import HEARTBEAT_SECONDS
from .calls import Call, Line, is_last

_PAUSE_SECONDS = 0.5  # between two lines of changes; changes meanwhile share one line
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Listener:
    """The client of a request, while it waits for more; a context manager."""

    def __init__(self, receive: Receive) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self._end = asyncio.ensure_future(_wait_for_end(receive))
        self._end.add_done_callback(lambda _: self._wake.set())

    def is_there(self) -> bool:
        return not self._end.done()

    def notify(self) -> None:
        """There is something new; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._wake.set)

    def look(self) -> None:
        """What is looked at from here on is up to date: `wait` returns when something newer comes."""
        self._wake.clear()

    async def wait(self, seconds: float | None) -> bool:
        """Wait until something is new, or the listener left; return False when neither is so in time."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._end.cancel()


async def stream(send: Send, call: Call, listener: Listener) -> None:
    """Send each line of a call when it is there, and a blank one per second in which there is none."""
    await _begin(send)
    while listener.is_there():
        listener.look()
        lines = call.waiting()
        if lines:
            last = is_last(lines[-1])
            await _go_on(send, b"".join(map(encoded, lines)), not last)
            if last:
                return
        elif not await listener.wait(HEARTBEAT_SECONDS):
            await _go_on(send, b"\n")


async def tell(send: Send, changes: Changes, listener: Listener) -> None:
    """Send a `Changed` whenever something changed, at first of every topic; in between there is nothing to send.

    Clients notice at once when the connection breaks, and a line per second would wake two processes.
    """
    await _begin(send)
    known: dict[str, int] = {}
    told = float("-inf")
    with changes.heard(listener.notify):
        while listener.is_there() and not changes.are_over:
            listener.look()
            last = changes.last()
            topics = tuple(topic for topic, number in last.items() if number != known.get(topic))
            wait = told + _PAUSE_SECONDS - time.monotonic()
            if topics and wait <= 0:
                known, told = last, time.monotonic()
                await _go_on(send, encoded(event_to_json(Changed(topics))))
            else:
                await listener.wait(wait if topics else None)
    if listener.is_there():
        await _go_on(send, b"", False)


async def send_all(send: Send, status: int, body: bytes) -> None:
    """Send a whole reply."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def encoded(value: Line) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"


def error_body(error: LocalAIError) -> bytes:
    return encoded({"type": "error", **to_wire(error)})


async def _begin(send: Send) -> None:
    headers = [(b"content-type", b"application/x-ndjson"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _go_on(send: Send, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _wait_for_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""HTTP for the engine: translates between requests and `Operations`, and nothing else.

``POST /call/NAME`` takes ``{"protocol", "settings", "arguments"}`` and answers with a line of JSON per event,
a blank line per second without one, and at last a result or an error. ``GET /watch`` announces what kinds of
things change, until the client disconnects. ``GET /hello`` names the engine; ``POST /stop`` and ``POST /finish`` end
it, the latter when its jobs are done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ...config import received
from ...errors import EngineError, EngineVersionError, LocalAIError, UsageError
from ...privacy.guard import enforcement
from ..protocol.failures import internal
from ..protocol.wire import MAX_REQUEST_BYTES, PROTOCOL, Address, code_stamp
from .calls import Call, Line
from .door import PATIENCE_SECONDS, refusal
from .forward import MOST_CONNECTIONS
from .operations import Operations
from .replies import Listener, Message, Receive, Send, encoded, error_body, send_all, stream, tell

_log = logging.getLogger(__name__)
_MOST_CALLS = 32
_BODY_SECONDS = 30.0
_DRAINED_BYTES = 256 * 2**20  # of a request that is far too large, so that its sender can read why
_CLOSE_SECONDS = 3
# asyncio accepts as many connections as may queue before it serves any of them
_AT_ONCE, _QUEUED = 16, 1024


class _Refusal(Exception):
    """A request that gets no answer but an error."""

    def __init__(self, status: int, error: LocalAIError) -> None:
        self.status = status
        self.error = error


class Server:
    """Serves one engine until it is asked to stop.

    Parameters
    ----------
    operations : Operations
        What can be called.
    address : Address
        How the engine is reached, as in the connection file.
    store : str
        The store's path, by which a client knows that it talks to the right one.
    """

    def __init__(self, operations: Operations, address: Address, store: str) -> None:
        self._operations = operations
        self._address = address
        self._store = store
        self._stamp = code_stamp()
        self._calls: set[Call] = set()
        self._used = time.monotonic()
        self._answered = 0
        self._finishing = False
        settings = uvicorn.Config(
            self,
            loop="asyncio",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=_CLOSE_SECONDS,
            backlog=_AT_ONCE,
        )
        self._uvicorn = _Uvicorn(settings)

    def run(self, listener: socket.socket, watch: Callable[[Server], None]) -> None:
        """Serve on a socket until `stop`; `watch` is called every second."""

        async def serve() -> None:
            looking = asyncio.ensure_future(self._look(watch))
            await self._uvicorn.serve([listener])
            looking.cancel()

        asyncio.run(serve())

    def stop(self) -> None:
        """End soon: no further call, and those there are end now. From any thread, or a signal's handler."""
        self._finishing = True
        for call in tuple(self._calls):
            call.stop()
        self._operations.jobs.cancel()
        self._operations.changes.end()
        self._uvicorn.end()

    def idle_seconds(self) -> float:
        """Return for how long nothing has been asked for and no job has run."""
        if self._calls or self._operations.are_busy():
            self._used = time.monotonic()
        return time.monotonic() - self._used

    def has_failed(self) -> bool:
        """Whether there is no engine to serve."""
        return self._operations.have_failed()

    async def _look(self, watch: Callable[[Server], None]) -> None:
        while True:
            await asyncio.sleep(1)
            watch(self)
            if self._finishing and not self._calls and not self._operations.are_busy():
                self.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            self._check(scope)
            match scope["method"], scope["path"].split("/")[1:]:
                case "GET", ["hello"]:
                    await send_all(send, 200, encoded(self._hello()))
                case "POST", ["stop" | "finish" as how]:
                    self._finishing = True
                    await send_all(send, 200, encoded(self._hello()))
                    if how == "stop":
                        self.stop()
                case "POST", ["call", name]:
                    await self._call(name, receive, send)
                case "GET", ["watch"]:
                    await self._watch(receive, send)
                case _:
                    raise _Refusal(404, UsageError("There is no such address.", code="unknown_operation"))
        except _Refusal as refusal:
            await send_all(send, refusal.status, error_body(refusal.error))
        except Exception as error:
            with contextlib.suppress(RuntimeError):  # an answer had begun
                await send_all(send, 500, error_body(internal(error)))

    def _check(self, scope: Message) -> None:
        """Let nobody in over loopback who has not read the connection file, no web page that a browser shows either."""
        if self._address.port is None:
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        refused = refusal(headers, self._address.port, self._address.token)
        if refused is not None:
            raise _Refusal(*refused)

    def _hello(self) -> Line:
        return {
            "protocol": PROTOCOL,
            "version": self._address.version,
            "pid": self._address.pid,
            "store": self._store,
            "enforcement": enforcement(),
            "finishing": self._finishing,
            "outdated": code_stamp() != self._stamp,
            "busy": bool(self._calls) or self._operations.are_busy(),
            "calls": self._answered,
            "jobs": self._operations.jobs.count(),
        }

    async def _call(self, name: str, receive: Receive, send: Send) -> None:
        request = await _read(receive)
        if request.get("protocol") != PROTOCOL:
            message = f"This engine speaks protocol {PROTOCOL}."
            raise _Refusal(409, EngineVersionError(message, "Restart it: jupyter localai engine stop."))
        try:
            config = received({**_mapping(request, "settings"), "store": self._store})
            arguments = _mapping(request, "arguments")
        except LocalAIError as error:
            raise _Refusal(400, error) from None
        self._refuse_when_finishing()
        if len(self._calls) >= _MOST_CALLS:
            message = f"The engine already answers {_MOST_CALLS} calls."
            raise _Refusal(503, EngineError(message, "Wait for one of them to end.", code="engine_busy"))
        with Listener(receive) as listener:
            call = Call(self._operations, name, config, arguments, listener.notify)
            self._calls.add(call)
            try:
                await stream(send, call, listener)
            finally:
                call.stop()
                self._calls.discard(call)
                self._answered += 1
                self._used = time.monotonic()

    async def _watch(self, receive: Receive, send: Send) -> None:
        """Announce what changes. This is no call: it does not count as work, and nothing waits for its end."""
        self._refuse_when_finishing()
        with Listener(receive) as listener:
            await tell(send, self._operations.changes, listener)

    def _refuse_when_finishing(self) -> None:
        if self._finishing:
            raise _Refusal(503, EngineError("The engine is about to end.", "Try again.", code="engine_stopping"))


class _Protocol(H11Protocol):
    """HTTP to a connection that must say what it wants in time.

    Of more connections than there may be, the one goes that has waited longest to say so; when none waits, the new one.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= MOST_CONNECTIONS:
            self._make_room(transport)
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._be_patient()
        super().connection_lost(exc)

    def _make_room(self, newest: asyncio.Transport) -> None:
        silent = [one for one in self.connections if isinstance(one, _Protocol) and one._patience is not None]
        oldest = min(silent, key=lambda one: one._waits_until(), default=None)
        if oldest is None:
            newest.abort()
            return
        oldest._be_patient()
        self.connections.discard(oldest)  # it learns of its end later, and more may come before
        oldest.transport.abort()

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._be_patient()
        elif self._patience is None:
            self._patience = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _waits_until(self) -> float:
        return self._patience.when() if self._patience is not None else float("inf")

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as everything else that is wrong, unless an answer is already on its way."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = error_body(UsageError("The request is not HTTP.", code="bad_request"))
            head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
            self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()


class _Uvicorn(uvicorn.Server):
    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Wait for `end`; uvicorn's own loop wakes ten times a second, all the hours that nobody asks for anything."""
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        if not self.should_exit:
            await self._ended.wait()

    def end(self) -> None:
        """End soon; from any thread, or a signal's handler."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._ended.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_QUEUED)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the process handles its own, and closes the store before it ends


async def _read(receive: Receive) -> Line:
    """Return the body of a request, which must be a JSON object of a bearable size."""
    body, size = bytearray(), 0
    try:
        while size < _DRAINED_BYTES:
            message = await asyncio.wait_for(receive(), _BODY_SECONDS)
            if message["type"] != "http.request":
                raise _Refusal(400, UsageError("The request broke off.", code="bad_request"))
            part = message.get("body", b"")
            size += len(part)
            if size <= MAX_REQUEST_BYTES:
                body += part
            if not message.get("more_body"):
                break
    except asyncio.TimeoutError:
        raise _Refusal(408, UsageError("The rest of the request did not come.", code="bad_request")) from None
    if size > MAX_REQUEST_BYTES:
        most = MAX_REQUEST_BYTES // 2**20
        raise _Refusal(413, UsageError(f"The request has more than {most} MiB.", code="request_too_large"))
    try:
        request = json.loads(bytes(body))
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        raise _Refusal(400, UsageError("The request is not a JSON object.", code="bad_request"))
    return request


def _mapping(request: Line, name: str) -> Line:
    value = request.get(name, {})
    if not isinstance(value, dict):
        raise UsageError(f"{name} must be a JSON object.", code="bad_request")
    return value

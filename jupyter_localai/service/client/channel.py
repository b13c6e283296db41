"""One request to an engine, over its own connection: threads and forked processes share nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator

from ...errors import Cancelled, EngineUnreachableError, UsageError
from ...lines import Broken, Line, Lines, NotTheProtocol, Silent, named_errors
from ..protocol.wire import MAX_REQUEST_BYTES, Address

ANSWER_SECONDS = 30.0
"""An engine that is well sends something every second."""
STOP = "Stop it with: jupyter localai engine stop. The next command starts a new one."
MAX_LINE_BYTES = 2 * 2**30
"""Room for as many vectors as one call returns, of any model."""
_PIECE_BYTES = 64 * 1024
_FAILURES = (OSError, http.client.HTTPException)


class Reply:
    """An answer that is being received; use as a context manager, and leave it to break off.

    Raises
    ------
    NotReached
    EngineUnreachableError
        ``engine_silent``.
    UsageError
        As `encoded`.
    """

    def __init__(
        self, address: Address, method: str, path: str, request: Line | None = None, seconds: float = ANSWER_SECONDS
    ) -> None:
        body = b"" if request is None else encoded(request)
        self._connection = _Connection(address, seconds)
        headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
        try:
            with engine_errors(), named_errors((TimeoutError,), _FAILURES, lambda: False):
                self._connection.request(method, path, body, headers)
                self._response = self._connection.getresponse()
        except BaseException:
            self.close()
            raise

    def lines(self, stop: threading.Event | None = None) -> Iterator[Line]:
        """Yield each line of the answer that is not blank; the blank ones are there to look at `stop`.

        Raises
        ------
        EngineUnreachableError
            ``engine_silent``, ``engine_lost``, ``not_an_engine``.
        Cancelled
            Soon after `stop` was set.
        """
        lines = Lines(MAX_LINE_BYTES)
        with engine_errors(), named_errors((TimeoutError,), _FAILURES, lambda: True):
            while piece := self._response.read1(_PIECE_BYTES):
                for line in lines.feed(piece):
                    if stop is not None and stop.is_set():
                        raise Cancelled()
                    if line is not None:
                        yield line
            last = lines.end()
        if last is not None:
            yield last

    def close(self) -> None:
        """Break off, or do nothing when all has come."""
        self._connection.close()

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self.close()


class _Connection(http.client.HTTPConnection):
    def __init__(self, address: Address, seconds: float) -> None:
        super().__init__("127.0.0.1", address.port or 80, timeout=seconds)
        self._path = address.socket

    def connect(self) -> None:
        if self._path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def encoded(request: Line) -> bytes:
    """Return the body of a request.

    Raises
    ------
    UsageError
        ``request_too_large``.
    """
    body = json.dumps(request).encode("ascii")  # escapes let any file name through
    if len(body) > MAX_REQUEST_BYTES:
        raise UsageError(
            f"The request has more than {MAX_REQUEST_BYTES // 2**20} MiB.",
            "Name folders instead of their files, or ask fewer questions at a time.",
            code="request_too_large",
        )
    return body


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what a conversation ends by into the errors of an engine; `NotReached` stays, for another try.

    Raises
    ------
    EngineUnreachableError
    """
    try:
        yield
    except Silent:
        raise silent() from None
    except NotTheProtocol:
        raise EngineUnreachableError("What answers is not an engine.", STOP, code="not_an_engine") from None
    except Broken:
        raise lost() from None


def silent() -> EngineUnreachableError:
    """Return the error for an engine that is there and says nothing."""
    return EngineUnreachableError("The engine does not answer.", STOP, code="engine_silent")


def lost() -> EngineUnreachableError:
    """Return the error for an engine that ended in the middle of an answer."""
    return EngineUnreachableError(
        "The engine ended before its answer was complete; what it had stored is kept.",
        "Try again: the next call starts a new one. Its last words are in engine.log in the store.",
        code="engine_lost",
    )

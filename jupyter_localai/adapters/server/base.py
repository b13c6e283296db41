"""What all handlers share: who may ask, what a request must look like, and replies that are JSON, errors included."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from ... import errors
from ...errors import LocalAIError, UsageError, did_you_mean

if TYPE_CHECKING:
    from ...service.client.async_client import AsyncClient
    from .following import Following
    from .places import Places
    from .shared import Examination, SharedClient

MAX_BODY_BYTES = 2**20
_NOT_OURS = re.compile(r"token|\d+")  # who asks, as Jupyter may be told; the time, by which JupyterLab avoids caches
_WAITING = 100  # reports of a job that wait for a slow reader
STATUS = {
    errors.UsageError: 400,
    errors.ConfigError: 400,
    errors.PrivacyError: 403,
    errors.UnknownCollectionError: 404,
    errors.UnknownConversationError: 404,
    errors.StoreBusyError: 409,
    errors.EmbedderMismatchError: 409,
    errors.Cancelled: 409,
    errors.OllamaError: 502,
    errors.EngineUnreachableError: 503,
    errors.EngineVersionError: 503,
}
STATUS_BY_CODE = {"unknown_job": 404, "not_indexed": 404, "request_too_large": 413}


def status_of(error: LocalAIError) -> int:
    """Return the HTTP status that says what kind of error it is."""
    kinds = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return STATUS_BY_CODE.get(error.code) or next(kinds, 500)


class Handler(APIHandler):
    """Answers in JSON what a logged-in user asks.

    Parameters
    ----------
    client : SharedClient
    places : Places
    following : Following
    examination : Examination
    """

    auth_resource = "jupyter-localai"
    _work: asyncio.Task[None] | None = None
    _left = False

    def initialize(self, client: SharedClient, places: Places, following: Following, examination: Examination) -> None:
        self._client, self.places = client, places
        self.following, self.examination = following, examination

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse who is not logged in, for verbs that no decorator stands at, too.

        What stands behind the question mark is parsed by now, and goes into no log: it may be what is looked for.
        """
        self.request.uri = self.request.path
        await super().prepare()
        if self.current_user is None:
            raise HTTPError(403)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def client(self) -> AsyncClient:
        """Return the client of the engine."""
        return await self._client.get()

    def body(self, fields: Mapping[str, Any], *needed: str) -> dict[str, Any]:
        """Return what the request's body has, checked.

        Parameters
        ----------
        fields : mapping
            The type of each field there may be.
        needed : str
            Those that must be there.

        Raises
        ------
        UsageError
        """
        from ...results.codec import from_json

        given = self._json()
        for name, value in given.items():
            if name not in fields:
                hint = did_you_mean(name, fields)
                known = f"Fields are: {', '.join(fields)}."
                raise UsageError(f"There is no field {name!r}.{hint}", known, code="wrong_field")
            try:
                given[name] = from_json(fields[name], value)
            except ValueError as error:
                raise UsageError(f"The field {name!r} is wrong: {error}.", code="wrong_field") from None
        for name in needed:
            if name not in given:
                raise UsageError(f"The field {name!r} is missing.", code="wrong_field")
        return given

    def query(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the address has behind its question mark, checked.

        Parameters
        ----------
        fields : mapping
            The type of each argument there may be: text, a number, or a list of texts for one that may be repeated.

        Raises
        ------
        UsageError
        """
        given: dict[str, Any] = {}
        for name, values in self.request.query_arguments.items():
            if name in fields:
                given[name] = _argument(name, values, fields[name])
            elif not _NOT_OURS.fullmatch(name):
                hint = did_you_mean(name, fields)
                known = f"Arguments are: {', '.join(fields)}."
                raise UsageError(f"There is no argument {name!r}.{hint}", known, code="wrong_field")
        return given

    def _json(self) -> dict[str, Any]:
        # not by get_json_body, which writes what it cannot read into the log
        if len(self.request.body) > MAX_BODY_BYTES:
            told = f"The request has more than {MAX_BODY_BYTES // 2**20} MiB."
            raise UsageError(told, "Name folders instead of their files.", code="request_too_large")
        try:
            value = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise UsageError("The request is not JSON.", code="malformed_json") from None
        if not isinstance(value, dict):
            raise UsageError("The request is not a JSON object.", code="malformed_json")
        return value

    def reply(self, value: Any, status: int = 200) -> None:
        """Send a value as JSON."""
        self.set_status(status)
        self.finish(self._encoded(value))

    async def stream(self, events: AsyncGenerator[Any, None]) -> None:
        """Send events, one line each, as they come; end the work when the browser goes away.

        An error before the first event is a reply of its own, a later one is the last line.
        """
        self._work = asyncio.create_task(self._send(events))
        if self._left:
            self._work.cancel()
        try:
            await asyncio.wait([self._work])
        finally:
            self._work.cancel()
        if not self._work.cancelled():
            self._work.result()

    async def _send(self, events: AsyncGenerator[Any, None]) -> None:
        self.set_header("X-Accel-Buffering", "no")
        self.set_header("Content-Type", "application/x-ndjson")
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    await self._line(event)
        except StreamClosedError:
            return
        except Exception as error:
            if not self._headers_written:
                raise
            self._write({"type": "error", **self._told(error).to_dict()})
        self.finish(set_content_type="application/x-ndjson")

    async def _line(self, event: Any) -> None:
        from ...results.codec import event_to_json

        self._write(event if isinstance(event, dict) else event_to_json(event))
        await self.flush()

    def _write(self, event: dict[str, Any]) -> None:
        self.write(self._encoded(event) + "\n")

    def on_connection_close(self) -> None:
        """End the work that nobody waits for any more."""
        self._left = True
        if self._work is not None:
            self._work.cancel()
        super().on_connection_close()

    def _encoded(self, value: Any) -> str:
        from ...results.base import to_json
        from .places import with_contents

        return json.dumps(with_contents(to_json(value), self.places.root))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send any error as code, message and remedy."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if error is None or isinstance(error, HTTPError):
            self.finish(json.dumps(self._refusal(status_code, error)))
            return
        told = self._told(error)
        self.set_status(status_of(told))
        self.finish(json.dumps(told.to_dict()))

    def _refusal(self, status: int, error: HTTPError | None) -> dict[str, str]:
        # current_user cannot be asked for before it is known, as when the verb is refused
        if status in (401, 403) and getattr(self, "_jupyter_current_user", None) is None:
            told = "The Jupyter server does not know you."
            remedy = "Log in again in another tab, or reload the page, and try again."
            return {"code": "logged_out", "message": told, "remedy": remedy}
        message = (error and error.log_message) or HTTPStatus(status).phrase
        remedy = "Reload the page. If that does not help, ask who runs this Jupyter server." if status == 403 else ""
        return {"code": f"http_{status}", "message": message, "remedy": remedy}

    @staticmethod
    def _told(error: BaseException) -> LocalAIError:
        if isinstance(error, LocalAIError):
            return error
        from ...service.protocol.failures import internal

        return internal(error, "The server extension", "the Jupyter server's log")

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Log what Jupyter refused; our own errors are told to who asked, and the rest is logged where it is told."""
        if isinstance(value, HTTPError):
            super().log_exception(kind, value, traceback)


def _argument(name: str, values: list[bytes], kind: Any) -> Any:
    from ...results.codec import from_json

    try:
        texts = [value.decode() for value in values]
        if kind == list[str]:
            return texts
        (text,) = texts
        return from_json(kind, int(text) if kind is int else text)
    except ValueError:
        told = "a number" if kind is int else "text, given once"
        raise UsageError(f"The argument {name!r} is wrong: it is to be {told}.", code="wrong_field") from None


async def followed(start: Callable[[Callable[[Any], None]], Awaitable[Any]]) -> AsyncGenerator[Any, None]:
    """Yield what a call reports while it runs, then its result; closing the iterator ends the call.

    Parameters
    ----------
    start : callable
        Gets what to report to, and returns the call.
    """
    reports: asyncio.Queue[Any] = asyncio.Queue(_WAITING)

    def report(value: Any) -> None:
        if reports.full():  # who reads slowly gets the latest
            reports.get_nowait()
        reports.put_nowait(value)

    call = asyncio.ensure_future(start(report))
    call.add_done_callback(lambda _: report(None))
    try:
        while (value := await reports.get()) is not None:
            yield value
        yield {"type": "result", "value": call.result()}
    finally:
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

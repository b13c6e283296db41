"""The base of all handlers: access control, validation of requests, and replies and errors as JSON."""

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
    from .change_feed import ChangeFeed
    from .places import Places
    from .shared import Examination, SharedClient

MAX_BODY_BYTES = 2**20
_NOT_OURS = re.compile(r"token|\d+")  # Jupyter's token, and the time that JupyterLab adds against caches
_WAITING = 100  # reports queued for a slow reader
STATUS = {
    errors.UsageError: 400,
    errors.ConfigError: 400,
    errors.ProjectError: 409,
    errors.BundleError: 400,
    errors.PrivacyError: 403,
    errors.UnknownCollectionError: 404,
    errors.UnknownConversationError: 404,
    errors.RemoteError: 502,
    errors.StoreBusyError: 409,
    errors.EmbedderMismatchError: 409,
    errors.Cancelled: 409,
    errors.OllamaError: 502,
    errors.EngineUnreachableError: 503,
    errors.EngineVersionError: 503,
}
STATUS_BY_CODE = {"unknown_job": 404, "not_indexed": 404, "collection_exists": 409, "request_too_large": 413}


def status_of(error: LocalAIError) -> int:
    """Return the HTTP status for an error."""
    kinds = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return STATUS_BY_CODE.get(error.code) or next(kinds, 500)


class Handler(APIHandler):
    """Answers requests of logged-in users in JSON.

    Parameters
    ----------
    client : SharedClient
    places : Places
    feed : ChangeFeed
    examination : Examination
    """

    auth_resource = "jupyter-localai"
    _work: asyncio.Task[None] | None = None
    _disconnected = False

    def initialize(self, client: SharedClient, places: Places, feed: ChangeFeed, examination: Examination) -> None:
        self._client, self.places = client, places
        self.feed, self.examination = feed, examination

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse requests without login, also for methods without a decorator.

        The query has been parsed by now. It is left out of the log, because it may hold what somebody looks for.
        """
        self.request.uri = self.request.path
        await super().prepare()
        if self.current_user is None:
            raise HTTPError(403)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def client(self) -> AsyncClient:
        """Return the engine's client."""
        return await self._client.get()

    def body(self, fields: Mapping[str, Any], *needed: str) -> dict[str, Any]:
        """Return the validated fields of the request's body.

        Parameters
        ----------
        fields : mapping
            The type of each allowed field.
        needed : str
            The required fields.

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
        """Return the validated query arguments of the request.

        Parameters
        ----------
        fields : mapping
            The type of each allowed argument: text, a number, or a list of texts if it may be repeated.

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
        # not get_json_body, which logs a body that it cannot parse
        if len(self.request.body) > MAX_BODY_BYTES:
            message = f"The request exceeds {MAX_BODY_BYTES // 2**20} MiB."
            raise UsageError(message, "Name folders instead of their files.", code="request_too_large")
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

    def done(self) -> None:
        """Say that it is done, and nothing else."""
        self.set_status(204)
        self.finish()

    async def stream(self, events: AsyncGenerator[Any, None]) -> None:
        """Send events as lines while they arrive; cancel the work when the browser disconnects.

        An error before the first event becomes an error reply, a later one the last line.
        """
        self._work = asyncio.create_task(self._send(events))
        if self._disconnected:
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
            self._write({"type": "error", **self._as_known(error).to_dict()})
        self.finish(set_content_type="application/x-ndjson")

    async def _line(self, event: Any) -> None:
        from ...results.codec import event_to_json

        self._write(event if isinstance(event, dict) else event_to_json(event))
        await self.flush()

    def _write(self, event: dict[str, Any]) -> None:
        self.write(self._encoded(event) + "\n")

    def on_connection_close(self) -> None:
        """Cancel the work of a lost connection."""
        self._disconnected = True
        if self._work is not None:
            self._work.cancel()
        super().on_connection_close()

    def _encoded(self, value: Any) -> str:
        from ...results.base import to_json
        from .places import with_contents

        return json.dumps(with_contents(to_json(value), self.places.root))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send an error as code, message and remedy."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if error is None or isinstance(error, HTTPError):
            self.finish(json.dumps(self._refusal(status_code, error)))
            return
        known = self._as_known(error)
        self.set_status(status_of(known))
        self.finish(json.dumps(known.to_dict()))

    def _refusal(self, status: int, error: HTTPError | None) -> dict[str, str]:
        # current_user fails before it is known, as for a refused method
        if status in (401, 403) and getattr(self, "_jupyter_current_user", None) is None:
            message = "You are not logged in to the Jupyter server."
            remedy = "Log in again in another tab, or reload the page, and try again."
            return {"code": "logged_out", "message": message, "remedy": remedy}
        message = (error and error.log_message) or HTTPStatus(status).phrase
        remedy = (
            "Reload the page. If that does not help, ask the administrator of this Jupyter server."
            if status == 403
            else ""
        )
        return {"code": f"http_{status}", "message": message, "remedy": remedy}

    @staticmethod
    def _as_known(error: BaseException) -> LocalAIError:
        if isinstance(error, LocalAIError):
            return error
        from ...service.protocol.failures import internal

        return internal(error, "The server extension", "the Jupyter server's log")

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Log only refusals of Jupyter; the reply has our errors, and `internal` logs unexpected ones."""
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
        expected = "a number" if kind is int else "text, given once"
        raise UsageError(f"The argument {name!r} is wrong: it must be {expected}.", code="wrong_field") from None


async def stream_call(start: Callable[[Callable[[Any], None]], Awaitable[Any]]) -> AsyncGenerator[Any, None]:
    """Yield the reports of a call and then its result; closing the iterator cancels the call.

    Parameters
    ----------
    start : callable
        Receives the function to report to, and returns the call.
    """
    reports: asyncio.Queue[Any] = asyncio.Queue(_WAITING)

    def report(value: Any) -> None:
        if reports.full():  # a slow reader gets the latest reports
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

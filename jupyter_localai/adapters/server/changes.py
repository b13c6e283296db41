"""The WebSocket by which a page is told that something changed; see `following`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from ...errors import UsageError
from .base import Handler
from .following import Stamps

_reads: Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]] = authorized("read")

_PING_SECONDS = 30.0  # what stands in between may close a connection that says nothing for a minute


class Changes(Handler, WebSocketHandler):
    """Tells who may read; whatever a page says is taken for the question how things are now."""

    # not by Jupyter's mixin, which counts in milliseconds what tornado takes for seconds, and says so for each page
    @property
    def ping_interval(self) -> float:
        return _PING_SECONDS

    @property
    def ping_timeout(self) -> float:
        return _PING_SECONDS

    @authenticated
    @_reads
    async def get(self, *arguments: Any, **keywords: Any) -> None:  # type: ignore[override]
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise UsageError("This address speaks WebSocket only.", "Open it as one.", code="not_a_websocket")
        await super().get(*arguments, **keywords)

    def open(self, *arguments: str, **keywords: str) -> None:
        self.following.join(self._tell)

    def on_message(self, message: str | bytes) -> None:
        self.following.ask(self._tell)

    def on_close(self) -> None:
        self.following.leave(self._tell)

    def _tell(self, stamps: Stamps) -> None:
        with contextlib.suppress(WebSocketClosedError):
            sent = self.write_message(json.dumps(stamps))
            sent.add_done_callback(lambda done: done.exception())  # it may be closed meanwhile

"""The WebSocket that announces changes to a page; see `change_feed`."""

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
from .change_feed import Stamps

_reads: Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]] = authorized("read")

_PING_SECONDS = 30.0  # proxies may close a connection that is silent for a minute


class Changes(Handler, WebSocketHandler):
    """Announces changes to users who may read; any message of a page requests the current state."""

    # not Jupyter's mixin, whose milliseconds tornado takes for seconds, with a warning for each page
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
            raise UsageError(
                "This address accepts only WebSocket connections.", "Connect with a WebSocket.", code="not_a_websocket"
            )
        await super().get(*arguments, **keywords)

    def open(self, *arguments: str, **keywords: str) -> None:
        self.feed.join(self._send_stamps)

    def on_message(self, message: str | bytes) -> None:
        self.feed.send(self._send_stamps)

    def on_close(self) -> None:
        self.feed.leave(self._send_stamps)

    def _send_stamps(self, stamps: Stamps) -> None:
        with contextlib.suppress(WebSocketClosedError):
            sent = self.write_message(json.dumps(stamps))
            sent.add_done_callback(lambda done: done.exception())  # the page may have left meanwhile

"""What changes in the store, whoever did it, told to the pages that are open.

While there is a page, one task watches the engine. It never starts one: without an engine it looks every other
second whether a connection file has come. Told is of which kinds something is that changed, nothing of what it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Iterable

from ...errors import LocalAIError
from .shared import Mark, SharedClient, mark

_LOOK_SECONDS = 2.0
_LINGER_SECONDS = 60.0  # a page that is loaded anew, or loses its connection for a moment, finds it watched
_RETRY_SECONDS = 60.0  # what could not be watched is tried again, though its connection file is the same
Stamps = dict[str, int]
Page = Callable[[Stamps], None]


class Following:
    """Tells each page the stamps of all topics, at first and whenever something changed; equal ones mean no change.

    So a page whose connection was lost knows what it missed. No two are the same, not even of two lives of the server.

    Parameters
    ----------
    client : SharedClient
    """

    def __init__(self, client: SharedClient) -> None:
        self._client = client
        self._ticks = itertools.count(time.time_ns() // 1_000_000)
        self._stamps: Stamps = {}
        self._pages: set[Page] = set()
        self._watching: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._has_looked = False

    def join(self, page: Page) -> None:
        """Begin to tell a page."""
        self._pages.add(page)
        if self._resting is not None:
            self._resting.cancel()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        self.ask(page)

    def ask(self, page: Page) -> None:
        """Tell one page the stamps now, or as soon as it is known whether there is an engine."""
        if self._has_looked:
            page(self._stamps)

    def leave(self, page: Page) -> None:
        """Tell a page no more; without any, nothing is watched for long."""
        self._pages.discard(page)
        if not self._pages:
            self._resting = asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._rest)

    def restart(self) -> None:
        """Watch what the settings say now."""
        self._rest()
        if self._pages:
            self._watching = asyncio.create_task(self._watch())

    def _rest(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching, self._has_looked = None, False

    async def _watch(self) -> None:
        tried: tuple[Mark, float] = (None, 0.0)
        while True:
            with contextlib.suppress(LocalAIError):  # of the settings, or an engine that cannot be watched
                client = await self._client.unopened()
                from ...service.protocol.wire import connection_file  # late, as all of the client

                file = mark(connection_file(client.config.store))
                if file is not None and (file != tried[0] or time.monotonic() > tried[1] + _RETRY_SECONDS):
                    tried = file, time.monotonic()
                    async with contextlib.aclosing(client.watch()) as changes:
                        async for changed in changes:
                            self._tell(changed.topics)
            if not self._has_looked:
                self._tell(())
            await asyncio.sleep(_LOOK_SECONDS)

    def _tell(self, topics: Iterable[str]) -> None:
        self._has_looked = True
        for topic in topics:
            self._stamps[topic] = next(self._ticks)
        for page in tuple(self._pages):
            page(self._stamps)

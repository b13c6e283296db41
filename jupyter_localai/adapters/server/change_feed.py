"""Announces changes of the store to all open pages, whoever made them.

While a page is open, one task watches the engine. It never starts an engine; without one, it checks for a connection
file every two seconds. Only the kind of a change is announced, never which item changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Iterable

from ...errors import LocalAIError
from .shared import FileStamp, SharedClient, file_stamp

_LOOK_SECONDS = 2.0
_LINGER_SECONDS = 60.0  # so that a reloaded or reconnected page finds the watch running
_RETRY_SECONDS = 60.0  # before an engine that could not be watched is tried again
Stamps = dict[str, int]
Page = Callable[[Stamps], None]


class ChangeFeed:
    """Sends each page the stamps of all topics, first on joining and then on every change.

    A stamp changes with every change of its topic, so a reconnected page knows what it missed. Stamps never repeat, not
    even after a restart of the server.

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
        self._stopping: asyncio.TimerHandle | None = None
        self._has_looked = False

    def join(self, page: Page) -> None:
        """Start to announce changes to a page."""
        self._pages.add(page)
        if self._stopping is not None:
            self._stopping.cancel()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        self.send(page)

    def send(self, page: Page) -> None:
        """Send one page the stamps, once it is known whether an engine runs."""
        if self._has_looked:
            page(self._stamps)

    def leave(self, page: Page) -> None:
        """Stop announcing to a page; without pages, the watch soon ends."""
        self._pages.discard(page)
        if not self._pages:
            self._stopping = asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._stop)

    def restart(self) -> None:
        """Watch again, after the settings have changed."""
        self._stop()
        if self._pages:
            self._watching = asyncio.create_task(self._watch())

    def _stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._watching, self._has_looked = None, False

    async def _watch(self) -> None:
        tried: tuple[FileStamp, float] = (None, 0.0)
        while True:
            with contextlib.suppress(LocalAIError):  # wrong settings, or an engine that cannot be watched
                client = await self._client.unopened()
                from ...service.protocol.wire import connection_file  # imported late, like the client

                file = file_stamp(connection_file(client.config.store))
                if file is not None and (file != tried[0] or time.monotonic() > tried[1] + _RETRY_SECONDS):
                    tried = file, time.monotonic()
                    async with contextlib.aclosing(client.changes()) as changes:
                        async for changed in changes:
                            self._announce(changed.topics)
            if not self._has_looked:
                self._announce(())
            await asyncio.sleep(_LOOK_SECONDS)

    def _announce(self, topics: Iterable[str]) -> None:
        self._has_looked = True
        for topic in topics:
            self._stamps[topic] = next(self._ticks)
        for page in tuple(self._pages):
            page(self._stamps)

"""The one client of the engine that all requests to a Jupyter server share."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...service.async_client import AsyncClient


class SharedClient:
    """Makes the client when it is first needed. Nothing of it stays open between calls, so nobody has to close it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()  # the first requests come together, and one start of the engine is enough
        self._client: AsyncClient | None = None

    async def get(self) -> AsyncClient:
        """Return the client, after the engine was found or started.

        Raises
        ------
        LocalAIError
            Of the settings or the start; the next call tries again.
        """
        async with self._lock:
            if self._client is None:
                service = "jupyter_localai.service.async_client"
                module = await asyncio.to_thread(importlib.import_module, service)  # others need the loop meanwhile
                self._client = await module.connect()
            return self._client

"""What all requests to a Jupyter server share: the one client of the engine, and one run of the doctor at a time."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...config import config_file, resolve

if TYPE_CHECKING:
    from ...doctor.case import Lab
    from ...results.reports import Diagnosis
    from ...service.client.async_client import AsyncClient

Mark = tuple[int, int] | None


class SharedClient:
    """Makes the client when it is first needed, and anew when the user's settings were changed.

    Nothing of it stays open between calls, so nobody has to close it.

    Attributes
    ----------
    renewed : callable
        Called after the settings were changed.
    """

    def __init__(self) -> None:
        self.renewed: Callable[[], None] = lambda: None
        self._lock = asyncio.Lock()  # the first requests come together, and one start of the engine is enough
        self._client: AsyncClient | None = None
        self._settings: Mark = None

    async def get(self) -> AsyncClient:
        """Return the client, after the engine was found or started.

        Raises
        ------
        LocalAIError
            Of the settings or the start; the next call tries again.
        """
        async with self._lock:
            settings = mark(config_file())
            if self._client is None or settings != self._settings:
                is_first = self._client is None
                self._client = await (await _service()).connect()
                self._settings = settings
                if not is_first:
                    self.renewed()
            return self._client

    async def unopened(self) -> AsyncClient:
        """Return a client that looked for no engine yet, and starts none unless it is asked for something.

        Raises
        ------
        ConfigError
        """
        service = await _service()
        client: AsyncClient = service.AsyncClient(resolve())
        return client


async def _service() -> Any:
    name = "jupyter_localai.service.client.async_client"
    return await asyncio.to_thread(importlib.import_module, name)  # others need the loop meanwhile


class Examination:
    """Runs the doctor's checks. Who asks while they run gets what comes of that run.

    Parameters
    ----------
    lab : callable
        Returns what the server knows of its JupyterLab.
    """

    def __init__(self, lab: Callable[[], Lab]) -> None:
        self._lab = lab
        self._running: asyncio.Future[Diagnosis] | None = None

    async def diagnosis(self) -> Diagnosis:
        """Return what is well and what is not."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(asyncio.to_thread(self._examine))
        return await asyncio.shield(self._running)

    def _examine(self) -> Diagnosis:
        from ...doctor.checks import doctor

        return doctor(lab=self._lab())


def mark(file: Path) -> Mark:
    """Return what is another for another file of that name; None when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns

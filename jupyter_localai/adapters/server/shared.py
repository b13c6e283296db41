"""State that all requests share: the engine's client, and the running doctor."""

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

FileStamp = tuple[int, int] | None


class SharedClient:
    """Creates the client on first use, and again after the user's settings change.

    The client keeps nothing open between calls, so it needs no closing.

    Attributes
    ----------
    renewed : callable
        Called after the settings have changed.
    """

    def __init__(self) -> None:
        self.renewed: Callable[[], None] = lambda: None
        self._lock = asyncio.Lock()  # concurrent first requests must start only one engine
        self._client: AsyncClient | None = None
        self._settings: FileStamp = None

    async def get(self) -> AsyncClient:
        """Find or start the engine and return the client.

        Raises
        ------
        LocalAIError
            If the settings are wrong or the start fails; the next call tries again.
        """
        async with self._lock:
            settings = file_stamp(config_file())
            if self._client is None or settings != self._settings:
                is_first = self._client is None
                self._client = await (await _service()).connect()
                self._settings = settings
                if not is_first:
                    self.renewed()
            return self._client

    async def unopened(self) -> AsyncClient:
        """Return a client that has not connected yet and starts an engine only on a call.

        Raises
        ------
        ConfigError
        """
        service = await _service()
        client: AsyncClient = service.AsyncClient(resolve())
        return client


async def _service() -> Any:
    name = "jupyter_localai.service.client.async_client"
    return await asyncio.to_thread(
        importlib.import_module, name
    )  # in a thread, because the import would block the event loop


class Examination:
    """Runs the doctor. Concurrent requests share one run.

    Parameters
    ----------
    lab : callable
        Returns the settings folders of the server's JupyterLab.
    """

    def __init__(self, lab: Callable[[], Lab]) -> None:
        self._lab = lab
        self._running: asyncio.Future[Diagnosis] | None = None

    async def diagnosis(self) -> Diagnosis:
        """Return the diagnosis."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(asyncio.to_thread(self._examine))
        return await asyncio.shield(self._running)

    def _examine(self) -> Diagnosis:
        from ...doctor.checks import doctor

        return doctor(lab=self._lab())


def file_stamp(file: Path) -> FileStamp:
    """Return a value that differs when the file is replaced or changed; None if it does not exist."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns

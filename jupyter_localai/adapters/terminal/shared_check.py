"""The command ``shared-check``: tries a server of shared collections, by the way that an engine goes there."""

from __future__ import annotations

import shutil
import tempfile

from ...results.servers import ServerCheck
from ...service.client import sync_client
from .progress import ProgressLine


def run(address: str | None) -> ServerCheck:
    """Check the server at an address, or the configured one, from an engine with an empty temporary store.

    Raises
    ------
    LocalAIError
    """
    folder = tempfile.mkdtemp(prefix="jupyter-localai-check-")
    try:
        with ProgressLine() as line, sync_client.connect(folder, progress=line, shared_host=address) as ai:
            return ai.check_shared_server()
    finally:
        sync_client.stop_engine(folder)
        shutil.rmtree(folder, ignore_errors=True)

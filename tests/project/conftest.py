"""A project of three documents, and clients of one engine in this process that share its embedding model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe
from tests.support.in_process import serve_in_process


@pytest.fixture
def connect(tmp_path: Path, tiny: Path) -> Iterator[Callable[..., Client]]:
    """Opens an engine of its own for a store, and returns a client of it."""
    opened: list[Client] = []

    def open_one(name: str = "store", embedder: Path = tiny) -> Client:
        opened.append(serve_in_process(Config(tmp_path / name, embedder=str(embedder), precision="float32")))
        return opened[-1]

    yield open_one
    for client in opened:
        probe.close_session(client)


@pytest.fixture
def ai(connect: Callable[..., Client]) -> Client:
    return connect()

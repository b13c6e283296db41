"""A shared collection of a test's own on a real Chroma server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_localai.remote.door import Door
from jupyter_localai.remote.shared import Shared
from tests.support import sharing
from tests.support.chroma_server import ChromaServer, unused_name


@pytest.fixture
def door(chroma_server: ChromaServer) -> Iterator[Door]:
    door = Door(chroma_server.address)
    yield door
    door.close()


@pytest.fixture
def shared(door: Door) -> Shared:
    return sharing.shared(door, unused_name())

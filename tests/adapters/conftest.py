"""A chat model for the adapters' tests; a module that needs another has its own."""

from collections.abc import Iterator

import pytest

from tests.support.ollama import StandIn, llama, says
from tests.support.panels import SAID


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    server = StandIn()
    server.models = [llama()]
    server.chatting = says(*(f"{word} " for word in SAID.split()))
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    yield server
    server.stop()

import pytest

from tests.ollama import StandIn, llama


@pytest.fixture
def ollama():
    """A server that has one chat model."""
    server = StandIn()
    server.models = [llama()]
    yield server
    server.stop()

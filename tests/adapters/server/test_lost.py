"""An engine that ends in the middle of an answer."""

import pytest

from tests.adapters.server.conftest import QUESTION
from tests.support.engines import kill_engines
from tests.support.ollama import says


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


async def test_the_stream_ends_with_an_error_and_the_next_request_works(server, ollama, engines):
    await server.index("lost")
    ollama.chatting, ollama.holds_after = says(*["Word "] * 200), 3
    asked = {"question": QUESTION, "collection": "lost"}
    async with server.stream("POST", "ask", asked) as stream:
        await stream.until("token")
        kill_engines(engines)
        *_, last = [event async for event in stream]
    assert (last["type"], last.get("code")) == ("error", "engine_lost"), last
    assert last["message"] and last["remedy"]
    ollama.chatting, ollama.holds_after = says("Boats must stay [1]."), None
    assert (await server.events("POST", "ask", asked))[-1]["type"] == "answer"

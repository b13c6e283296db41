"""The chat model is in memory before it is asked, where that makes sense."""

import dataclasses

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine import chatting
from jupyter_localai.engine.engine import Engine
from tests.support.ollama import llama


@pytest.fixture
def asked(tmp_path, embedder, ollama):
    ollama.reset(llama())
    engine = Engine.open(Config(tmp_path / "store", ollama_host=ollama.address), embedder)
    yield engine
    engine.close()


def test_it_is_loaded_with_the_window_that_questions_use(asked, ollama):
    assert asked.preload() is True
    assert ollama.loads == [("llama3.1:8b", 8192)]
    assert asked.preload("llama3.1:8b") is False and len(ollama.loads) == 1
    assert ollama.asked("/api/chat") == 1 and ollama.chats == []


def test_it_is_not_loaded_against_the_settings_or_on_battery(asked, ollama, monkeypatch):
    assert asked.using(dataclasses.replace(asked.config, preload=False)).preload() is False
    monkeypatch.setattr(chatting, "on_battery", lambda: True)
    assert asked.preload() is False and ollama.loads == []


def test_without_a_chat_model_nothing_happens(asked, ollama):
    ollama.reset()
    assert asked.preload() is False
    assert asked.using(dataclasses.replace(asked.config, ollama_host="http://127.0.0.1:9")).preload() is False


def test_a_server_that_fails_is_left_to_the_question(asked, ollama):
    ollama.broken["/api/chat"] = (500, b'{"error": "no memory"}')
    assert asked.preload() is False

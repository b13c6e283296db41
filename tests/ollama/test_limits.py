"""A chat server that is broken, or somebody else's: named errors, and no more memory than an answer takes."""

import gzip
import json
import threading
import time

import pytest

from jupyter_localai.errors import OllamaError
from jupyter_localai.lines import Lines, NotTheProtocol
from jupyter_localai.ollama import reading
from jupyter_localai.ollama.server import Ollama
from jupyter_localai.ollama.stream import Stream
from tests.support import probe
from tests.support.engines import wait_until
from tests.support.ollama import llama, says

DEEP = b"[" * 200_000


def refusal(ollama, ask):
    with Ollama(ollama.address) as connection, pytest.raises(OllamaError) as caught:
        ask(connection)
    return caught.value.code


def chat(connection):
    return list(connection.chat({"model": "llama3.1:8b"}))


def test_nothing_compressed_is_asked_for_or_taken(ollama):
    sent = []
    with Ollama(ollama.address) as connection:
        probe.http(connection).event_hooks["request"] = [
            lambda request: sent.append(request.headers["Accept-Encoding"])
        ]
        connection.version()
    assert sent == ["identity"]
    packed = gzip.compress(json.dumps({"version": "0.12.3", "message": {"content": "x"}, "done": True}).encode())
    ollama.broken = {"/api/version": (200, packed), "/api/chat": (200, packed)}
    ollama.headers = {"Content-Encoding": "gzip"}
    assert refusal(ollama, Ollama.version) == "not_ollama"
    assert refusal(ollama, chat) == "chat_failed"


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_that_is_too_long_is_not_read(ollama, status):
    body = json.dumps({"version": "x" * reading.MAX_BODY_BYTES}).encode()
    ollama.broken = {"/api/version": (status, body), "/api/chat": (status, body)}
    assert refusal(ollama, Ollama.version) == "not_ollama"
    assert refusal(ollama, chat) == "chat_failed"


def test_a_line_without_an_end_is_not_read(ollama):
    ollama.reset(llama())
    ollama.broken = {"/api/chat": (200, b" " * (reading.MAX_LINE_BYTES + 1))}
    assert refusal(ollama, chat) == "chat_failed"


@pytest.mark.parametrize("status", [200, 400])
def test_what_is_nested_beyond_all_reason_has_a_named_error(ollama, status):
    ollama.broken = dict.fromkeys(("/api/version", "/api/chat", "/api/embed", "/api/pull"), (status, DEEP))
    assert refusal(ollama, Ollama.version) == ("not_ollama" if status == 200 else "ollama")
    assert refusal(ollama, chat) == "chat_failed"
    assert refusal(ollama, lambda connection: connection.embed("x", ["y"])) in ("not_ollama", "embed_failed")
    assert refusal(ollama, lambda connection: list(connection.pull("x"))) == "pull_failed"


def test_lines_are_the_same_however_they_come():
    text = b'{"a": 1}\r\n\n{"b": 2}\n \n{"c": 3}'
    for size in range(1, len(text) + 1):
        lines, found = Lines(reading.MAX_LINE_BYTES), []
        for at in range(0, len(text), size):
            found += lines.feed(text[at : at + size])
        found.append(lines.end())
        assert [line for line in found if line] == [{"a": 1}, {"b": 2}, {"c": 3}]
    with pytest.raises(NotTheProtocol):
        list(Lines(3).feed(b"abcd"))
    assert list(Lines(3).feed(b"{ }\n")) == [{}]


def test_reports_that_nobody_takes_are_not_piled_up(ollama):
    ollama.reset(llama())
    ollama.chatting = says(*("x" * 100_000 for _ in range(200)))
    body = {"model": "llama3.1:8b", "options": {"num_ctx": 8192}, "messages": [{"content": "x"}]}
    stream = Stream(ollama.address, None, "/api/chat", body, 3.0)
    wait_until(lambda: probe.bytes_put(stream) > reading.MAX_LINE_BYTES)
    time.sleep(0.5)  # in which the rest would come
    assert probe.bytes_put(stream) < reading.MAX_LINE_BYTES + 200_000
    assert len(list(stream.reports(threading.Event()))) == 201

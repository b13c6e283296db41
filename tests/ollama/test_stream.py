"""What becomes of answers that Ollama streams, whatever is in them."""

import json
import socket
import threading

import pytest

from jupyter_localai.errors import OllamaError
from jupyter_localai.ollama.server import Ollama
from jupyter_localai.ollama.stream import MAX_LINE_BYTES, Stream
from tests.support import probe
from tests.support.ollama import llama, says


def chat(server, status, body):
    server.models, server.broken = [llama()], {"/api/chat": (status, body)}
    with Ollama(server.address) as connection:
        return [report for report in connection.chat({"model": llama()["name"], "options": {}}) if report is not None]


def test_a_report_may_have_any_character(ollama):
    reports = says("next line \x85, paragraph \u2029, rest")
    body = "\n\n".join(json.dumps(report, ensure_ascii=False) for report in reports)
    assert chat(ollama, 200, body.encode()) == reports


@pytest.mark.parametrize("body", [b"x" * (MAX_LINE_BYTES + 1), b"[" * 100_000, b"[1]\n", b"hello\n", b'{"done": '])
def test_what_is_no_report_ends_the_answer(ollama, body):
    with pytest.raises(OllamaError) as caught:
        chat(ollama, 200, body)
    assert caught.value.code == "chat_failed"


@pytest.mark.parametrize(
    "body, told",
    [(b'{\n "error": "out of memory"\n}', "out of memory"), (b'{"error": "' + b"x" * MAX_LINE_BYTES + b'"}', "llama")],
)
def test_what_a_refusal_says_is_told_as_far_as_it_can_be_read(ollama, body, told):
    with pytest.raises(OllamaError, match=told) as caught:
        chat(ollama, 500, body)
    assert caught.value.code == "chat_failed" and len(caught.value.message) < 300


def test_an_error_in_the_middle_ends_the_answer(ollama):
    body = json.dumps(says("a")[0]) + '\n{"error": "out of memory"}\n'
    with pytest.raises(OllamaError, match="out of memory"):
        chat(ollama, 200, body.encode())


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets")
def test_nothing_is_logged_of_an_answer_that_is_left_as_it_comes(engines, caplog):
    """See findings/anyio-cancelled-receive.sh; a log is not to fill with what is no error."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(engines / "chat"))
        listener.listen()
        stream = Stream("http://127.0.0.1:1", str(engines / "chat"), "/api/chat", {}, 5.0)
        server, _ = listener.accept()
        with server:
            assert server.recv(65536)
            server.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"done": false}\n\r\n')
            reports = stream.reports(threading.Event())
            assert next(report for report in reports if report is not None) == {"done": False}
            probe.cancel_as_data_come(stream, lambda: server.sendall(b'10\r\n{"done": false}\n\r\n'))
            assert list(reports) == []
    assert caplog.records == []

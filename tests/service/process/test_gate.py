"""The gate's forwarding: everything passes unchanged and counted, and the end of one side is the end of both."""

import os
import socket
import stat
import threading

import pytest

from tests.support.engines import wait_until

forward = pytest.importorskip("jupyter_localai.service.process.forward")
pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets")


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def connect(path):
    near = socket.socket(socket.AF_UNIX)
    near.settimeout(10)
    near.connect(str(path))
    return near


@pytest.fixture
def gate(engines, server):
    return forward.Forwarder(engines / "chat", [("127.0.0.1", 9), server.getsockname()])


def test_bytes_pass_both_ways_and_are_counted(gate, engines, server):
    with connect(engines / "chat") as near:
        far, _ = server.accept()
        with far:
            near.sendall(b"question")
            assert far.recv(100) == b"question"
            block = os.urandom(1 << 20)
            sender = threading.Thread(target=far.sendall, args=(block,))
            sender.start()
            got = bytearray()
            while len(got) < len(block):
                got += near.recv(1 << 16)
            sender.join()
            assert bytes(got) == block
    wait_until(lambda: gate.counters["received"] == 1 << 20)
    assert gate.counters == {"connections": 1, "unanswered": 0, "sent": 8, "received": 1 << 20}


def test_the_socket_is_for_its_owner(gate, engines):
    assert stat.S_IMODE((engines / "chat").stat().st_mode) == 0o600


def test_a_stopped_question_is_stopped_at_the_server(gate, engines, server):
    near = connect(engines / "chat")
    far, _ = server.accept()
    with far:
        far.settimeout(10)
        near.close()
        assert far.recv(1) == b""


def test_a_server_that_ends_is_noticed(gate, engines, server):
    with connect(engines / "chat") as near:
        far, _ = server.accept()
        far.close()
        assert near.recv(1) == b""


def test_when_nobody_answers_the_connection_is_closed(engines):
    gate = forward.Forwarder(engines / "chat", [("127.0.0.1", 9)])
    with connect(engines / "chat") as near:
        assert near.recv(1) == b""
    wait_until(lambda: gate.counters["unanswered"] == 1)

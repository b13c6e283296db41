"""The gate's forwarding: everything passes unchanged and counted, and the end of one side is the end of both."""

import os
import socket
import stat
import subprocess
import sys
import threading

import pytest

from jupyter_localai.errors import OllamaError
from jupyter_localai.ollama.server import Ollama
from jupyter_localai.privacy import peer
from jupyter_localai.service.process import forward
from jupyter_localai.service.process.way import Way
from jupyter_localai.service.protocol import runtime
from tests.support.engines import wait_until

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


def forwarding(path, *targets, users=()):
    gate = forward.Forwarder(runtime.bound(path), lambda near: way(near))
    way = Way(lambda: targets, users, gate.count)
    return gate


@pytest.fixture
def gate(engines, server):
    return forwarding(engines / "chat", ("127.0.0.1", 9), server.getsockname())


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
    gate = forwarding(engines / "chat", ("127.0.0.1", 9))
    with connect(engines / "chat") as near:
        assert near.recv(1) == b""
    wait_until(lambda: gate.counters["unanswered"] == 1)


def test_another_users_server_gets_not_a_byte_and_the_next_target_is_tried(engines, server, monkeypatch):
    monkeypatch.setattr(peer, "owner", lambda far: 54322 if far.getpeername() == server.getsockname() else 0)
    gate = forwarding(engines / "chat", server.getsockname())
    with connect(engines / "chat") as near:
        near.sendall(b"question")
        assert b'"foreign": 54322' in near.recv(1000)
    far, _ = server.accept()
    with far:
        assert far.recv(100) == b""
    wait_until(lambda: gate.counters.get("foreign") == 1)
    assert gate.counters["sent"] == 0
    with socket.create_server(("127.0.0.1", 0)) as ours:
        forwarding(engines / "second", server.getsockname(), ours.getsockname())
        with connect(engines / "second") as near:
            near.sendall(b"question")
            far, _ = ours.accept()
            with far:
                assert far.recv(100) == b"question"


@pytest.mark.parametrize(
    "ask", [lambda o: o.version(), lambda o: list(o.chat({"model": "x"})), lambda o: o.embed("x", ["y"])]
)
def test_the_refusal_reaches_who_asks(engines, server, monkeypatch, ask):
    monkeypatch.setattr(peer, "owner", lambda far: 54322)
    forwarding(engines / "chat", server.getsockname())
    with Ollama("http://127.0.0.1:11434", socket=str(engines / "chat")) as ollama, pytest.raises(OllamaError) as caught:
        ask(ollama)
    assert caught.value.code == "ollama_foreign" and "54322" in caught.value.message
    forwarding(engines / "second", server.getsockname(), users=("54322",))
    with connect(engines / "second") as near:
        near.sendall(b"question")
        for _ in range(2):
            far, _ = server.accept()
            with far:
                if (got := far.recv(100)) == b"question":
                    break
        assert got == b"question"


def test_what_cannot_be_determined_is_forwarded_and_counted(engines, server, monkeypatch):
    monkeypatch.setattr(peer, "owner", lambda far: None)
    gate = forwarding(engines / "chat", server.getsockname())
    with connect(engines / "chat") as near:
        near.sendall(b"question")
        far, _ = server.accept()
        with far:
            assert far.recv(100) == b"question"
    wait_until(lambda: gate.counters.get("unknown") == 1)


GUARDED = """
import socket, sys
from jupyter_localai.errors import PrivacyError
from jupyter_localai.privacy import guard
from jupyter_localai.privacy.shared_host import SharedHost

numbers, asked = {"chroma.example": ["192.0.2.7", "2001:db8::7"]}, []
real = socket.getaddrinfo

def look_up(host, port, *arguments, **keywords):
    sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
    asked.append(host)
    found = numbers.get(host)
    if not found:
        raise OSError("nobody knows it")
    return [(0, socket.SOCK_STREAM, 6, "", (number, port)) for number in found]

def refused(event, *arguments):
    try:
        sys.audit(event, *arguments)
    except PrivacyError:
        return True
    return False

socket.getaddrinfo = look_up
shared = SharedHost("https://chroma.example:8443")
guard.refuse_network(shared.permits)
inet = socket.socket()
assert refused("socket.connect", inet, ("192.0.2.7", 8443))  # nobody has looked it up
assert refused("socket.getaddrinfo", "other.example", 8443, 0, 0, 0)
numbers, known = {}, numbers
assert shared.targets() == [] == shared.targets() and asked == ["chroma.example"] * 2  # it is tried until it succeeds
numbers = known
assert shared.targets() == [("192.0.2.7", 8443), ("2001:db8::7", 8443)] == shared.targets()
assert asked == ["chroma.example"] * 3  # and then no more
assert refused("socket.getaddrinfo", "chroma.example", 8443, 0, 0, 0)
assert not refused("socket.connect", inet, ("192.0.2.7", 8443))
assert not refused("socket.connect", inet, ("2001:db8::7", 8443, 0, 0))
assert not refused("socket.getaddrinfo", "192.0.2.7", 8443, 0, 0, 0)  # as create_connection does
assert not refused("socket.connect", inet, ("127.0.0.1", 11434))
for other in (("192.0.2.7", 443), ("192.0.2.8", 8443), ("chroma.example", 8443)):
    assert refused("socket.connect", inet, other), other
guard.refuse_network(lambda host, port: True)
assert refused("socket.connect", inet, ("192.0.2.8", 8443))  # a later call widens nothing
"""


def test_nothing_but_the_shared_server_is_permitted_and_its_name_looked_up_once():
    subprocess.run([sys.executable, "-c", GUARDED], check=True)


def test_of_too_many_connections_the_one_goes_that_waits_longest(engines):
    led, beyond = [], []

    def lead(near):
        led.append(near)
        if near.recv(1) == b"":
            return None
        ours, theirs = socket.socketpair()
        beyond.append(theirs)
        return ours

    forward.Forwarder(runtime.bound(engines / "chat"), lead, most=3)
    held = []
    for number in range(3):
        held.append(connect(engines / "chat"))
        wait_until(lambda number=number: len(led) == number + 1)
    held.append(connect(engines / "chat"))
    assert held[0].recv(1) == b""
    for near in held[1:]:
        near.sendall(b"x")  # now none waits
    wait_until(lambda: len(beyond) == 3)
    held.append(connect(engines / "chat"))
    assert held[-1].recv(1) == b""
    for one in (*held, *beyond):
        one.close()

"""Whatever comes in over the socket: a clear error, and the engine goes on."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import psutil
import pytest

from jupyter_localai.config import Config
from jupyter_localai.errors import EngineError, EngineUnreachableError, PrivacyError, UsageError
from jupyter_localai.lines import NotReached
from jupyter_localai.privacy import guard
from jupyter_localai.service.client import channel
from jupyter_localai.service.client.request import read
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.process import door, forward, log, server
from jupyter_localai.service.protocol import runtime
from jupyter_localai.service.protocol.wire import MAX_REQUEST_BYTES, PROTOCOL, Address
from tests.support import probe
from tests.support.engines import wait_until
from tests.support.ollama import is_readable


@pytest.fixture(scope="module", params=["unix", "loopback"])
def address(request, tmp_path_factory, tiny, ollama, own_environment):
    store = tmp_path_factory.mktemp("server") / "store"
    config = Config(store, embedder=str(tiny), ollama_host=ollama.address, transport=request.param)
    client = Client(config)
    probe.open_engine(client)
    return Address.read(store)


@pytest.fixture
def alive(address):
    """The engine answers before and after."""
    yield address
    assert call(address, "status")[1]["type"] == "result"


def open_socket(address):
    if address.socket is None:
        sock = socket.create_connection(("127.0.0.1", address.port), 60)
    else:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        sock.connect(address.socket)
    return sock


def raw(address, data, end=False):
    """Send bytes as they are, perhaps saying that they are all; return all that comes back."""
    with open_socket(address) as sock:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(data)
            if end:
                sock.shutdown(socket.SHUT_WR)
        parts = []
        with contextlib.suppress(ConnectionResetError):
            while part := sock.recv(1 << 16):
                parts.append(part)
        return b"".join(parts)


def post(address, path, body, host=None, token=None, method="POST", headers=""):
    host = host or f"127.0.0.1:{address.port}"
    token = address.token if token is None else token
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    answer = raw(address, f"{head}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    status = int(answer.split(b" ", 2)[1])
    lines = [line for line in answer.split(b"\r\n\r\n", 1)[1].splitlines() if line.startswith(b"{")]
    return status, json.loads(lines[-1])


def call(address, name, request=None):
    body = {"protocol": PROTOCOL, **(request or {})}
    return post(address, f"/call/{name}", json.dumps(body).encode())


@pytest.mark.parametrize(
    "data",
    [b"\x00\xff" * 5000, b"hello\r\n\r\n", b"GET", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b""],
    ids=["bytes", "words", "half a line", "TLS", "version", "nothing"],
)
def test_garbage(alive, data):
    answer = raw(alive, data, end=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_half_a_request(alive):
    held = [open_socket(alive) for _ in range(40)]
    for sock in held[:20]:
        sock.sendall(b"POST /call/status HTTP/1.1\r\nHost:")
    for sock in held[20:]:
        sock.sendall(
            f"POST /call/status HTTP/1.1\r\nHost: 127.0.0.1:{alive.port}\r\nAuthorization: Bearer {alive.token}\r\n"
            "Content-Length: 100\r\n\r\n{".encode()
        )
    assert call(alive, "status")[1]["type"] == "result"
    for sock in held:
        sock.close()


def test_a_hundred_megabytes(alive):
    status, told = post(alive, "/call/search", b"x" * 100_000_000)
    assert (status, told["code"]) == (413, "request_too_large")


def test_a_request_that_is_said_to_be_shorter_than_it_is(alive):
    body = json.dumps({"protocol": PROTOCOL}).encode()
    head = f"POST /call/status HTTP/1.1\r\nHost: 127.0.0.1:{alive.port}\r\nAuthorization: Bearer {alive.token}\r\n"
    raw(
        alive,
        f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"rest of something else\r\n\r\n",
        end=True,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_request"),
        (b"{", "bad_request"),
        (b"[]", "bad_request"),
        (b"\xff\xfe", "bad_request"),
        (b"[" * 100_000, "bad_request"),
        (b'{"protocol": 1, "settings": []}', "bad_request"),
        (b'{"protocol": 1, "arguments": "x"}', "bad_request"),
        (b'{"protocol": 1, "settings": {"threads": "many"}}', "config"),
        (b'{"protocol": 1, "settings": {"threads": Infinity}}', "config"),
        (b'{"protocol": 1, "settings": {"allow_hosts": true}}', "config"),
        (b'{"protocol": 1, "settings": {"ollama_host": []}}', "config"),
        (b'{"protocol": 99}', "engine_version"),
        (b"{}", "engine_version"),
        (b'{"protocol": 1}', "wrong_argument"),
        (b'{"protocol": 1, "arguments": {"query": 7}}', "wrong_argument"),
        (b'{"protocol": 1, "arguments": {"query": "x", "qeury": 1}}', "wrong_argument"),
        (b'{"protocol": 1, "arguments": {"query": "x", "k": 1e400}}', "wrong_argument"),
        (b'{"protocol": 1, "arguments": {"query": "x", "stop": true}}', "wrong_argument"),
    ],
)
def test_a_body_that_is_wrong(alive, body, code):
    status, told = post(alive, "/call/search", body)
    assert told["type"] == "error" and told["code"] == code and told["message"]
    assert status in (200, 400, 409)
    assert "Traceback" not in json.dumps(told)


@pytest.mark.parametrize("name", ["close", "using", "__init__", "_embedder", "../hello", "", "status/x", "open"])
def test_nothing_can_be_called_but_operations(alive, name):
    assert call(alive, name)[1]["code"] == "unknown_operation"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(alive, method):
    assert post(alive, "/call/status", b"", method=method)[0] == 404


def test_a_setting_of_a_later_version_and_another_store_are_left_out(alive, tmp_path):
    request = {"settings": {"hologram": 1, "store": str(tmp_path / "elsewhere")}}
    _, told = call(alive, "status", request)
    assert told["value"]["engine"]["pid"] == alive.pid
    assert not (tmp_path / "elsewhere").exists()


def test_too_many_calls_are_refused(alive, tmp_path, chat_model):
    (tmp_path / "a.txt").write_text("The gauge was offline in March because of lightning.")
    call(alive, "index", {"arguments": {"paths": [str(tmp_path)]}})
    chat_model.holds_after = 0
    settings = {"ollama_host": chat_model.address}
    body = json.dumps(
        {"protocol": PROTOCOL, "settings": settings, "arguments": {"question": "Why was the gauge offline in March?"}}
    ).encode()
    head = (
        f"POST /call/ask HTTP/1.1\r\nHost: 127.0.0.1:{alive.port}\r\nAuthorization: Bearer {alive.token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    held = [open_socket(alive) for _ in range(32)]
    for sock in held:
        sock.sendall(head.encode() + body)
        assert sock.recv(20).startswith(b"HTTP/1.1 200")
    status, told = call(alive, "status")
    assert (status, told["code"]) == (503, "engine_busy") and told["remedy"]
    for sock in held:
        sock.close()
    wait_until(lambda: call(alive, "status")[0] == 200)


def test_a_client_refuses_a_request_that_is_too_large_itself(alive):
    with pytest.raises(UsageError) as caught:
        channel.Reply(alive, "POST", "/call/index", {"arguments": "x" * MAX_REQUEST_BYTES})
    assert caught.value.code == "request_too_large" and caught.value.remedy


def test_a_client_that_does_not_read_blocks_nobody_and_is_waited_for(alive, tmp_path, tiny, chat_model):
    def request(**arguments):
        settings = {"embedder": str(tiny), "ollama_host": chat_model.address}
        return {"protocol": PROTOCOL, "settings": settings, "arguments": {"collection": "slow", **arguments}}

    (tmp_path / "a.txt").write_text("The gauge was offline in March because of lightning.")
    assert post_lines(alive, "index", request(paths=[str(tmp_path)]))[-1]["type"] == "result"
    pieces = [{"message": {"content": "word " * 200}, "done": False} for _ in range(20_000)]  # 20 MB
    chat_model.chatting = [*pieces, {"message": {"content": ""}, "done": True, "done_reason": "stop"}]
    data = json.dumps(request(question="Why was the gauge offline in March?")).encode()
    head = f"POST /call/ask HTTP/1.1\r\nHost: 127.0.0.1:{alive.port}\r\nAuthorization: Bearer {alive.token}\r\n"
    with open_socket(alive) as slow:
        slow.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data)
        wait_until(lambda: chat_model.chats)
        before = psutil.Process(alive.pid).memory_info().rss
        for _ in range(20):
            assert post_lines(alive, "search", request(query="gauge offline"))[-1]["type"] == "result"
        grown = psutil.Process(alive.pid).memory_info().rss - before
        assert grown < 15 * 2**20, "what is not read is not piled up"
    wait_until(lambda: chat_model.left)


def post_lines(address, name, request):
    with channel.Reply(address, "POST", f"/call/{name}", request) as reply:
        return list(reply.lines())


def test_hello_says_who_it_is(alive):
    status, told = post(alive, "/hello", b"", method="GET")
    assert status == 200
    assert (told["protocol"], told["pid"], told["outdated"]) == (PROTOCOL, alive.pid, False)


def test_over_loopback_one_must_know_the_token_and_the_name(alive):
    if alive.port is None:
        pytest.skip("a Unix socket is for its owner")
    for token in ("", "x", alive.token[:-1], alive.token + "x", "é"):
        for path in ("/hello", "/call/status", "/stop"):
            assert post(alive, path, b"{}", token=token)[0] == 401
    for host in ("example.org", f"example.org:{alive.port}", "127.0.0.1", f"127.0.0.1:{alive.port}.example.org"):
        status, told = post(alive, "/call/status", b"{}", host=host)
        assert (status, told["code"]) == (421, "wrong_host")
    with pytest.raises(EngineError) as caught:
        wrong = Address(**{**vars(alive), "token": "wrong"})
        with channel.Reply(wrong, "POST", "/call/status", {"protocol": PROTOCOL}) as reply:
            list(read(reply.lines(), None))
    assert caught.value.code == "wrong_token"


def test_silent_connections_keep_nobody_out(alive):
    held = [open_socket(alive) for _ in range(forward.MOST_CONNECTIONS + 100)]
    for _ in range(3):
        assert call(alive, "status")[1]["type"] == "result"
    closed = sum(is_readable(sock, 0) for sock in held)
    assert closed >= 100 and not is_readable(held[-1], 0)
    for sock in held:
        sock.close()


def test_a_head_that_does_not_come_in_time_is_not_waited_for(engines, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE_SECONDS", 0.3)
    operations = SimpleNamespace(
        jobs=SimpleNamespace(cancel=lambda: None, count=lambda: 0),
        changes=SimpleNamespace(end=lambda: None),
        are_busy=lambda: False,
    )
    address = Address(1, 1, PROTOCOL, "1", 0.0, "unix", socket=str(engines / "engine"))
    listener = runtime.bound(engines / "engine")
    listener.listen()
    served = server.Server(operations, address, "store")
    thread = threading.Thread(target=served.run, args=(listener, lambda _: None))
    thread.start()
    hello = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
    for begun in (b"", hello[:20], hello + hello[:20]):
        assert raw(address, begun) == b"" or begun.startswith(hello)  # it ends, and by itself
    assert b"200 OK" in raw(address, hello, end=True)
    served.stop()
    thread.join()


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:7\r\n", b"x" * 100_000, b"GET / HTTP/1.1\r\n\r\n"],
    ids=["nothing", "half", "too long", "no name"],
)
def test_at_the_door_nothing_gets_in_before_the_head_is_complete_and_right(engines, monkeypatch, begun):
    monkeypatch.setattr(door, "PATIENCE_SECONDS", 0.3)
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(engines / "engine"))
        engine.listen()
        lead = door.Door(str(engines / "engine"), 7, "secret")

        def enter(data):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.sendall(data)
                try:
                    return lead(theirs)
                except OSError:  # a time limit
                    return None

        assert enter(begun) is None
        twice = b"Authorization: Bearer wrong\r\nAuthorization: Bearer secret\r\n"
        assert enter(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:7\r\n" + twice + b"\r\n") is None
        assert not is_readable(engine, 0)
        whole = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:7\r\nAuthorization: Bearer secret\r\n\r\nand more"
        with enter(whole), engine.accept()[0] as far:
            assert far.recv(1000) == whole


def test_an_engine_that_has_a_network_socket_never_says_kernel():
    with pytest.raises(PrivacyError):
        guard.enforce("kernel", possible=False)
    guard.enforce("auto", possible=False)
    assert guard.enforcement() != "kernel"


@pytest.mark.parametrize("descriptors", [64, 3], ids=["turned", "no descriptor left"])
def test_a_flood_of_news_leaves_little_in_the_log(tmp_path, descriptors):
    code = (
        "import logging, pathlib, resource, sys; from jupyter_localai.service.process import log;"
        "told = []; log.start(pathlib.Path(sys.argv[1]), lambda: told.append(1));"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors}, 64));"
        "[logging.getLogger('asyncio').error('x' * size) for size in (100,) * 20_000 + (3_000_000,)];"
        f"sys.exit(bool(told) != ({descriptors} > 3))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * log.MOST_BYTES + 20_000


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello", b"HTTP/1.1 200 OK\r\n\r\n[1]"]
)
def test_a_client_is_not_confused_by_something_else(engines, answer):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(engines / "engine"))
        listener.listen()
        address = Address(1, 1, PROTOCOL, "1", 0.0, "unix", socket=str(engines / "engine"))

        def serve():
            near, _ = listener.accept()
            with near:
                near.recv(1 << 16)
                near.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises((NotReached, EngineUnreachableError)), channel.Reply(address, "GET", "/hello") as reply:
            list(reply.lines())
        thread.join()


class Unused:
    """Operations that nothing may be asked of."""

    jobs = SimpleNamespace(count=lambda: 0)

    def are_busy(self):
        return True


@pytest.fixture
def served(tmp_path):
    return server.Server(Unused(), Address(1, 1, PROTOCOL, "1", 0.0, "unix"), str(tmp_path))


def answer_of(served, method, path):
    """Return the status and the body with which a server that has no socket answers."""
    said = []

    async def receive():
        return {"type": "http.request", "body": b'{"protocol": %d}' % PROTOCOL}

    async def send(message):
        said.append(message)

    asyncio.run(served({"method": method, "path": path, "headers": []}, receive, send))
    return said[0]["status"], json.loads(said[1]["body"])


def test_what_nobody_foresaw_has_a_name_too(served, monkeypatch):
    def fall(settings):
        raise ZeroDivisionError("document text")

    monkeypatch.setattr("jupyter_localai.service.process.server.received", fall)
    status, told = answer_of(served, "POST", "/call/status")
    assert (status, told["code"]) == (500, "internal") and "document text" not in str(told)


@pytest.mark.parametrize(("method", "path"), [("POST", "/call/status"), ("GET", "/watch")])
def test_an_engine_that_finishes_takes_nothing_more(served, method, path):
    assert answer_of(served, "POST", "/finish")[1]["finishing"] is True
    status, told = answer_of(served, method, path)
    assert (status, told["code"]) == (503, "engine_stopping")

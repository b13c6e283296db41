"""A server that is something else, broken or hostile: a named error each, in bounded time and memory."""

import contextlib
import gzip
import itertools
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from tests.support.odd_server import OddServer, drip, reply

UUID = str(uuid.UUID(int=7))
VECTOR = np.array([1, 0], dtype=np.float32)


@pytest.fixture
def server():
    server = OddServer()
    yield server
    server.stop()


@pytest.fixture
def door(server):
    with contextlib.closing(Door(server.address, token="secret-token")) as door:
        yield door


def code_of(work):
    with pytest.raises(RemoteError) as caught:
        work()
    assert caught.value.remedy and "secret-token" not in f"{caught.value} {caught.value.remedy}"
    return caught.value.code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "shared_refused"),
        (403, "shared_refused"),
        (404, "shared_missing"),
        (413, "shared_failed"),
        (422, "shared_failed"),
        (429, "shared_busy"),
        (500, "shared_failed"),
        (502, "shared_unreachable"),
        (503, "shared_busy"),
        (504, "shared_unreachable"),
    ],
)
def test_each_status_has_its_error(server, door, status, code):
    server.reply = reply(status, {"error": "InternalError", "message": "<script>no</script>"})
    for work in (lambda: door.count(UUID), lambda: door.add(UUID, ["a"], VECTOR[None], [{}])):
        assert code_of(work) == code


def test_a_request_that_is_too_large_is_called_so(server, door):
    server.reply = reply(413, b"")
    with pytest.raises(RemoteError, match="too large"):
        door.add(UUID, ["a"], VECTOR[None], [{}])


def test_redirects_are_not_followed(server, door):
    elsewhere = OddServer(reply(200, 3))
    server.reply = reply(307, b"", Location=f"{elsewhere.address}/api/v2")
    assert code_of(lambda: door.count(UUID)) == "shared_failed"
    elsewhere.stop()
    assert elsewhere.requests == []


def test_proxies_are_not_used(server, monkeypatch):
    proxy = OddServer(reply(200, 4))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.address)
    server.reply = reply(200, 3)
    with contextlib.closing(Door(server.address)) as door:
        assert door.count(UUID) == 3
    proxy.stop()
    assert proxy.requests == []


def test_it_is_asked_for_nothing_compressed_and_takes_none(server, door):
    server.reply = reply(200, gzip.compress(b"3"), Content_Encoding="gzip")
    assert code_of(lambda: door.count(UUID)) == "shared_damaged"
    (asked,) = server.requests
    assert b"accept-encoding: identity" in asked.lower() and b"authorization: bearer secret-token" in asked.lower()


def test_a_cut_answer_is_no_answer(server, door):
    whole = reply(200, {"ids": ["a" * 1000], "metadatas": [{}]})
    for length in (0, 20, len(whole) // 2, len(whole) - 1):
        server.reply = whole[:length]
        assert code_of(lambda: door.get(UUID)) == "shared_unreachable"


def test_an_answer_without_an_end_is_not_read_on(server, door):
    block = b"9" * (1 << 20)
    head = b"HTTP/1.1 200 Told\r\nConnection: close\r\n\r\n"
    sent = 0

    def flood(connection):
        nonlocal sent
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(block)
            sent += 1

    server.reply = flood
    assert code_of(lambda: door.count(UUID)) == "shared_damaged"
    time.sleep(0.1)
    assert 64 <= sent < 80  # what the system's buffers hold comes on top


def test_an_answer_of_65_mb_is_refused(server, door):
    server.reply = reply(200, b" " * (65 * 2**20))
    assert code_of(lambda: door.count(UUID)) == "shared_damaged"


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_ends_in_time(server, part):
    head = b"HTTP/1.1 200 Told\r\nX: "
    dripping = (b"a" for _ in itertools.count())
    if part == "body":
        head = b"HTTP/1.1 200 Told\r\nContent-Length: 100000\r\n\r\n"
    server.reply = drip(itertools.chain([head], dripping), 0.02)
    begun = time.monotonic()
    with contextlib.closing(Door(server.address, seconds=0.6)) as door:
        assert code_of(lambda: door.count(UUID)) == "shared_unreachable"
    assert time.monotonic() - begun < 5  # each piece comes in time; all of them would not


def test_after_an_error_the_next_request_is_answered(server, door):
    server.reply = b"HTTP/1.1 200 Told\r\nContent-Length: 10\r\n\r\n1"
    assert code_of(lambda: door.count(UUID)) == "shared_unreachable"
    server.reply = reply(200, 3)
    assert door.count(UUID) == 3


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>", b"[" * 100_000, b'"3"', b"-1", b"true", b"3.5", b"null"])
def test_a_count_is_a_number(server, door, body):
    server.reply = reply(200, body)
    assert code_of(lambda: door.count(UUID)) == "shared_damaged"


@pytest.mark.parametrize("body", [None, [], {}, {"nanosecond heartbeat": "soon"}, "It works!"])
def test_what_is_no_chroma_server_is_told(server, door, body):
    for status in (200, 404):
        server.reply = reply(status, body)
        assert code_of(door.heartbeat) == "shared_damaged"


RECORDS = {"ids": ["a", "b"], "embeddings": [[1, 0], [0, 1]], "metadatas": [{"n": 1}, None]}


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ["a", "c"]},
        {"ids": ["a", "a"]},
        {"ids": ["a", 7]},
        {"ids": ["a"]},
        {"ids": None},
        {"embeddings": None},
        {"embeddings": [[1, 0]]},
        {"embeddings": [[1, 0], [1]]},
        {"embeddings": [[1, 0], [1, None]]},
        {"embeddings": [[1, 0], ["x", 1]]},
        {"embeddings": [[1, 0], [1e300, 0]]},
        {"embeddings": [[], []]},
        {"embeddings": [1, 0]},
        {"metadatas": None},
        {"metadatas": [{"n": 1}]},
        {"metadatas": [{"n": 1}, []]},
        {"metadatas": [{"n": 1}, {"n": [1]}]},
        {"metadatas": [{"n": 1}, {"n": {"deep": 1}}]},
    ],
    ids=json.dumps,
)
def test_records_that_cannot_be_right_are_not_used(server, door, change):
    server.reply = reply(200, RECORDS)
    assert [record.id for record in door.get(UUID, ["a", "b"], vectors=True)] == ["a", "b"]
    server.reply = reply(200, RECORDS | change)
    assert code_of(lambda: door.get(UUID, ["a", "b"], vectors=True)) == "shared_damaged"


def test_vectors_that_are_no_numbers_are_not_used(server, door):
    body = json.dumps(RECORDS).replace("[0, 1]", "[NaN, Infinity]").encode()
    server.reply = reply(200, body)
    assert code_of(lambda: door.get(UUID, ["a", "b"], vectors=True)) == "shared_damaged"


def test_more_records_than_the_limit_are_not_used(server, door):
    server.reply = reply(200, RECORDS)
    assert code_of(lambda: door.get(UUID, limit=1)) == "shared_damaged"


FOUND = {"ids": [["a", "b"]], "distances": [[0.5, 0.25]]}


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ["a", "b"]},
        {"ids": [["a", "b"], ["c"]]},
        {"ids": [["a", "z"]]},
        {"ids": [["a", "b", "c"]], "distances": [[0, 0, 0]]},
        {"distances": None},
        {"distances": [[0.5]]},
        {"distances": [[0.5, "near"]]},
        {"distances": [[0.5, True]]},
        {"distances": [[0.5, -1]]},
        {"distances": [[0.5, 2.5]]},
    ],
    ids=json.dumps,
)
def test_hits_that_cannot_be_right_are_not_used(server, door, change):
    server.reply = reply(200, FOUND)
    assert door.query(UUID, VECTOR, 2, ["a", "b"]) == [("b", 0.75), ("a", 0.5)]
    server.reply = reply(200, FOUND | change)
    assert code_of(lambda: door.query(UUID, VECTOR, 2, ["a", "b"])) == "shared_damaged"


COLLECTION = {"id": UUID, "name": "papers", "configuration_json": {"hnsw": {"space": "cosine"}}}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../reset"},
        {"id": None},
        {"name": "other"},
    ],
    ids=json.dumps,
)
def test_a_collection_that_cannot_be_right_is_not_used(server, door, change):
    server.reply = reply(200, COLLECTION)
    assert door.collection("papers") == UUID == door.collection("papers", create=True)
    server.reply = reply(200, COLLECTION | change)
    assert code_of(lambda: door.collection("papers")) == "shared_damaged"


@pytest.mark.parametrize(
    "configuration", [{"hnsw": {"space": "l2"}}, {"spann": {"space": "ip"}}, {}, None], ids=json.dumps
)
def test_a_collection_that_compares_otherwise_is_named(server, door, configuration):
    server.reply = reply(200, COLLECTION | {"configuration_json": configuration})
    assert code_of(lambda: door.collection("papers")) == "shared_kind"


def test_a_name_cannot_lead_to_another_route(server, door):
    server.reply = reply(404, {})
    assert door.collection("../../../reset?x=#") is None
    (asked,) = server.requests
    assert b"/collections/..%2F..%2F..%2Freset%3Fx%3D%23 HTTP" in asked


def test_a_server_of_another_user_is_named(server, engines, monkeypatch):
    from jupyter_localai.privacy import peer
    from jupyter_localai.service.process.forward import Forwarder
    from jupyter_localai.service.process.way import Way
    from jupyter_localai.service.protocol import runtime

    monkeypatch.setattr(peer, "owner", lambda far: 54322)
    target = [("127.0.0.1", server.port)]
    gate = Forwarder(runtime.bound(engines / "shared"), lambda near: way(near))
    way = Way(lambda: target, (), gate.count)
    for socket in (str(engines / "shared"), None):
        with contextlib.closing(Door(server.address, socket=socket)) as door:
            assert code_of(lambda door=door: door.count(UUID)) == "shared_foreign"
    assert server.requests == []


def test_closing_ends_a_request_that_waits(server):
    server.reply = lambda connection: time.sleep(20)
    door = Door(server.address)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(code_of, lambda: door.count(UUID))
        while not server.requests:
            time.sleep(0.01)
        begun = time.monotonic()
        door.close()
        assert waiting.result() == "shared_unreachable"
    assert time.monotonic() - begun < 5
    door.close()

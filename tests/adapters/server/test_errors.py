"""Every error is JSON with a code, a message, a remedy and the status that fits; nothing of a question is logged."""

import asyncio
import json
import logging
from urllib.parse import urlencode

import pytest

from jupyter_localai import errors
from jupyter_localai.adapters.server import base
from jupyter_localai.config import resolve
from jupyter_localai.service.client import launch
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.protocol.ownership import Ownership
from tests.support import probe
from tests.support.engines import make_weights

SECRET = "zwetschgenknoedel"


def check(told, code):
    assert set(told) == {"code", "message", "remedy"} and told["code"] == code and told["message"]


@pytest.mark.parametrize(
    ("route", "body", "code", "words"),
    [
        ("search", "{", "malformed_json", "not JSON"),
        ("search", b"\xff\xfe", "malformed_json", "not JSON"),
        ("search", "[" * 100_000, "malformed_json", "not JSON"),
        ("search", '["query"]', "malformed_json", "object"),
        ("search", "null", "malformed_json", "object"),
        ("search", "", "wrong_field", "'query' is missing"),
        ("search", {"qery": "x"}, "wrong_field", "Did you mean 'query'?"),
        ("search", {"query": "x", "engine": 1}, "wrong_field", "'engine'"),
        ("search", {"query": 7}, "wrong_field", "'query' is wrong: it must be a text"),
        ("search", {"query": "x", "k": "3"}, "wrong_field", "'k' is wrong: it must be a whole number"),
        ("search", {"query": "x", "k": True}, "wrong_field", "'k'"),
        ("search", {"query": "x", "k": 10**30}, "usage", "k is"),
        ("search", {"query": "?!"}, "empty_question", "no words"),
        ("ask", {"question": None}, "wrong_field", "'question'"),
        ("ask", {"question": "why " * 3000}, "question_too_long", "characters"),
        ("ask", {"question": "x", "extractive": 1}, "wrong_field", "true or false"),
        ("jobs", {"paths": []}, "wrong_field", "'kind' is missing"),
        ("jobs", {"kind": "rebuild", "paths": []}, "wrong_field", "'index'"),
        ("jobs", {"kind": "index", "paths": "docs"}, "wrong_field", "a list"),
        ("jobs", {"kind": "index", "paths": ["docs", 3]}, "wrong_field", "[1] must be a text"),
        ("jobs", {"kind": "index", "paths": ["a\\b"]}, "wrong_path", "backslash"),
        ("forget", {}, "usage", "paths or a collection"),
        ("forget", {"collections": "x"}, "wrong_field", "Did you mean 'collection'?"),
        ("models/pull", {"model": "x"}, "wrong_field", "Fields are"),
    ],
)
async def test_wrong_requests(server, route, body, code, words):
    status, told = await server.call("POST", route, body)
    check(told, code)
    assert status == 400 and words in told["message"] + told["remedy"]


@pytest.mark.parametrize("path", ["../x", "/etc", "out/x"])
@pytest.mark.parametrize("route", ["jobs", "forget"])
async def test_paths_outside(server, tmp_path, route, path):
    (server.root / "out").symlink_to(tmp_path)
    asked = {"paths": [path], **({"kind": "index"} if route == "jobs" else {})}
    status, told = await server.call("POST", route, asked)
    check(told, "path_outside")
    assert status == 403 and "c.JupyterLocalAI.folders" in told["remedy"]


async def test_a_request_that_is_too_large(server):
    status, told = await server.call("POST", "search", {"query": "x" * base.MAX_BODY_BYTES})
    check(told, "request_too_large")
    assert status == 413


@pytest.mark.parametrize(
    ("method", "route", "body", "code"),
    [
        ("POST", "search", {"query": "x", "collection": "nowhere"}, "unknown_collection"),
        ("POST", "ask", {"question": "x", "collection": "nowhere"}, "unknown_collection"),
        ("POST", "forget", {"collection": "nowhere"}, "unknown_collection"),
        ("POST", "forget", {"paths": ["nowhere.md"]}, "not_indexed"),
        ("GET", "conversations/77", None, "unknown_conversation"),
        ("GET", "conversations/77/export", None, "unknown_conversation"),
        ("DELETE", "conversations/77", None, "unknown_conversation"),
        ("GET", "jobs/77/events", None, "unknown_job"),
        ("DELETE", "jobs/77", None, "unknown_job"),
    ],
)
async def test_what_is_not_there(server, method, route, body, code):
    status, told = await server.call(method, route, body)
    check(told, code)
    assert status == 404 and told["remedy"]


@pytest.mark.parametrize("verb", ["PUT", "TRACE", "PROPFIND"])
async def test_verbs_that_mean_nothing(server, verb):
    status, told = await server.call(verb, "status", "{}")
    assert status == 405 and set(told) == {"code", "message", "remedy"}


async def test_a_name_that_is_no_text(server):
    async with server.stream("GET", "conversations/%ff%fe") as stream:
        (told,) = [told async for told in stream]
    assert stream.status == 400 and set(told) == {"code", "message", "remedy"}


async def test_a_setting_that_is_wrong(server, settings):
    settings.setenv("LOCALAI_DEVICE", "abacus")
    status, told = await server.call("GET", "status")
    check(told, "config")
    assert status == 400 and "abacus" in told["message"]
    settings.delenv("LOCALAI_DEVICE")
    assert (await server.call("GET", "status"))[0] == 200  # it is read anew until there is a client


async def test_another_embedding_model(server, store, tiny, settings, tmp_path):
    (tmp_path / "a.md").write_text("Boats here.")
    client = Client(resolve())
    await asyncio.to_thread(client.index, tmp_path / "a.md", "mismatch")
    other = make_weights(tmp_path / "other") / "model.safetensors"
    data = bytearray(other.read_bytes())
    data[-8:] = bytes(8)
    other.write_bytes(data)
    settings.setenv("LOCALAI_EMBEDDER", str(other.parent))
    status, told = await server.call("POST", "search", {"query": "boats", "collection": "mismatch"})
    check(told, "embedder_mismatch")
    assert status == 409 and told["remedy"]


async def test_a_store_that_something_else_holds(server, settings, tmp_path):
    settings.setenv("LOCALAI_STORE", str(tmp_path / "held"))
    settings.setattr(launch, "_OTHER_SECONDS", 0.1)
    (tmp_path / "held").mkdir()
    ownership = Ownership(tmp_path / "held")
    try:
        status, told = await server.call("GET", "status")
    finally:
        ownership.release()
    check(told, "store_busy")
    assert status == 409


@pytest.mark.parametrize("route", ["models", "models/pull"])
async def test_an_ollama_that_fails(server, ollama, route):
    ollama.broken = dict.fromkeys(("/api/version", "/api/tags", "/api/pull", "/api/show"), (500, b"{}"))
    status, told = await server.call(*(("GET", route) if route == "models" else ("POST", route, {"name": "x"})))
    assert (status, set(told)) == (502, {"code", "message", "remedy"})


@pytest.mark.parametrize("kind", [errors.EngineUnreachableError, errors.EngineVersionError])
async def test_an_engine_that_is_not_there(server, settings, kind):
    def connect(*_):
        raise kind("It is not there.", "Wait for it.")

    settings.setattr(launch, "connect", connect)
    status, told = await server.call("GET", "status")
    assert (status, told) == (503, {"code": kind.default_code, "message": "It is not there.", "remedy": "Wait for it."})
    settings.undo()
    assert (await server.call("GET", "version"))[0] == 200


async def test_what_nobody_foresaw_is_told_without_its_words(server, settings, caplog):
    async def search(*_, **__):
        raise RuntimeError(SECRET)

    settings.setattr(AsyncClient, "search", search)
    with caplog.at_level(logging.DEBUG):
        status, told = await server.call("POST", "search", {"query": SECRET})
    check(told, "internal")
    assert status == 500 and SECRET not in json.dumps(told)
    assert "RuntimeError in search" in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize(
    "body", [{"question": SECRET}, f'{{"question": "{SECRET}"', {SECRET: 1}, {"question": f"{SECRET} " * 2000}]
)
async def test_no_question_gets_into_a_log(server, caplog, body):
    with caplog.at_level(logging.DEBUG):
        await server.call("POST", "ask", body)
    assert "jupyter-localai/ask" in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize("kind", probe.kinds_of_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status(kind):
    error = kind() if kind is errors.Cancelled else kind("It happened.")
    others = {errors.ReadError, errors.StoreError, errors.EmbedderError, errors.EngineError}
    assert (base.status_of(error) == 500) == (kind in others or issubclass(kind, errors.ReadError))


@pytest.mark.parametrize("asked", [{"name": SECRET, "collection": "nowhere"}, {"nmae": SECRET}, {"name": [SECRET] * 2}])
async def test_what_is_looked_for_gets_into_no_log(server, caplog, asked):
    with caplog.at_level(logging.DEBUG):
        async with server.stream("GET", f"documents?{urlencode(asked, doseq=True)}") as stream:
            (told,) = [event async for event in stream]
    assert stream.status >= 400 and told["code"]
    assert "jupyter-localai/documents" in caplog.text and SECRET not in caplog.text

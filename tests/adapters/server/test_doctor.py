"""The doctor's checks by way of the server: of its own environment, for who may, once at a time."""

import asyncio
import json
import threading

import pytest
from jupyter_server.auth import Authorizer

from jupyter_localai.adapters.server.shared import Examination
from jupyter_localai.doctor import checks
from jupyter_localai.doctor.case import Lab
from jupyter_localai.results.codec import from_json
from jupyter_localai.results.reports import Diagnosis
from tests.adapters.server.conftest import until


def check(told, name):
    (found,) = [check for check in told["checks"] if check["name"] == name]
    return found


async def test_the_servers_own_environment_is_looked_at(server, store):
    told = await server.get("doctor")
    assert from_json(Diagnosis, told).checks
    assert told["ok"] and "elsewhere" not in told
    assert str(store) in check(told, "store")["detail"]
    assert check(told, "server extension")["ok"] and "has loaded it" in check(told, "server extension")["detail"]
    promises = {check["name"] for check in told["checks"] if check["promise"]}
    assert {"network sockets", "files and sockets", "news of JupyterLab"} <= promises and "store" not in promises


async def test_a_broken_promise_is_told_until_it_is_mended(server, store):
    store.chmod(0o755)
    try:
        told = await server.get("doctor")
    finally:
        store.chmod(0o700)
    broken = check(told, "files and sockets")
    assert not told["ok"] and not broken["ok"] and f"chmod 700 '{store}'" in broken["remedy"]
    assert (await server.get("doctor"))["ok"]


async def test_who_asks_meanwhile_shares_the_run_and_who_leaves_ends_none(server, monkeypatch):
    runs, go = [], threading.Event()

    def examine(**given):
        runs.append(given["lab"])
        assert go.wait(60)
        return Diagnosis(True, (), "kernel")

    joined, diagnosis = [], Examination.diagnosis

    def join(examination):
        joined.append(examination)
        return diagnosis(examination)

    monkeypatch.setattr(checks, "doctor", examine)
    monkeypatch.setattr(Examination, "diagnosis", join)
    asked = [asyncio.ensure_future(server.get("doctor")) for _ in range(5)]
    await until(lambda: len(joined) == 5)
    asked.pop().cancel()
    go.set()
    told = await asyncio.gather(*asked)
    assert runs == [Lab()] and all(one == {"ok": True, "checks": [], "enforcement": "kernel"} for one in told)
    await server.get("doctor")
    assert len(runs) == 2


async def test_an_accident_is_told_and_the_next_run_is_another(server, monkeypatch):
    def fall(**_):
        raise ZeroDivisionError("a sentence of a document")

    with monkeypatch.context() as patch:
        patch.setattr(checks, "doctor", fall)
        status, told = await server.call("GET", "doctor")
    assert (status, told["code"]) == (500, "internal") and "sentence" not in json.dumps(told)
    assert (await server.get("doctor"))["checks"]


async def test_wrong_settings_are_a_finding(server, settings):
    settings.setenv("LOCALAI_DEVICE", "toaster")
    told = await server.get("doctor")
    assert not told["ok"] and "toaster" in check(told, "settings")["detail"] and told["enforcement"] == "unknown"


async def test_where_the_settings_let_questions_go_is_told(server, settings):
    settings.setenv("OLLAMA_HOST", "http://big.example:11434")
    settings.setenv("LOCALAI_ALLOW_HOSTS", "big.example")
    assert (await server.get("doctor"))["elsewhere"] == "http://big.example:11434"


class Reader(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "jupyter-localai" or action == "read"


@pytest.fixture
def reader(jp_server_config):
    jp_server_config["ServerApp"]["authorizer_class"] = Reader


async def test_who_may_only_read_may_have_nothing_tried(reader, server):
    status, told = await server.call("GET", "doctor")
    assert status == 403 and "to execute" in told["message"]

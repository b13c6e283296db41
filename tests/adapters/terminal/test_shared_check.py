"""The command shared-check, and what status tells: by a real engine, its gate, and a real server."""

import json

import pytest

import jupyter_localai as la
from jupyter_localai.adapters.terminal import cli
from jupyter_localai.errors import ConfigError, EngineError
from jupyter_localai.service.client.async_client import AsyncClient
from tests.support.engines import Awaited
from tests.support.odd_server import OddServer, reply


def test_a_server_that_does_all_passes(chroma_server, capsys, engines, home):
    assert cli.main(["shared-check", chroma_server.address]) == 0
    out = capsys.readouterr().out
    assert out.count("ok ") == 11 and "does all that shared collections rely on" in out
    assert not (home / "jupyter_data_dir" / "localai").exists() and list(engines.iterdir()) == []  # no index was needed


def test_the_configured_server_is_checked_and_told_in_json(chroma_server, capsys, monkeypatch):
    monkeypatch.setenv("LOCALAI_SHARED_HOST", chroma_server.address)
    assert cli.main(["shared-check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["address"] == chroma_server.address and all(trait["ok"] for trait in told["traits"])


def test_what_is_no_such_server_fails(capsys):
    server = OddServer(reply(200, {"status": "fine"}))
    assert cli.main(["shared-check", server.address]) == 1
    server.stop()
    out = capsys.readouterr().out
    assert "FAILED  answers" in out and "does not do all" in out


@pytest.mark.parametrize("address", ["http://192.0.2.1:8000", "chroma.example"])
def test_an_address_that_is_refused_is_an_error(capsys, address):
    assert cli.main(["shared-check", address]) == 1
    assert "nothing is sent there" in capsys.readouterr().err


def test_status_tells_the_address_and_what_passed(chroma_server, tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_SHARED_HOST", chroma_server.address)
    with la.connect() as ai:
        reply = ai.shared_server()
        assert reply.address == chroma_server.address and 0 < reply.seconds < 30
        assert Awaited(AsyncClient(ai.config)).shared_server().address == chroma_server.address
        told = ai.status().privacy["shared"]
        assert (told["address"], told["connections"]) == (chroma_server.address, 1)
        assert told["sent"] > 100 and told["received"] > 100
        assert f"Shared collections: {chroma_server.address}; 1 connection, " in str(ai.status())
        assert chroma_server.address in ai.status()._repr_mimebundle_()["text/html"]
    assert cli.main(["status"]) == 0
    assert f"Shared collections: {chroma_server.address}" in capsys.readouterr().out
    with la.connect(shared_host="http://127.0.0.1:9") as other, pytest.raises(EngineError, match="and http://127"):
        other.shared_server()
    with la.connect(shared_host="") as none, pytest.raises(ConfigError):
        none.check_shared_server()


def test_without_a_server_status_has_nothing_of_one(tmp_path):
    with la.connect(store=tmp_path / "store") as ai:
        status = ai.status()
    assert "shared" not in status.privacy and "Shared collections" not in str(status)

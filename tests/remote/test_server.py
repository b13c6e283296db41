"""The configured server: which one a request may reach, and with what token."""

import dataclasses
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.errors import ConfigError, EngineError, PrivacyError, RemoteError
from jupyter_localai.remote.server import SharedServer
from tests.support.odd_server import OddServer, reply

CONFIG = Config(Path("/nowhere"))


def asking(address):
    return dataclasses.replace(CONFIG, shared_host=address)


@pytest.fixture
def odd():
    server = OddServer(reply(200, {"nanosecond heartbeat": 1}))
    yield server
    server.stop()


@pytest.fixture
def opened():
    servers = []

    def open_one(*arguments):
        servers.append(SharedServer(*arguments))
        return servers[-1]

    yield open_one
    for server in servers:
        server.close()


def test_without_the_setting_there_is_none(opened):
    with pytest.raises(ConfigError) as caught:
        opened("").door(CONFIG)
    assert caught.value.code == "no_shared_host"


def test_only_the_one_the_engine_was_started_for_is_reached(opened, odd):
    with pytest.raises(EngineError, match="no address") as caught:
        opened("").door(asking(odd.address))
    assert caught.value.code == "engine_settings" and "engine stop" in caught.value.remedy
    server = opened("http://127.0.0.1:9")
    with pytest.raises(EngineError):
        server.door(asking(odd.address))
    assert odd.requests == []
    same = opened(odd.address.replace("127.0.0.1", "localhost"))
    same.door(asking(odd.address)).heartbeat()
    assert same.door(asking(odd.address)) is same.door(asking(odd.address))


def test_an_address_that_is_refused_is_no_address(opened):
    with pytest.raises(PrivacyError):
        opened(None).door(asking("http://192.0.2.1:8000"))


def test_the_token_goes_along_and_is_never_the_environments_of_others(opened, odd, monkeypatch):
    monkeypatch.setenv("LOCALAI_SHARED_TOKEN", "secret-token")
    opened(odd.address).door(asking(odd.address)).heartbeat()
    monkeypatch.delenv("LOCALAI_SHARED_TOKEN")
    opened(odd.address).door(asking(odd.address)).heartbeat()
    first, second = (head.lower() for head in odd.requests)
    assert b"authorization: bearer secret-token" in first and b"authorization" not in second


def test_a_closed_door_is_opened_again(opened, odd):
    server = opened(odd.address)
    door = server.door(asking(odd.address))
    server.close()
    with pytest.raises(RemoteError):
        door.heartbeat()
    server.door(asking(odd.address)).heartbeat()

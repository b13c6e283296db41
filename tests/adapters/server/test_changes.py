"""A page is told by its WebSocket that something changed, whoever did it; and nobody is who may not read."""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

from jupyter_localai.adapters.server import change_feed
from jupyter_localai.config import config_file, resolve
from jupyter_localai.service.client.sync_client import Client, engine_status, stop_engine
from jupyter_localai.service.protocol.changes import TOPICS
from jupyter_localai.service.protocol.wire import Address
from tests.adapters.server.conftest import QUESTION, TEXT, until
from tests.support import probe
from tests.support.engines import running


@pytest.fixture
def store(tmp_path):
    """One of the test's own, so that nobody else changes it."""
    return tmp_path / "store"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(change_feed, "_LOOK_SECONDS", 0.05)


class Page:
    """What a page was told: the topics whose stamps became others with each message."""

    def __init__(self, socket):
        self.socket, self.told, self.stamps = socket, [], None

    async def hear(self):
        while (message := await self.socket.read_message()) is not None:
            stamps = json.loads(message)
            before = {} if self.stamps is None else self.stamps
            self.stamps = stamps
            self.told.append({topic for topic in stamps if stamps[topic] != before.get(topic)})

    def heard(self, *topics, since=0):
        return set(topics) <= set().union(*self.told[since:])


@pytest.fixture
def page(server, jp_ws_fetch):
    @asynccontextmanager
    async def page():
        socket = await jp_ws_fetch("jupyter-localai", "changes")
        opened = Page(socket)
        hearing = asyncio.ensure_future(opened.hear())
        try:
            yield opened
        finally:
            socket.close()
            await hearing

    return page


async def outside(work, *arguments, **keywords):
    """Do something as another program does: with a client of its own, in a thread."""
    return await asyncio.to_thread(getattr(Client(resolve()), work), *arguments, **keywords)


async def test_what_others_do_is_told(server, page, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "boats.md").write_text(TEXT)
    async with page() as first, page() as second:
        await until(lambda: first.told and second.told)
        assert first.stamps == second.stamps == {}  # there is no engine
        await outside("index", tmp_path / "papers", "hr")
        await until(lambda: first.heard("jobs", "documents") and second.heard("jobs", "documents"))
        since = len(first.told)
        await outside("ask", QUESTION, "hr", extractive=True)
        await until(lambda: first.heard("conversations", since=since))
        since = len(first.told)
        await outside("forget", collection="hr")
        await until(lambda: first.heard("documents", "conversations", "jobs", since=since))
        assert set(first.stamps) == set(TOPICS)


async def test_no_engine_is_started_or_kept(server, page, store, monkeypatch):
    looks, real = [], change_feed.file_stamp
    with monkeypatch.context() as patch:
        starts = probe.count_starts(patch)
        patch.setattr(change_feed, "file_stamp", lambda file: looks.append(file) or real(file))
        async with page() as one:
            await until(lambda: one.told and len(looks) > 3)
    assert starts == [] and not store.exists()
    monkeypatch.setenv("LOCALAI_IDLE_MINUTES", "0.02")
    async with page() as one:
        await outside("status")
        await until(lambda: one.heard(*TOPICS))
        told = len(one.told)
        await until(lambda: not engine_status()["running"])
        assert len(one.told) == told  # there is nobody to be asked what changed


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_the_next_engine_is_followed_too(server, page, store, tmp_path, how, engines):
    (tmp_path / "boats.md").write_text(TEXT)
    async with page() as one:
        for _ in range(2):
            since = len(one.told)
            await outside("index", tmp_path / "boats.md", "hr")
            await until(lambda since=since: one.heard("documents", "jobs", since=since))
            if how == "killed":
                os.kill(Address.read(store).pid, signal.SIGKILL)
                await until(lambda: not running(engines))
            else:
                await asyncio.to_thread(stop_engine)


async def test_a_page_that_was_away_learns_what_it_missed(server, page):
    await server.get("status")
    async with page() as stays:
        await until(lambda: stays.heard(*TOPICS))
        async with page() as away:
            await until(lambda: away.told)
            known = away.stamps
        await server.index("default")
        await until(lambda: stays.heard("documents", since=1))
        async with page() as back:
            await until(lambda: back.told)
            missed = {topic for topic in known if known[topic] != back.stamps[topic]}
            assert missed == {"jobs", "documents"}
            await back.socket.write_message("how are things?")
            await until(lambda: len(back.told) > 1)
            assert back.told[1] == set()


async def test_nothing_is_watched_without_a_page(server, page, monkeypatch):
    monkeypatch.setattr(change_feed, "_LINGER_SECONDS", 0.05)

    def watching():
        return [task for task in asyncio.all_tasks() if "ChangeFeed._watch" in repr(task)]

    for _ in range(2):
        async with page() as one:
            await until(lambda one=one: one.told)
            async with page():
                assert len(watching()) == 1
            assert len(watching()) == 1
        await until(lambda: not watching())


async def test_what_is_told_is_numbers(server, page):
    async with page() as one:
        await server.index("zwetschgenknoedel")
        await until(lambda: one.heard("documents"))
        assert set(one.stamps) <= set(TOPICS) and all(type(number) is int for number in one.stamps.values())


async def test_another_store_of_the_settings_is_followed(server, page, settings, tmp_path):
    file = config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    settings.delenv("LOCALAI_STORE")
    async with page() as stays:
        for name in ("one", "two"):
            since = len(stays.told)
            file.write_text(f'store = "{tmp_path / name}"\n')
            await server.index("default", folder=name)
            assert (tmp_path / name / "catalogue.sqlite").exists()
            await until(lambda since=since: stays.heard("documents", since=since))
    file.write_text("store = 3 3")
    status, told = await server.call("GET", "status")
    assert (status, told["code"]) == (400, "config")
    file.write_text(f'store = "{tmp_path / "one"}"\n')
    assert (await server.get("status"))["collections"][0]["roots"] == [str(server.root / "one")]


# who may --------------------------------------------------------------------------------------------------


class Nobody(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return (action, resource) != ("read", "jupyter-localai")


@pytest.fixture
def nobody(jp_server_config):
    jp_server_config["ServerApp"]["authorizer_class"] = Nobody


async def test_who_may_not_read_is_told_nothing(nobody, server, jp_ws_fetch):
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("jupyter-localai", "changes")
    assert caught.value.code == 403


@pytest.mark.parametrize(
    "headers", [{"Authorization": "token wrong"}, {"Authorization": "token wrong", "Cookie": "username-localhost=x"}]
)
async def test_who_is_not_known_is_told_nothing(server, jp_ws_fetch, headers):
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("jupyter-localai", "changes", headers=headers)
    assert caught.value.code == 403


async def test_another_site_is_told_nothing(server, jp_ws_fetch):
    headers = {"Origin": "http://evil.example", "Authorization": "token wrong"}
    with pytest.raises((HTTPClientError, WebSocketClosedError)):
        await jp_ws_fetch("jupyter-localai", "changes", headers=headers)


async def test_what_is_no_websocket_is_told_so(server):
    status, told = await server.call("GET", "changes")
    assert (status, told["code"]) == (400, "not_a_websocket")

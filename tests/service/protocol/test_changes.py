"""Who watches an engine hears what kinds of things change, at once and never what; and is no burden to it."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import threading

import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.errors import LocalAIError
from jupyter_localai.results.reports import Progress
from jupyter_localai.service.client import channel
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.client.sync_client import engine_status, stop_engine
from jupyter_localai.service.process import replies
from jupyter_localai.service.protocol import changes
from jupyter_localai.service.protocol.changes import TOPICS, Changes
from jupyter_localai.service.protocol.wire import PROTOCOL, Address
from tests.support.engines import wait_for_end, wait_until
from tests.support.hostile import PIECES

QUESTION = "Why was the Gull Rock gauge offline in March?"


@pytest.fixture(params=["unix", "loopback"])
def transport(request, monkeypatch):
    monkeypatch.setenv("LOCALAI_TRANSPORT", request.param)


class Watch:
    """One that watches, in a thread of its own: `heard` are all topics so far, each as often as it was told."""

    def __init__(self, store):
        self.heard, self.has_ended = [], threading.Event()
        self._task = None
        threading.Thread(target=lambda: asyncio.run(self._listen(store)), daemon=True).start()

    async def _listen(self, store):
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        with contextlib.suppress(asyncio.CancelledError):
            async for changed in AsyncClient(Config(store)).changes():
                self.heard += changed.topics
        self.has_ended.set()

    def leave(self):
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(self._task.cancel)
        assert self.has_ended.wait(60)

    def count(self, *topics):
        return [self.heard.count(topic) for topic in topics]

    def until(self, **counts):
        wait_until(lambda: all(self.heard.count(topic) >= least for topic, least in counts.items()))


@pytest.fixture
def watch(store):
    """Watch the store; the first thing that is heard is that everything may have changed."""
    begun = []

    def watch():
        begun.append(Watch(store))
        begun[-1].until(**dict.fromkeys(TOPICS, 1))
        return begun[-1]

    yield watch
    for one in begun:
        one.leave()


def test_each_kind_of_change_is_heard_and_looking_is_none(transport, store, watch, folder):
    ai = la.connect()
    watching = watch()
    ai.index(folder, "hr")
    watching.until(jobs=2, documents=2)
    assert watching.count("conversations", "models") == [1, 1]
    answer = ai.ask(QUESTION, "hr", extractive=True)
    watching.until(conversations=2)
    ai.search(QUESTION, collection="hr")
    ai.status(), ai.collections(), ai.conversations(), ai.conversation(answer.conversation), ai.jobs()
    before = watching.count("jobs", "documents")
    ai.delete_conversations([answer.conversation])
    watching.until(conversations=3)
    assert watching.count("jobs", "documents") == before
    ai.forget(collection="hr")
    watching.until(conversations=4, documents=before[1] + 1, jobs=before[0] + 1)


def test_none_is_started_and_nothing_is_told(store):
    watching = Watch(store)
    assert watching.has_ended.wait(60) and watching.heard == []
    assert not store.exists()


def test_it_ends_when_it_is_idle_though_it_is_watched(store, watch):
    la.connect(idle_minutes=0.02)
    watching = watch()
    wait_for_end(store)
    assert watching.has_ended.wait(60)


def test_watching_counts_for_nothing(store, watch, folder):
    ai = la.connect()
    ai.index(folder)
    before = engine_status()
    for _ in range(40):
        watch()
    now = engine_status()
    assert (now["busy"], now["calls"], now["jobs"]) == (False, before["calls"], 0)
    found, done = [], []
    for _ in range(32):
        thread = threading.Thread(target=lambda: found.append(len(ai.search("annual leave"))) or done.append(1))
        thread.start()
    wait_until(lambda: len(done) == 32)
    assert min(found) > 0


@pytest.mark.parametrize("how", ["stop", "finish"])
def test_who_watches_delays_no_end(store, how):
    """Were it waited for, the connection would be cut at the end instead of being closed."""
    la.connect()
    address = Address.read(store)
    with channel.Reply(address, "GET", "/watch") as watching:
        lines = watching.lines()
        assert next(lines)["type"] == "changed"
        with channel.Reply(address, "POST", f"/{how}") as reply:
            list(reply.lines())
        assert list(lines) == []
    wait_for_end(store)


def test_an_engine_that_is_about_to_end_is_not_watched_any_more(store, many):
    la.connect().index(many, background=True)
    address = Address.read(store)
    with channel.Reply(address, "POST", "/finish") as reply:
        list(reply.lines())
    with channel.Reply(address, "GET", "/watch") as late:
        assert [line["code"] for line in late.lines()] == ["engine_stopping"]


def test_an_engine_that_is_killed_and_the_next_one(store, watch):
    la.connect()
    watching = watch()
    os.kill(Address.read(store).pid, signal.SIGKILL)
    assert watching.has_ended.wait(60)
    assert Watch(store).has_ended.wait(60)  # the connection file is still there, and nobody listens
    la.connect()
    watch()


def test_an_older_engine_that_tells_nothing(store, monkeypatch):
    la.connect()

    async def listen():
        return [changed async for changed in AsyncClient(Config(store)).changes()]

    received = "jupyter_localai.service.client.async_client._received"
    ask = AsyncClient.changes.__globals__["_received"]
    monkeypatch.setattr(received, lambda address, method, path, **given: ask(address, method, "/wotch", **given))
    with pytest.raises(LocalAIError) as caught:
        asyncio.run(listen())
    assert caught.value.code == "unknown_operation"


def test_nothing_is_told_but_kinds(store, tmp_path):
    """Whatever documents, collections and questions are called."""
    ai = la.connect()
    names = [piece for piece in PIECES if piece.strip() and "\x00" not in piece][:25]
    with channel.Reply(Address.read(store), "GET", "/watch") as watching:
        lines = []
        reading = threading.Thread(target=lambda: lines.extend(watching.lines()))
        reading.start()
        for number, name in enumerate(names):
            folder = tmp_path / str(number)
            folder.mkdir()
            with contextlib.suppress(OSError, ValueError):
                (folder / f"{name.replace('/', ' ')[:60]}.md").write_text(
                    f"# {name}\n\nSecret {name} of boats.\n", "utf-8"
                )
            with contextlib.suppress(LocalAIError):
                ai.index(folder, name)
            with contextlib.suppress(LocalAIError):
                ai.ask(name + " boats?", name, extractive=True)
            with contextlib.suppress(LocalAIError):
                ai.forget(collection=name)
        stop_engine()
        reading.join(60)
    assert lines
    for line in lines:
        assert set(line) == {"type", "topics"} and line["type"] == "changed"
        assert set(line["topics"]) <= set(TOPICS)


# without an engine ------------------------------------------------------------------------------------


async def _never():
    await asyncio.Event().wait()


async def _told(work, pause, monkeypatch):
    """Return the topics of each line that is sent while `work(changes, lines)` is done and after it."""
    monkeypatch.setattr(replies, "_PAUSE_SECONDS", pause)
    told, lines = Changes(), []

    async def send(message):
        lines.extend(json.loads(line)["topics"] for line in message.get("body", b"").splitlines())

    with replies.Listener(_never) as listener:
        telling = asyncio.ensure_future(replies.tell(send, told, listener))
        await work(told, lines)
        told.end()
        await asyncio.wait_for(telling, 20)
    return lines


def test_what_changes_in_a_moment_is_told_in_one_line(monkeypatch):
    async def work(told, lines):
        while not lines:
            await asyncio.sleep(0)
        for _ in range(1000):
            told.note("jobs")
            told.note("documents")
        while len(lines) < 2:
            await asyncio.sleep(0)

    assert asyncio.run(_told(work, 0.1, monkeypatch)) == [list(TOPICS), ["jobs", "documents"]]


def test_the_end_is_not_waited_for(monkeypatch):
    async def work(told, lines):
        while not lines:
            await asyncio.sleep(0)
        told.note("jobs")
        await asyncio.sleep(0)

    assert asyncio.run(_told(work, 1000, monkeypatch)) == [list(TOPICS)]


def test_a_run_of_indexing_tells_ever_more_seldom_that_documents_came_in(monkeypatch):
    told, noted, clock = Changes(), [], itertools.count()
    monkeypatch.setattr(changes.time, "monotonic", lambda: next(clock) / 2)
    note = told.growing(noted.append)
    counts = []
    for files in range(3600):
        note(Progress("index", files))
        counts.append(told.last()["documents"])
    assert len(noted) == 3600 and 5 < counts[-1] < 15
    assert counts[10] > 0


def test_the_protocol_is_the_same():
    """An engine that cannot be watched is as good as any for all else."""
    assert PROTOCOL == 1

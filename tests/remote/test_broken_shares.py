"""Publishing that is broken off anywhere: nothing is lost or doubled, and each failure has its name.

``python -m tests.soak.shares`` does much more of it.
"""

import contextlib
import signal

import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from tests.soak import shares
from tests.support import sharing
from tests.support.broken_shares import InterruptedDoor, assert_whole, edited, requests_of_a_share
from tests.support.chroma_server import ChromaServer, unused_name
from tests.support.sharing import Member, Publisher
from tests.support.wire import Wire

SEED = 7
CHANGED = 6  # rounds of edits, so that there is something to replace and to delete


@pytest.fixture
def door(chroma_server):
    with contextlib.closing(Door(chroma_server.address)) as door:
        yield door


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken") / "chroma"
    folder.mkdir()
    server = ChromaServer(folder)
    yield server
    server.stop()


def test_a_share_has_all_kinds_of_requests(door):
    """So that what follows breaks all of its steps."""
    requests = requests_of_a_share(door, unused_name(), SEED, CHANGED)
    assert requests == ["get", "get", "upsert", "add", "get", "get", "delete"]


@pytest.mark.parametrize("cut", ["request", "answer"])
def test_a_connection_that_is_cut_at_any_request(chroma_server, door, cut):
    for at in range(1, 8):
        name, wire = unused_name(), Wire(chroma_server.port)
        requests_of_a_share(door, name, SEED, CHANGED - 1)
        with contextlib.closing(Door(wire.address)) as cuttable:
            ann = Publisher(sharing.shared(cuttable, name))
            ann.shared = sharing.shared(InterruptedDoor(cuttable, lambda w=wire: setattr(w, "cut", cut), at + 2), name)
            ann.has = edited(SEED, CHANGED)
            with contextlib.suppress(RemoteError):  # after the commit's own request it looks what became of it
                ann.share()
                assert at == 4, f"request {at} was cut, and nobody noticed"
            assert not wire.cut
            ann.share()
            assert_whole(name, door, ann.has, ann)
        wire.close()


def test_a_cut_is_named(chroma_server, door):
    wire = Wire(chroma_server.port)
    with contextlib.closing(Door(wire.address)) as cuttable:
        ann = Publisher(sharing.shared(cuttable, unused_name()))
        member = Member(ann.shared)
        for work in (ann.share, member.sync):
            wire.cut = "answer"
            with pytest.raises(RemoteError) as caught:
                work()
            assert caught.value.code == "shared_unreachable"
    wire.close()


@pytest.mark.parametrize("at", [3, 4])  # the chunks, the commit
def test_a_server_that_stands_still(server, at):
    with contextlib.closing(Door(server.address, seconds=2.0)) as door:
        name = unused_name()
        requests_of_a_share(door, name, SEED, CHANGED - 1)
        pause = lambda: server.process.send_signal(signal.SIGSTOP)  # noqa: E731
        ann = Publisher(sharing.shared(InterruptedDoor(door, pause, at + 2), name))
        ann.has = edited(SEED, CHANGED)
        with pytest.raises(RemoteError) as caught:
            ann.share()
        assert caught.value.code == "shared_unreachable"
        server.process.send_signal(signal.SIGCONT)
        ann.share()
        assert_whole(name, door, ann.has, ann)


def test_a_server_that_is_killed(server):
    """Three of a share's requests: chunks, commit, deletion."""
    done = shares.kill_servers(server, [(3, "during"), (4, "after"), (7, "during")], SEED)
    assert done.killed == 3


def test_a_publisher_who_is_killed(chroma_server):
    done = shares.kill_publishers(chroma_server, [(3, "after"), (4, "during"), (5, "before"), (7, "before")], SEED)
    assert done.killed == 4

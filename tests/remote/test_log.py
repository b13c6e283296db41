"""The log: one winner for each revision, and nothing in it is believed that a publisher has not signed."""

import os
import threading

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote import log as log_module
from jupyter_localai.remote.door import Door
from jupyter_localai.remote.log import Draft, Log
from jupyter_localai.remote.records import Head
from tests.support import sharing
from tests.support.chroma_server import unused_name
from tests.support.sharing import PUBLISHERS, SIGNERS

ANN, RAJ = SIGNERS["ann"], SIGNERS["raj"]


@pytest.fixture
def uuid(door):
    return door.collection(f"{unused_name()}.log", create=True)


@pytest.fixture
def log(door, uuid):
    return _log(door, uuid)


def _log(door, uuid, key="team", publishers=PUBLISHERS):
    return Log(door, lambda: uuid, sharing.key(key), publishers)


def _drop(path):
    return Draft(drop=(path,))


def _made(log, count, signer=ANN):
    """Make so many revisions, and return all there are."""
    entries = list(log.after(Head()))
    for number in range(count):
        own = [entry.number for entry in entries if entry.publisher == signer.public]
        state = entries[-1].state if entries else Head()
        entries.append(log.commit(state, max(own, default=0), _drop(f"{number}.md"), signer))
    assert list(log.after(Head())) == entries
    return entries


def _code(log, state=Head()):  # noqa: B008  (it cannot be changed)
    with pytest.raises(RemoteError) as caught:
        list(log.after(state))
    return caught.value.code


def test_entries_come_in_order_and_from_where_one_is(log):
    entries = _made(log, 70)
    assert [entry.number for entry in entries] == list(range(1, 71))
    assert [entry.previous for entry in entries] == list(range(70))
    assert [entry.says.drop for entry in entries[:2]] == [("0.md",), ("1.md",)]
    assert list(log.after(entries[32].state)) == entries[33:]
    assert list(log.after(entries[-1].state)) == []


def test_where_nothing_is_new_one_request_is_enough(log, door, monkeypatch):
    entries = _made(log, 3)
    asked = []
    get = door.get
    monkeypatch.setattr(door, "get", lambda *given, **options: asked.append(given) or get(*given, **options))
    assert list(log.after(entries[-1].state)) == []
    assert len(asked) == 1


def test_whoever_is_second_gets_nothing(log):
    (first,) = _made(log, 1)
    assert log.commit(Head(), 0, _drop("other.md"), RAJ) is None
    assert list(log.after(Head())) == [first]


def test_of_several_who_make_a_revision_at_once_one_does(log, chroma_server, uuid):
    rounds, writers = int(os.environ.get("LOCALAI_TEST_RACES", "50")), 4
    won = [[] for _ in range(rounds)]
    start = threading.Barrier(writers)

    def race(number):
        own = Door(chroma_server.address)
        mine, signer = _log(own, uuid), (ANN, RAJ)[number % 2]
        state = Head()
        for turn in range(rounds):
            start.wait()
            entry = mine.commit(state, 0, _drop(f"{number}.md"), signer)
            if entry is not None:
                won[turn].append(entry)
            start.wait()
            state = won[turn][0].state
        own.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(writers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [len(entries) for entries in won] == [1] * rounds
    assert list(log.after(Head())) == [entries[0] for entries in won]


@pytest.mark.parametrize("is_done", [True, False])
def test_a_write_that_failed_is_looked_at_again(log, door, monkeypatch, is_done):
    add = door.add

    def fail(*given):
        if is_done:
            add(*given)
        raise RemoteError("Cut.", code="shared_unreachable")

    monkeypatch.setattr(door, "add", fail)
    if is_done:
        assert log.commit(Head(), 0, _drop("a.md"), ANN).number == 1
    else:
        with pytest.raises(RemoteError, match="Cut"):
            log.commit(Head(), 0, _drop("a.md"), ANN)
    assert len(list(log.after(Head()))) == is_done


def test_a_log_that_was_set_back_is_noticed(log, door, uuid):
    entries = _made(log, 3)
    door.delete(uuid, ["rev-000000000003"])
    assert _code(log, entries[2].state) == "history_changed"
    assert list(log.after(entries[1].state)) == []


def test_a_log_with_another_past_is_noticed(log, door, uuid):
    entries = _made(log, 3)
    door.delete(uuid, ["rev-000000000002", "rev-000000000003"])
    forked = log.commit(entries[0].state, 1, _drop("other.md"), ANN)
    assert _code(log, entries[1].state) == "history_changed"
    assert list(log.after(entries[0].state)) == [forked]
    again = log.commit(Head(2, entries[1].head), 1, _drop("third.md"), ANN)
    assert again.number == 3
    assert _code(log, forked.state) == "history_changed"


def test_a_missing_entry_is_noticed(log, door, uuid):
    _made(log, 4)
    door.delete(uuid, ["rev-000000000002"])
    assert _code(log) == "history_changed"


def test_an_entry_under_another_number_is_noticed(log, door, uuid):
    entries = _made(log, 2)
    (record,) = door.get(uuid, ["rev-000000000002"])
    door.add(uuid, ["rev-000000000003"], np.ones((1, 1), np.float32), [record.metadata])
    assert _code(log, entries[1].state) == "shared_damaged"


def test_an_altered_entry_is_noticed(log, door, uuid):
    _made(log, 1)
    (record,) = door.get(uuid, ["rev-000000000001"])
    sealed = record.metadata["c"]
    door.upsert(uuid, [record.id], np.ones((1, 1), np.float32), [{"c": sealed[:-8] + "AAAAAAA="}])
    assert _code(log) == "shared_damaged"


def test_an_entry_of_somebody_who_is_no_publisher_is_refused(door, uuid, log):
    stranger = sharing.signer("a member who has the key")
    theirs = _log(door, uuid, publishers={stranger.public: "x"})
    theirs.commit(Head(), 0, _drop("a.md"), stranger)
    assert _code(log) == "unknown_publisher"
    assert len(list(theirs.after(Head()))) == 1


def test_an_entry_that_names_a_publisher_who_has_not_signed_it_is_refused(door, uuid, log):
    class Forger(sharing.Signer):
        def __init__(self):
            super().__init__(bytes(32))
            self.public = ANN.public

    log.commit(Head(), 0, _drop("a.md"), Forger())
    assert _code(log) == "unknown_publisher"


def test_a_re_signed_past_is_refused(door, uuid, log):
    entries = _made(log, 2)
    door.delete(uuid, ["rev-000000000002"])
    stranger = sharing.signer("a member who has the key")
    log.commit(entries[0].state, 1, entries[1].says, stranger)
    assert _code(log, entries[0].state) == "unknown_publisher"


def test_another_key_is_named(door, uuid, log):
    _made(log, 1)
    assert _code(_log(door, uuid, key="others")) == "wrong_key"


def test_entries_of_another_collection_do_not_count(door, uuid, log):
    """A publisher of two collections signs for each; its entry in one is none in the other, whoever seals it anew."""
    entries = _made(log, 1)
    other = door.collection(f"{unused_name()}.log", create=True)
    key, others = sharing.key(), sharing.key("others")
    (record,) = door.get(uuid, ["rev-000000000001"])
    metadata = {"k": others.id, **others.seal("log 1", key.open("log 1", record.metadata, 1 << 20))}
    door.add(other, [record.id], np.ones((1, 1), np.float32), [metadata])
    assert _code(_log(door, other, key="others")) == "history_changed"
    assert entries[0].number == 1


def test_an_entry_of_a_newer_version_is_named(log, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(log_module, "FORMAT", 2)
        _made(log, 1)
    assert _code(log) == "shared_newer"

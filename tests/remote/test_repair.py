"""Repairing brings back what a server lost, from the publisher's record, and takes away what is stray."""

import dataclasses
import shutil

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote import repairing, sending
from jupyter_localai.remote.door import Door
from tests.support import sharing
from tests.support.chroma_server import ChromaServer
from tests.support.sharing import Member, Publisher, contents, document


@pytest.fixture
def ann(shared):
    ann = Publisher(shared, "ann")
    ann.write(document("a.md", "One.", "Two.", heads=2), document("b.md", "Three."))
    ann.share()
    return ann


def _ids(shared):
    return {record.id for record in shared.door.get(shared.chunks, metadatas=False)}


def test_lost_chunks_come_back(ann, shared, door):
    before = _ids(shared)
    door.delete(shared.chunks, sorted(before)[:2])
    assert ann.share().put == 0
    done = ann.repair()
    assert (done.chunks, done.strays) == (3, 0) and _ids(shared) == before
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has) and member.state == done.state


@pytest.mark.parametrize("altered", [{"c": "AAAA"}, {"c": None}, {"c1": "AAAA"}, {"w": None}], ids=repr)
def test_what_was_altered_is_as_before(ann, shared, door, altered):
    for record in door.get(shared.chunks, vectors=True):
        door.upsert(shared.chunks, [record.id], record.vector[None, :], [altered])
    ann.repair()
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has)


def test_an_altered_log_cannot_be_mended_and_the_error_says_what_helps(ann, shared, door):
    uuid = door.collection(f"{shared.name}.log")
    door.upsert(uuid, ["rev-000000000001"], np.ones((1, 1), np.float32), [{"c": "AAAA"}])
    for work in (Member(shared).sync, ann.share, ann.repair):
        with pytest.raises(RemoteError) as caught:
            work()
        assert caught.value.code == "shared_damaged" and "share --as NAME" in caught.value.remedy


def test_what_changed_meanwhile_is_published_too(ann, shared):
    ann.write(document("a.md", "Another."), document("c.md", "New."))
    del ann.has["b.md"]
    ann.repair()
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has)
    assert len(_ids(shared)) == 2


def test_what_cannot_be_made_again_is_published_anew(ann, shared):
    """As after embedding on another processor: the publisher's word for the content is the same."""
    other = dataclasses.replace(ann.has["a.md"], vectors=document("x", "other", "numbers").vectors)
    said = ann.wanted()
    ann.write(other)
    ann.wanted = lambda: said
    done = ann.repair()
    assert done.chunks == 3
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has)
    assert len(_ids(shared)) == 3


@pytest.mark.parametrize("write", [7, 250])
def test_strays_are_taken_away(ann, shared, monkeypatch, write):
    for module in (sending, repairing):
        monkeypatch.setattr(module, "WRITE_RECORDS", write)
    ann.write(*(document(f"large {n}.md", *(f"{n} {part}" for part in range(300))) for n in range(2)))
    events = ann.events()
    while len(_ids(shared)) <= 300:
        next(events)
    events.close()
    for number in range(2):
        del ann.has[f"large {number}.md"]
    ann.share()
    strays = len(_ids(shared)) - 3
    assert strays > 250
    assert ann.repair().strays == strays
    assert len(_ids(shared)) == 3 and ann.repair().strays == 0


def test_what_another_publisher_has_under_way_stays(ann, shared):
    raj = Publisher(shared, "raj")
    raj.write(document("raj.md", "On its way.", "This, too."))
    events = raj.events()
    while len(_ids(shared)) < 5:
        next(events)
    ann.repair()
    list(events)
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has | raj.has)


def test_what_comes_late_from_before_does_not_count(ann, shared, door, monkeypatch):
    """The request that makes a revision is lost on its way, and arrives after the publisher has repaired."""
    late = []
    monkeypatch.setattr(door, "add", lambda *given: late.append(given))
    ann.write(document("late.md", "Late."))
    with pytest.raises(RemoteError, match="damaged"):
        ann.share()
    monkeypatch.undo()
    del ann.has["late.md"]
    ann.repair()
    door.add(*late[0])
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has)
    ann.write(document("late.md", "Late."))
    ann.share()
    member.sync()
    assert member.contents() == contents(ann.has)


def test_a_lost_folder_of_vectors_is_noticed_and_mended(tmp_path):
    folder = tmp_path / "server" / "chroma"
    folder.mkdir(parents=True)
    server = ChromaServer(folder)
    try:
        door = Door(server.address)
        shared = sharing.shared(door, "handbook")
        ann = Publisher(shared, "ann")
        ann.write(*(document(f"{n}.md", *(f"Text {n} {part}." for part in range(30))) for n in range(50)))
        ann.share()
        server.stop()
        for vectors in (path for path in folder.iterdir() if path.is_dir()):
            shutil.rmtree(vectors)
        server.start()
        asked = ann.has["7.md"].vectors[7]
        with pytest.raises(RemoteError) as caught:
            Member(shared).sync()
        assert caught.value.code == "shared_failed"
        ann.repair()
        member = Member(shared)
        member.sync()
        assert member.contents() == contents(ann.has)
        assert door.query(shared.chunks, asked, 3)[0][0] == member.has["7.md"].ids[7]
        door.close()
    finally:
        server.stop()

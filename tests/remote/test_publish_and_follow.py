"""What is published arrives at members as it was, revision by revision, and what is wrong with it is named."""

import dataclasses

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote import publishing
from jupyter_localai.remote.door import Record
from jupyter_localai.remote.following import follow
from jupyter_localai.remote.records import Head, Published, Revision
from jupyter_localai.remote.shared import Shared
from tests.support import sharing
from tests.support.chroma_server import unused_name
from tests.support.sharing import Member, Publisher, contents, document


@pytest.fixture
def ann(shared):
    return Publisher(shared, "ann")


@pytest.fixture
def raj(shared):
    return Publisher(shared, "raj")


@pytest.fixture
def member(shared):
    return Member(shared)


def _code(work):
    with pytest.raises(RemoteError) as caught:
        work()
    return caught.value.code


def _requests(door, monkeypatch):
    """Return a list to which each further request of a door is added."""
    asked = []
    for name in ("get", "upsert", "add", "delete", "query"):
        call = getattr(door, name)

        def counted(*given, _name=name, _call=call, **options):
            asked.append(_name)
            return _call(*given, **options)

        monkeypatch.setattr(door, name, counted)
    return asked


def test_a_member_has_what_was_published(ann, member):
    ann.write(document("papers/bert.pdf", "Words of it.", "Further words.", heads=2), document("notes.md", "A note."))
    done = ann.share()
    assert (done.put, done.dropped, done.chunks, done.left, done.state.number) == (2, 0, 3, 0, 1)
    (revision,) = member.sync()
    assert (revision.number, revision.publisher, revision.drop) == (1, ann.signer.public, ())
    assert Head(revision.number, revision.head) == done.state
    assert member.contents() == contents(ann.has)


def test_texts_come_without_vectors_too(ann, shared):
    member = Member(shared, vectors=False)
    ann.write(document("a.md", "Words.", heads=1))
    ann.share()
    member.sync()
    (one,) = member.has.values()
    assert one.vectors.size == 0 and len(one.heads) == 1
    assert member.contents() == contents(ann.has, vectors=False)


def test_where_nothing_is_new_little_is_asked(ann, member, door, monkeypatch):
    ann.write(document("a.md", "Words."))
    ann.share()
    member.sync()
    asked = _requests(door, monkeypatch)
    assert member.sync() == [] and asked == ["get"]
    asked.clear()
    assert ann.share() == Published(ann.state, 0, 0, 0, 0) and asked == ["get"]


def test_changes_come_one_after_the_other(ann, member, door):
    ann.write(*(document(f"{n}.md", f"Text {n}.", "More.") for n in range(5)))
    ann.share()
    member.sync()
    ann.write(document("1.md", "Another text."), document("new.md", "New."))
    del ann.has["3.md"]
    done = ann.share()
    assert (done.put, done.dropped, done.chunks) == (2, 1, 2)
    (revision,) = member.sync()
    assert {one.path for one in revision.put} == {"1.md", "new.md"} and revision.drop == ("3.md",)
    assert member.contents() == contents(ann.has)
    assert door.count(ann.shared.chunks) == sum(len(one.chunks) for one in ann.has.values())


def test_a_changed_title_or_vector_is_a_change(ann, member):
    one = document("a.md", "Words.")
    for variant in (
        one,
        dataclasses.replace(one, title="Another"),
        dataclasses.replace(one, vectors=document("b", "other").vectors),
    ):
        ann.write(variant)
        assert ann.share().put == 1
        member.sync()
        assert member.contents() == contents(ann.has)


def test_documents_without_chunks_and_with_long_ones_arrive(ann, member):
    long = "".join(np.random.default_rng(7).choice(list("abcdefghijklmnopqrstuvwxyz  "), 60_000))
    ann.write(document("empty.md"), document("long.md", long, "short"))
    ann.share()
    member.sync()
    assert member.contents() == contents(ann.has)


def test_much_is_published_in_several_revisions(ann, member, monkeypatch):
    monkeypatch.setattr(publishing, "REVISION_CHUNKS", 10)
    ann.write(document("large.md", *(f"Part {n}." for n in range(640))))
    ann.write(*(document(f"{n}.md", "One.", "Two.", "Three.") for n in range(10)))
    assert ann.share().state.number == 1 + 4
    revisions = member.sync()
    assert [len(revision.put) for revision in revisions] == [1, 3, 3, 3, 1]
    assert member.contents() == contents(ann.has)


def test_many_small_changes_fit_into_entries(ann, member):
    paths = [f"{'folder name/' * 20}{n}.md" for n in range(900)]
    ann.write(*(document(path, "x") for path in paths))
    assert ann.share().state.number > 1
    member.sync()
    assert len(member.has) == 900
    for path in paths[:-1]:
        del ann.has[path]
    assert ann.share().dropped == 899
    member.sync()
    assert member.contents() == contents(ann.has)


def test_what_a_later_revision_changes_is_not_fetched_before(ann, member):
    for text in ("First.", "Second.", "Third."):
        ann.write(document("a.md", text), document(f"{text}.md", text))
        ann.share()
    del ann.has["First..md"]
    ann.share()
    assert [[one.path for one in revision.put] for revision in member.sync()] == [
        [],
        ["Second..md"],
        ["a.md", "Third..md"],
        [],
    ]
    assert member.contents() == contents(ann.has)


def test_a_document_that_is_replaced_meanwhile_is_passed_over(ann, shared):
    """Between a member's look at the log and its fetching, the publisher replaces and deletes."""
    ann.write(document("a.md", "First."), document("b.md", "Stays."))
    ann.share()
    member, events = Member(shared), follow(shared, Head(), vectors=True)
    next(events)  # it has looked at the log
    ann.write(document("a.md", "Second."))
    ann.share()
    for event in events:
        if isinstance(event, Revision):
            member.take(event)
    assert member.contents() == contents(ann.has)


def test_following_can_end_and_go_on(ann, member, monkeypatch):
    monkeypatch.setattr(publishing, "REVISION_CHUNKS", 1)
    ann.write(*(document(f"{n}.md", f"{n}") for n in range(4)))
    ann.share()
    events = follow(member.shared, Head(), vectors=True)
    revision = next(event for event in events if isinstance(event, Revision))
    member.take(revision)
    events.close()
    assert [one.number for one in member.sync()] == [2, 3, 4]
    assert member.contents() == contents(ann.has)


def test_a_revision_that_was_shown_has_to_come(ann, member, door, monkeypatch):
    """Else a server could have members lack what earlier revisions left out for the sake of that one."""
    for text in ("First.", "Second.", "Third."):
        ann.write(document("a.md", text), document(f"{text}.md", text))
        ann.share()
    get, events = door.get, follow(member.shared, Head(), vectors=True)
    next(events)  # it has looked at the log

    def without_the_third(uuid, ids=None, *arguments, **options):
        return [record for record in get(uuid, ids, *arguments, **options) if record.id != "rev-000000000003"]

    with monkeypatch.context() as patch:
        patch.setattr(door, "get", without_the_third)
        with pytest.raises(RemoteError) as caught:
            for event in events:
                if isinstance(event, Revision):
                    member.take(event)
        assert (caught.value.code, member.state.number, list(member.has)) == (
            "history_changed",
            2,
            ["First..md", "Second..md"],
        )
        with pytest.raises(RemoteError) as caught:
            member.sync()
        assert caught.value.code == "history_changed"
    member.sync()
    assert member.contents() == contents(ann.has)


@pytest.mark.parametrize("steps", range(1, 12))
def test_publishing_can_end_anywhere_and_be_repeated(ann, member, monkeypatch, steps):
    monkeypatch.setattr(publishing, "REVISION_CHUNKS", 2)
    ann.write(document("a.md", "Old."), document("gone.md", "Old, too."))
    ann.share()
    before = {path: [one] for path, one in contents(ann.has).items()}
    ann.write(*(document(f"{name}.md", "New.", name) for name in "abc"))
    for path, one in contents(ann.has).items():
        before.setdefault(path, []).append(one)
    del ann.has["gone.md"]
    events = ann.events()
    for _ in range(steps):
        next(events)
    events.close()
    member.sync()
    assert all(one in before[path] for path, one in member.contents().items())
    ann.share()
    member.sync()
    assert member.contents() == contents(ann.has)
    assert ann.shared.door.count(ann.shared.chunks) == 6


def test_a_deletion_that_comes_late_takes_nothing_away_that_was_published_again(ann, shared, door, monkeypatch):
    ann.write(document("a.md", "First."))
    ann.share()
    ann.write(document("a.md", "Second."))
    late, delete = [], door.delete
    monkeypatch.setattr(door, "delete", lambda *given: late.append(given))
    ann.share()
    ann.write(document("a.md", "First."))
    ann.share()
    for given in late:
        delete(*given)
    member = Member(shared)
    member.sync()
    assert late and member.contents() == contents(ann.has)


def test_an_entry_that_comes_late_counts_and_the_next_one_is_sent_after_it(ann, shared, door, monkeypatch):
    late, add = [], door.add
    with monkeypatch.context() as patch:
        patch.setattr(door, "add", lambda *given: late.append(given))
        ann.write(document("a.md", "First."), document("b.md", "First."))
        assert _code(ann.share) == "shared_damaged"
    ann.write(document("a.md", "Second."))
    events = ann.events()
    while door.count(shared.chunks) < 3:
        next(events)
    add(*late[0])
    *_, done = events
    assert done.state.number == 2
    member = Member(shared)
    member.sync()
    assert member.contents() == contents(ann.has)
    ann.repair()
    assert door.count(shared.chunks) == 2


# two publishers ------------------------------------------------------------------------------------


def test_two_publishers_have_their_own_documents(ann, raj, member):
    ann.write(document("ann/a.md", "Ann's."))
    raj.write(document("raj/a.md", "Raj's."))
    ann.share()
    raj.share()
    ann.write(document("ann/b.md", "Ann's, too."))
    ann.share()
    member.sync()
    assert member.contents() == contents(ann.has | raj.has)
    raj.has.clear()
    assert raj.share().dropped == 1
    member.sync()
    assert member.contents() == contents(ann.has)


def test_the_same_content_of_both_is_sent_once(ann, raj, member):
    for one in (ann, raj):
        one.write(document("a.md", "The same."))
    assert ann.share().put == 1 and raj.share().put == 0
    raj.has.clear()
    assert raj.share().dropped == 0
    member.sync()
    assert member.contents() == contents(ann.has)


def test_the_later_one_counts_and_the_earlier_is_told(ann, raj, member):
    ann.write(document("a.md", "Ann's."), document("b.md", "Ann's."))
    ann.share()
    raj.write(document("a.md", "Raj's."))
    raj.share()
    member.sync()
    assert member.has["a.md"].chunks[0].text == "Raj's."
    ann.write(document("c.md", "Not sent while it is open what counts."))
    with pytest.raises(RemoteError, match=r"a\.md \(by raj, 20..-") as caught:
        ann.share()
    assert caught.value.code == "shared_conflict" and "--take" in caught.value.remedy
    assert member.sync() == []


def test_mine_counts_when_it_is_chosen(ann, raj, member):
    ann.write(document("a.md", "Ann's."))
    ann.share()
    raj.write(document("a.md", "Raj's."))
    raj.share()
    assert ann.share(take="mine").put == 1
    member.sync()
    assert member.has["a.md"].chunks[0].text == "Ann's."
    assert _code(raj.share) == "shared_conflict"
    assert ann.share().put == 0


def test_theirs_counts_when_it_is_chosen_until_mine_changes(ann, raj, member):
    ann.write(document("a.md", "Ann's."), document("b.md", "Ann's."))
    ann.share()
    raj.write(document("a.md", "Raj's."))
    raj.share()
    done = ann.share(take="theirs")
    assert (done.put, done.left) == (0, 1)
    assert ann.share() == Published(ann.state, 0, 0, 0, 1)
    raj.write(document("a.md", "Raj's second."))
    raj.share()
    assert ann.share().left == 1
    member.sync()
    assert member.has["a.md"].chunks[0].text == "Raj's second."
    ann.write(document("a.md", "Ann's second."))
    assert _code(ann.share) == "shared_conflict"
    ann.share(take="mine")
    member.sync()
    assert member.contents() == contents(ann.has)


def test_what_another_took_over_and_dropped_is_a_conflict_too(ann, raj):
    ann.write(document("a.md", "Ann's."))
    ann.share()
    raj.write(document("a.md", "Raj's."))
    raj.share()
    raj.has.clear()
    raj.share()
    assert _code(ann.share) == "shared_conflict"
    assert ann.share(take="mine").put == 1


def test_a_revision_that_another_made_meanwhile_is_taken_in(ann, raj, member):
    ann.write(document("a.md", "Ann's."))
    ann.share()
    ann.write(document("b.md", "Ann's."))
    events = ann.events()
    while ann.shared.door.count(ann.shared.chunks) != 2:
        next(events)
    raj.write(document("c.md", "Raj's."))
    raj.share()
    *_, done = events
    assert done.state.number == 3 and done.chunks == 1
    member.sync()
    assert member.contents() == contents(ann.has | raj.has)


def test_a_conflict_that_comes_up_meanwhile_is_told(ann, raj, member):
    ann.write(document("a.md", "Ann's."))
    ann.share()
    ann.write(document("a.md", "Ann's second."))
    events = ann.events()
    while ann.shared.door.count(ann.shared.chunks) != 2:
        next(events)
    raj.write(document("a.md", "Raj's."))
    raj.share()
    assert _code(lambda: list(events)) == "shared_conflict"
    member.sync()
    assert member.contents() == contents(raj.has)


# what is wrong at the server -----------------------------------------------------------------------


def test_one_revision_is_made_on_a_server_that_adds_to_what_it_was_given(ann, member, door, monkeypatch):
    get = door.get

    def adding(*arguments, **options):
        found = get(*arguments, **options)
        return [dataclasses.replace(record, metadata={**record.metadata, "server": "x"}) for record in found]

    monkeypatch.setattr(door, "get", adding)
    ann.write(document("a.md", "First."))
    assert ann.share().state.number == 1
    member.sync()
    assert member.contents() == contents(ann.has)


def test_a_publisher_does_not_try_for_ever_to_make_a_revision(ann, door, monkeypatch):
    get = door.get

    def forging(uuid, ids=None, *arguments, **options):
        if ids is not None and len(ids) == 1:  # after it was made, which nobody finds later
            return [Record(ids[0], None, {"k": "other"})]
        return [one for one in get(uuid, ids, *arguments, **options) if not one.id.startswith("rev-")]

    monkeypatch.setattr(door, "get", forging)
    ann.write(document("a.md", "First.", "Second."))
    assert _code(ann.share) == "history_changed"


def test_a_publisher_notices_a_log_that_was_set_back(ann, door):
    for text in "ab":
        ann.write(document("a.md", text))
        ann.share()
    door.delete(door.collection(f"{ann.shared.name}.log"), ["rev-000000000002"])
    assert _code(ann.share) == "history_changed"


def test_a_collection_that_is_not_there_is_named(door):
    nowhere = Shared(door, unused_name(), sharing.key(), sharing.PUBLISHERS)
    assert _code(Member(nowhere).sync) == "shared_missing"


@pytest.mark.parametrize("damage", ["missing", "text of another id", "altered", "part missing", "older text"])
@pytest.mark.parametrize("vectors", [True, False])
def test_chunks_that_are_not_as_they_were_published_are_named(ann, shared, door, damage, vectors):
    member = Member(shared, vectors)
    ann.write(document("first.md", "Good."))
    ann.share()
    member.sync()
    ann.write(document("a.md", "One.", "Two."))
    ann.share()
    uuid = shared.chunks
    first, second = (door.get(uuid, [id_])[0] for id_ in _ids(shared, "a.md"))
    if damage == "missing":
        door.delete(uuid, [second.id])
    elif damage == "text of another id":
        door.upsert(uuid, [second.id], np.ones((1, 8), np.float32), [{"c": first.metadata["c"]}])
    elif damage == "altered":
        door.upsert(uuid, [second.id], np.ones((1, 8), np.float32), [{"c": second.metadata["c"][:-8] + "AAAAAAA="}])
    elif damage == "part missing":
        door.upsert(uuid, [second.id], np.ones((1, 8), np.float32), [{"c": None}])
    else:  # somebody who has the key seals something else
        forged = shared.key.seal(second.id, shared.key.open(first.id, first.metadata, 1 << 20))
        door.upsert(uuid, [second.id], np.ones((1, 8), np.float32), [forged])
    before = member.contents()
    with pytest.raises(RemoteError, match=r"Revision 2 .*a\.md") as caught:
        member.sync()
    assert caught.value.code == "shared_damaged" and "--repair" in caught.value.remedy
    assert member.contents() == before and member.state.number == 1


def test_another_vector_is_named_by_those_who_fetch_it(ann, shared, door):
    ann.write(document("a.md", "One.", "Two."))
    ann.share()
    first, second = _ids(shared, "a.md")
    (record,) = door.get(shared.chunks, [second], vectors=True)
    door.upsert(shared.chunks, [first], np.stack([record.vector]), [{}])
    assert _code(Member(shared).sync) == "shared_damaged"
    assert len(Member(shared, vectors=False).sync()) == 1


def _ids(shared, path):
    member = Member(shared, vectors=False)
    member.sync()
    return member.has[path].ids


# what a member asks --------------------------------------------------------------------------------


def test_vectors_are_found_by_id_and_by_nearness(ann, member, shared, door):
    ann.write(*(document(f"{n}.md", f"Text {n}.") for n in range(20)))
    ann.share()
    member.sync()
    one = member.has["7.md"]
    (found,) = door.get(shared.chunks, [*one.ids, "not-there"], vectors=True)
    assert found.vector == pytest.approx(one.vectors[0], abs=1e-3)
    nearest = door.query(shared.chunks, one.vectors[0], 3)
    assert nearest[0][0] == one.ids[0] and nearest[0][1] == pytest.approx(1, abs=1e-6)


def test_open_texts_are_readable_for_other_clients(ann, member, shared, chroma_server):
    import chromadb

    ann.write(document("papers/a.md", "Readable words."))
    ann.share(readable=True)
    client = chromadb.HttpClient("127.0.0.1", chroma_server.port)
    found = client.get_collection(shared.name, embedding_function=None).get(include=["documents", "metadatas"])
    assert found["documents"] == ["Readable words."]
    assert found["metadatas"][0]["path"] == "papers/a.md"
    member.sync()
    assert member.contents() == contents(ann.has)

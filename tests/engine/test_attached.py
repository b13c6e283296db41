"""Two users, two stores, one Chroma server: what one publishes the other finds, with and without the server."""

import contextlib
import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine import attaching
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import LocalAIError, RemoteError, StoreError, UsageError
from jupyter_localai.index import distant, staged
from jupyter_localai.remote.door import Door
from jupyter_localai.remote.key_file import KeyFile
from jupyter_localai.results.shared import AttachReport, AttachWishes, ShareReport, ShareWishes, SyncReport
from tests.support import probe
from tests.support.chroma_server import ChromaServer, unused_name
from tests.support.equality import assert_sound
from tests.support.in_process import WordEmbedder, run_index
from tests.support.wire import Wire

PROJECT = Path(__file__).parents[2]
TABLES = ("collections", "documents", "chunks", "vectors")
TOPICS = ("leave of staff", "boats and wind", "tide gauges", "printers", "parking", "radio checks", "paint", "visitors")
QUESTIONS = ("How long is the leave of staff?", "tide gauges rule 3", "paint of boats", "Who checks the radio?")


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "papers"
    (folder / "rules").mkdir(parents=True)
    for number, topic in enumerate(TOPICS):
        parts = [
            f"## {topic} {n}\n\nRule {n} of {topic} says that item{number * 7 + n} counts {n + number} days.\n"
            for n in range(6)
        ]
        (folder / "rules" / f"{topic.replace(' ', '-')}.md").write_text(f"# About {topic}\n\n" + "\n".join(parts))
    (folder / "twice.md").write_text("# Twice\n\nSaid more than once.\n\n# Other\n\nSaid more than once.\n")
    (folder / "empty.md").write_text("")
    return folder


class User:
    """Somebody with a store and a configuration folder of their own."""

    def __init__(self, name, place, server, monkeypatch):
        self.place, self._patch = place / name, monkeypatch
        self.config = Config(store=self.place / "store", shared_host=server.address)
        self.engine = Engine.open(self.config, WordEmbedder())

    def use(self, address):
        """Go on with another shared_host."""
        self.engine.close()
        self.config = dataclasses.replace(self.config, shared_host=address)
        self.engine = Engine.open(self.config, WordEmbedder())

    def run(self, action, *arguments):
        self._patch.setenv("JUPYTER_CONFIG_DIR", str(self.place / "config"))
        *_, report = getattr(self.engine, action)(*arguments)
        return report

    def share(self, **wishes):
        report = self.run("share", "papers", ShareWishes(**wishes, yes_to=self.config.shared_host))
        assert isinstance(report, ShareReport)
        return report

    def attach(self, key_file, **wishes):
        report = self.run("attach", key_file, AttachWishes(**wishes, yes_to=self.config.shared_host))
        assert isinstance(report, AttachReport)
        return report

    def sync(self, name=None):
        report = self.run("sync", name)
        assert isinstance(report, SyncReport)
        return report

    def search(self, query, name):
        self._patch.setenv("JUPYTER_CONFIG_DIR", str(self.place / "config"))
        return self.engine.search(query, 10, name)


@pytest.fixture
def users(tmp_path, chroma_server, monkeypatch, corpus):
    """A publisher, who has indexed the corpus as `papers`, and a member."""
    with contextlib.ExitStack() as ending:
        made = [User(name, tmp_path, chroma_server, monkeypatch) for name in ("ann", "mei")]
        for user in made:
            ending.callback(lambda user=user: user.engine.close())
        run_index(made[0].engine, [str(corpus)], "papers")
        yield made


def found(user, query, name, corpus):
    """Return what a search finds, by relative paths."""
    hits = user.search(query, name)
    root = str(corpus) if user.place.name == "ann" else str(user.config.store / "shared" / user.shown)
    return [(hit.path.removeprefix(root), hit.start, hit.end, hit.text, hit.score) for hit in hits]


def assert_equal_hits(publisher, member, name, corpus):
    for query in QUESTIONS:
        ours, theirs = found(publisher, query, "papers", corpus), found(member, query, name, corpus)
        assert [hit[:-1] for hit in theirs] == [hit[:-1] for hit in ours] and ours
        assert [hit[-1] for hit in theirs] == pytest.approx([hit[-1] for hit in ours], abs=1e-5)


def not_called(*arguments, **options):
    raise AssertionError("the server was asked")


def away(*arguments, **options):
    raise RemoteError("Away.", "Wait.", code="shared_unreachable")


@pytest.mark.parametrize("vectors", ["local", "remote"])
def test_a_member_finds_what_the_publisher_finds(users, corpus, vectors, monkeypatch):
    publisher, member = users
    member.shown = name = unused_name()
    shared = publisher.share(name=name)
    assert (shared.revision, shared.documents, shared.put, shared.dropped) == (1, 10, 10, 0) and shared.chunks > 9
    attached = member.attach(shared.key_file, vectors=vectors)
    assert (attached.collection, attached.documents, attached.chunks) == (name, 10, shared.chunks)
    assert_equal_hits(publisher, member, name, corpus)
    for number in range(5):
        file = corpus / "rules" / f"{TOPICS[number].replace(' ', '-')}.md"
        file.write_text(file.read_text().replace("Rule 3", f"Amended rule {number}"))
    (corpus / "rules" / "visitors.md").unlink()
    run_index(publisher.engine, [str(corpus)], "papers")
    shared = publisher.share()
    assert (shared.revision, shared.put, shared.dropped, shared.key_file) == (2, 5, 1, "")
    (synced,) = member.sync().collections
    assert (synced.put, synced.dropped, synced.attachment.revision, synced.ok) == (5, 1, 2, True)
    assert_equal_hits(publisher, member, name, corpus)
    (synced,) = member.sync(name).collections
    assert (synced.put, synced.dropped) == (0, 0)
    if vectors == "local":
        assert_sound(member.engine)
        monkeypatch.setattr(Door, "query", not_called)
        monkeypatch.setattr(Door, "get", not_called)
        assert_equal_hits(publisher, member, name, corpus)


@pytest.mark.skipif(os.name == "nt", reason="a file's name cannot have a backslash there")
def test_a_name_that_not_every_system_has_is_left_out_and_told(users, corpus):
    publisher, member = users
    (corpus / "of\\windows.md").write_text("A name with a backslash.")
    run_index(publisher.engine, [str(corpus)], "papers")
    told = publisher.share(name=unused_name(), dry_run=True)
    assert (told.put, told.left_out) == (10, 1)
    shared = publisher.share(name=told.name)
    assert (shared.put, shared.documents, shared.left_out) == (10, 10, 1)
    assert "1 document not shared" in str(told) and "1 document not shared" in str(shared)
    assert member.attach(shared.key_file).documents == 10


@pytest.mark.parametrize("blank", [random.Random(7).choices(" \n\t", k=1_200_000), "\n" * 100_001])
def test_a_document_with_too_much_blank_space_is_left_out_and_told(users, corpus, blank):
    publisher, member = users
    (corpus / "blank.md").write_text(f"# Blank\n\nBefore.{''.join(blank)}After.\n")
    run_index(publisher.engine, [str(corpus)], "papers")
    shared = publisher.share(name=unused_name())
    assert (shared.put, shared.documents, shared.left_out) == (10, 10, 1)
    assert publisher.share(repair=True).left_out == publisher.share().left_out == 1
    assert member.attach(shared.key_file).documents == 10


def test_documents_of_others_are_not_forgotten_by_way_of_a_link(users, tmp_path):
    publisher, member = users
    shared = publisher.share(name=unused_name())
    member.attach(shared.key_file, root=str(tmp_path / "papers"))
    (tmp_path / "link").symlink_to(tmp_path / "papers")
    with pytest.raises(UsageError) as caught:
        member.run("forget", [str(tmp_path / "link" / "twice.md")])
    assert caught.value.code == "attached"
    assert member.engine.status().documents == 10


def test_what_stays_wrong_and_what_is_refused(users, corpus, tmp_path, embedder):
    publisher, member = users
    with pytest.raises(UsageError) as caught:
        publisher.run("share", "papers", ShareWishes())
    assert caught.value.code == "address_not_accepted" and publisher.config.shared_host in caught.value.remedy
    name = unused_name()
    assert publisher.share(name=name, dry_run=True).put == 10
    with contextlib.closing(Door(publisher.config.shared_host)) as door:  # an operator has made them
        assert door.collection(name, create=True) and door.collection(f"{name}.log", create=True)
    key_file = publisher.share(name=name).key_file
    member.attach(key_file, collection="papers")
    assert member.attach(key_file, collection="papers").documents == 10  # again: to believe new publishers
    for action, arguments in (
        ("index", ([str(corpus)], "papers")),
        ("index", ((), "papers")),
        ("forget", ([str(member.config.store / "shared" / name / "twice.md")],)),
        ("forget", (["/nowhere"], "papers")),
        ("share", ("papers", ShareWishes(yes_to=member.config.shared_host))),
    ):
        assert refused(member.run, action, *arguments) == "attached"
    assert refused(member.engine.watch, "papers") == "attached"
    assert refused(publisher.run, "detach", "papers") == "not_attached"
    assert refused(publisher.sync, "papers") == "not_attached"
    assert refused(publisher.attach, key_file) == "" and refused(publisher.attach, key_file, collection="papers") != ""
    key = tmp_path / "other.localai-key"
    key.write_text(Path(key_file).read_text().replace("words-1", "words-2"))
    assert refused(member.attach, str(key), collection="x") == "other_embedder"
    key.write_text("{}")
    assert refused(member.attach, str(key), collection="x") == "bad_key_file"
    assert member.run("detach", "papers").documents == 10
    assert [info.name for info in member.engine.collections()] == []
    assert probe.rows(member.engine, "SELECT count(*) FROM vectors") == [(0,)]
    assert {row[0] for row in probe.rows(member.engine, "SELECT key FROM state")} <= {"salt", "remains of 1"}


def kill(user, moment, action, *arguments):
    """Run an action of a user's engine in a process of its own, and kill it at a moment."""
    user.engine.close()
    command = [sys.executable, "-m", "tests.support.killing", str(user.config.store), moment, action, *arguments]
    environment = {**os.environ, "SHARED_HOST": user.config.shared_host}
    environment["JUPYTER_CONFIG_DIR"] = str(user.place / "config")
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout.readline() == "there\n", "the process ended before the moment came"
    finally:
        process.kill()
        process.communicate(timeout=60)
    user.engine = Engine.open(user.config, WordEmbedder())


@pytest.mark.parametrize("moment", ["a revision taken in", "recorded", "in Chroma"])
def test_killed_while_following_goes_on_and_has_each_revision_once(users, corpus, moment):
    publisher, member = users
    member.shown = name = unused_name()
    member.attach(publisher.share(name=name).key_file)
    (corpus / "twice.md").write_text("# Thrice\n\nSaid in other words.\n")
    (corpus / "rules" / "paint.md").unlink()
    run_index(publisher.engine, [str(corpus)], "papers")
    assert publisher.share().revision == 2
    kill(member, moment, "sync")
    (info,) = member.engine.collections()
    assert info.shared.revision == (1 if moment == "a revision taken in" else 2)
    assert member.sync().ok
    (info,) = member.engine.collections()
    assert (info.documents, info.shared.revision) == (9, 2)
    assert_equal_hits(publisher, member, name, corpus)
    assert_sound(member.engine)


@pytest.mark.parametrize("moment", ["a document taken in", "almost complete"])
def test_killed_while_attaching_leaves_the_store_as_before(users, corpus, moment):
    publisher, member = users
    member.shown = name = unused_name()
    key_file = publisher.share(name=name).key_file
    member.attach(key_file, collection="before")  # which agrees to the address, too
    member.run("detach", "before")
    kill(member, moment, "attach", key_file)
    assert member.engine.collections() == []
    assert [probe.rows(member.engine, f"SELECT count(*) FROM {table}") for table in TABLES] == [[(0,)]] * len(TABLES)
    assert member.attach(key_file).documents == 10
    assert_equal_hits(publisher, member, name, corpus)
    assert_sound(member.engine)


@pytest.mark.parametrize("name", ["papers", "other"])
def test_what_a_full_disk_left_of_an_attachment_is_in_nobodys_way(users, monkeypatch, name):
    publisher, member = users
    key_file = publisher.share(name=unused_name()).key_file

    def full(*arguments):
        raise StoreError("The disk is full.", code="disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(staged, "complete", full)
        patch.setattr(staged, "drop", full)
        assert refused(member.attach, key_file, collection="papers") == "disk_full"
    assert member.attach(key_file, collection=name).documents == 10
    assert probe.rows(member.engine, "SELECT name FROM collections") == [(name,)]
    assert_sound(member.engine)


def refused(call, *arguments, **wishes):
    """Return the code of the error that a call raises; empty if it raises none."""
    try:
        call(*arguments, **wishes)
    except LocalAIError as error:
        return error.code
    return ""


def test_two_publishers(users, corpus, tmp_path):
    publisher, other = users
    name = unused_name()
    key_file = publisher.share(name=name).key_file
    own = tmp_path / "own"
    (own / "rules").mkdir(parents=True)
    (own / "rules" / "boats-and-wind.md").write_text("# Boats\n\nNo boat sails at all.\n")
    (own / "lighthouses.md").write_text("# Lighthouses\n\nThe lamp burns at night.\n")
    run_index(other.engine, [str(own)], "papers")
    assert refused(other.share, name=name) == "shared_exists"
    with pytest.raises(LocalAIError) as caught:
        other.share(key=key_file)
    assert caught.value.code == "not_a_publisher"
    who = caught.value.remedy.split("--publisher ")[1].split(". ")[0]
    key_file = publisher.share(publishers=[f"raj={who.split('=')[1]}"]).key_file
    assert other.share(key=key_file).put == 2
    assert refused(publisher.share) == "shared_conflict"
    assert (publisher.share(take="theirs").left, publisher.share().put) == (1, 0)
    reader = other  # who has the collection of others, too
    reader.attach(key_file, collection="ours")
    assert "No boat sails at all." in reader.search("boats wind", "ours")[0].text
    assert reader.search("tide gauges", "ours")[0].path.endswith("tide-gauges.md")
    (corpus / "rules" / "boats-and-wind.md").write_text("# Boats\n\nBoats sail on Mondays.\n")
    run_index(publisher.engine, [str(corpus)], "papers")
    assert refused(publisher.share) == "shared_conflict"
    assert publisher.share(take="mine").put == 1
    assert reader.sync("ours").collections[0].put == 1
    assert "Mondays" in reader.search("boats wind", "ours")[0].text


def test_a_revision_that_the_server_hides_again_is_missed(users, corpus, monkeypatch):
    publisher, member = users
    name = unused_name()
    member.attach(publisher.share(name=name).key_file)
    for said in ("Thrice", "Four times"):
        (corpus / "twice.md").write_text(f"# {said}\n\nSaid in other words.\n")
        run_index(publisher.engine, [str(corpus)], "papers")
        publisher.share()
    get, asked = Door.get, []

    def hiding(door, uuid, ids=None, *arguments, **options):
        asked.append(ids)
        found = get(door, uuid, ids, *arguments, **options)
        return found if len(asked) == 1 else [record for record in found if record.id != "rev-000000000003"]

    with monkeypatch.context() as patch:
        patch.setattr(Door, "get", hiding)
        for _ in range(2):
            (synced,) = member.sync().collections
            assert (synced.attachment.code, synced.attachment.revision) == ("history_changed", 2)
    assert member.sync().ok and "Four times" in member.search("Four times", name)[0].text


@pytest.mark.parametrize("ahead, is_stale", [(0, False), (-120, True), (365 * 86_400, True)])
def test_it_is_followed_again_after_a_minute_and_after_a_clock_was_set_back(users, monkeypatch, ahead, is_stale):
    publisher, member = users
    key_file, now = publisher.share(name=unused_name()).key_file, time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + ahead)
        member.attach(key_file, collection="papers")
    assert member.engine.stale("papers") == ["papers"] * is_stale


def test_a_newer_key_file_is_for_the_collection_that_follows_whatever_its_name_here(users):
    publisher, member = users
    name, raj = unused_name(), "ab" * 32
    member.attach(publisher.share(name=name).key_file, collection="ours")
    member.engine.rename_collection("ours", "theirs")
    key_file = publisher.share(publishers=[f"raj={raj}"]).key_file
    assert member.attach(key_file).collection == "theirs"
    assert [info.name for info in member.engine.collections()] == ["theirs"]
    assert raj in probe.catalogue(member.engine).origins.get(probe.collection(member.engine, "theirs").id).publishers
    assert member.attach(key_file, collection=name).collection == name  # one more when it is said
    assert member.attach(key_file).collection == name


def test_a_collection_that_was_deleted_and_mended_is_found_at_once(users, monkeypatch):
    publisher, member = users
    monkeypatch.setattr(distant, "_KEPT", 0)
    name = unused_name()
    member.attach(publisher.share(name=name).key_file, vectors="remote")
    assert member.search(QUESTIONS[0], name)[0].similarity > 0.2
    with contextlib.closing(Door(publisher.config.shared_host)) as door:
        door.drop(name)
    assert publisher.share(repair=True).chunks > 9
    assert member.sync().ok
    hits = member.search(QUESTIONS[0], name)
    assert hits.warnings is None and hits[0].similarity > 0.2


def test_another_index_of_the_same_publisher_takes_nothing_away_unasked(users, tmp_path, chroma_server, monkeypatch):
    publisher, _ = users
    key_file = publisher.share(name=unused_name()).key_file
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "lamps.md").write_text("# Lamps\n\nThe lamp burns at night.\n")
    second = User("ann-2", tmp_path, chroma_server, monkeypatch)
    second.place = publisher.place  # who has the same keys
    with contextlib.closing(second.engine):
        run_index(second.engine, [str(tmp_path / "rules")], "papers")
        assert (told := second.share(key=key_file, dry_run=True)).put == 1 and told.dropped == 10
        for wishes in ({"key": key_file}, {}):
            with pytest.raises(RemoteError) as caught:
                second.share(**wishes)
            assert caught.value.code == "shared_conflict" and "and 7 more" in caught.value.message
        assert publisher.share(dry_run=True).put == 0
        assert second.share(take="mine").dropped == 10


def test_the_server_has_no_say_in_where_vectors_are_kept(users, monkeypatch):
    publisher, member = users
    key_file = publisher.share(name=unused_name()).key_file
    monkeypatch.setattr(Door, "count", lambda door, uuid: 1_000_000)
    assert member.attach(key_file, collection="few").attachment.vectors == "local"
    monkeypatch.setattr(Door, "count", lambda door, uuid: 0)
    monkeypatch.setattr(attaching, "LOCAL_CHUNKS", 17)
    assert member.attach(key_file, collection="many").attachment.vectors == "remote"


def test_what_is_wrong_with_one_collection_does_not_concern_another(users):
    publisher, member = users
    gone, stays = unused_name(), unused_name()
    for name in (gone, stays):
        member.attach(publisher.share(name=name).key_file, vectors="remote")
    with contextlib.closing(Door(publisher.config.shared_host)) as door:
        door.drop(gone)
        door.drop(f"{gone}.log")
    for action in (member.sync, lambda: member.search(QUESTIONS[0], gone)):
        action()
        assert member.search(QUESTIONS[0], gone).warnings[0].code == "shared_missing"
        hits = member.search(QUESTIONS[0], stays)
        assert hits.warnings is None and hits[0].similarity > 0.2


def test_a_server_that_failed_for_one_collection_is_told_of_another(users, monkeypatch):
    publisher, member = users
    names = unused_name(), unused_name()
    for name in names:
        member.attach(publisher.share(name=name).key_file, vectors="remote")
    with monkeypatch.context() as patch:
        patch.setattr(Door, "query", away)
        for name in names:  # the second is not asked
            hits = member.search(QUESTIONS[0], name)
            assert hits[0].similarity == 0 and hits.warnings[0].code == "shared_unreachable"
    assert member.sync().ok
    assert all(member.search(QUESTIONS[0], name).warnings is None for name in names)


def test_vectors_that_the_server_does_not_give_are_not_returned_as_zeros(users, monkeypatch):
    publisher, member = users
    name = unused_name()
    member.attach(publisher.share(name=name).key_file, vectors="remote")
    with monkeypatch.context() as patch:
        patch.setattr(Door, "get", away)
        assert refused(member.engine.vectors, name) == "shared_unreachable"
    assert member.sync().ok and len(member.engine.vectors(name).points) == 17


def test_publishers_whom_different_publishers_let_in_are_all_believed(users):
    publisher, member = users
    name, raj, zoe = unused_name(), "ab" * 32, "cd" * 32
    first = publisher.share(name=name).key_file
    member.attach(first)
    one, other = (publisher.place / f"{who}.localai-key" for who in ("raj", "zoe"))
    for path, key in (one, raj), (other, zoe):
        told = json.loads(Path(first).read_text())
        path.write_text(json.dumps({**told, "publishers": {**told["publishers"], key: path.stem}}))
    for path in (one, other, first):
        member.attach(str(path))
    origin = probe.catalogue(member.engine).origins.get(probe.collection(member.engine, name).id)
    assert {raj, zoe} < origin.publishers.keys()
    publisher.share(key=str(one))
    assert {raj, zoe} < KeyFile.read(Path(publisher.share(key=str(other)).key_file)).publishers.keys()


def test_a_publisher_who_switches_the_embedding_model_publishes_under_another_name(users):
    publisher, member = users
    name, other = unused_name(), WordEmbedder()
    key_file = publisher.share(name=name).key_file
    member.attach(key_file)
    publisher.engine.close()
    other.fingerprint, other.name = "words-2", "other words"
    publisher.engine = Engine.open(publisher.config, other)
    assert refused(publisher.share) == "embedder_mismatch"
    publisher.run("rebuild", "papers")
    assert refused(publisher.share, name=name) == "shared_exists"
    assert refused(publisher.share, key=key_file) == "other_embedder"
    assert publisher.share(name=unused_name()).put == 10
    assert member.sync().collections[0].put == 0


def test_a_name_that_another_program_has_taken_is_told(users):
    publisher, _ = users
    name = unused_name()
    with contextlib.closing(Door(publisher.config.shared_host)) as door:  # Chroma compares otherwise unless told
        door.request("POST", "/api/v2/tenants/default_tenant/databases/default_database/collections", {"name": name})
    with pytest.raises(RemoteError) as caught:
        publisher.share(name=name)
    assert caught.value.code == "shared_kind" and "--as NAME" in caught.value.remedy


def test_no_bundle_is_made_of_vectors_that_the_server_does_not_give(users, tmp_path, monkeypatch):
    publisher, member = users
    name, bundle = unused_name(), str(tmp_path / "papers.localai")
    member.attach(publisher.share(name=name).key_file, vectors="remote")

    with monkeypatch.context() as patch:
        patch.setattr(Door, "get", away)
        assert refused(member.run, "export_bundle", name, bundle) == "shared_unreachable"
    assert member.sync().ok
    with monkeypatch.context() as patch:
        patch.setattr(Door, "get", lambda *arguments, **options: [])
        assert refused(member.run, "export_bundle", name, bundle) == "shared_damaged"
    assert not Path(bundle).exists()
    assert member.run("export_bundle", name, bundle)
    member.run("import_bundle", bundle, "again")
    assert [hit.score for hit in member.search(QUESTIONS[0], "again")] == pytest.approx(
        [hit.score for hit in publisher.search(QUESTIONS[0], "papers")], abs=1e-3
    )


def test_the_key_file_is_there_and_told_after_a_first_share_that_was_broken_off(users, monkeypatch):
    publisher, member = users
    for broken in (KeyFile, "write"), (Door, "upsert"):
        with monkeypatch.context() as patch:
            patch.setattr(*broken, not_called)
            with pytest.raises(AssertionError):
                publisher.share(name=unused_name())
        assert member.attach(publisher.share().key_file).documents == 10


def test_a_dry_run_lets_nobody_in_and_joins_nothing(users, corpus):
    publisher, other = users
    name = unused_name()
    old = publisher.share(name=name).key_file
    told = publisher.share(dry_run=True, publishers=[f"raj={'ab' * 32}"])
    assert (told.put, told.key_file) == (0, "") and "ab" * 32 not in Path(old).read_text()
    run_index(other.engine, [str(corpus)], "papers")
    with pytest.raises(LocalAIError) as caught:
        other.share(key=old, dry_run=True)
    who = caught.value.remedy.split("=")[1].split(".")[0]
    new = publisher.share(publishers=[f"mei={who}"]).key_file
    assert other.share(key=new, dry_run=True).put == 0
    assert other.share(dry_run=True).put == 10  # it is still published nowhere


def test_another_name_is_another_publication_with_another_key(users, chroma_server):
    publisher, member = users
    first, second = unused_name(), unused_name()
    old = publisher.share(name=first)
    new = publisher.share(name=second)
    assert (new.name, new.revision, new.put) == (second, 1, 10)
    assert KeyFile.read(Path(new.key_file)).secret != KeyFile.read(Path(old.key_file)).secret
    assert publisher.share().name == second and refused(publisher.share, name=first) == "shared_exists"
    assert member.attach(old.key_file).documents == member.attach(new.key_file).documents == 10
    assert publisher.share(name=first, key=old.key_file).put == 0  # and back


def test_a_publisher_begins_anew_on_a_server_that_was_emptied(users):
    publisher, _ = users
    name = publisher.share(name=unused_name()).name
    with contextlib.closing(Door(publisher.config.shared_host)) as door:
        door.drop(name)
        door.drop(f"{name}.log")
    assert refused(publisher.share) == refused(publisher.share, repair=True) == "history_changed"
    assert publisher.share(name=unused_name()).put == 10


def test_at_another_address_nothing_is_asked_before_the_key_file_is_named_again(
    users, corpus, chroma_server, monkeypatch
):
    publisher, member = users
    name, wire = unused_name(), Wire(chroma_server.port)
    key_file = publisher.share(name=name).key_file
    for vectors in ("local", "remote"):
        member.attach(key_file, collection=vectors, vectors=vectors)
    publisher.use(wire.address)
    member.use(wire.address)
    assert refused(publisher.run, "share", "papers", ShareWishes()) == "address_not_accepted"
    assert refused(publisher.share) == "shared_elsewhere"
    assert refused(member.run, "attach", key_file, AttachWishes("local")) == "address_not_accepted"
    assert {each.attachment.code for each in member.sync().collections} == {"shared_elsewhere"}
    assert member.search("tide gauges", "local") and member.search("tide gauges", "remote")
    assert not wire.sent

    with monkeypatch.context() as patch:  # it is another server
        patch.setattr(Door, "collection", lambda door, name: None)
        assert refused(publisher.share, key=key_file) == "shared_missing"
        assert refused(member.attach, key_file, collection="local") == "shared_missing"
    assert refused(publisher.share) == "shared_elsewhere"
    assert {each.attachment.code for each in member.sync().collections} == {"shared_elsewhere"}

    (corpus / "twice.md").write_text("# Thrice\n\nSaid in other words.\n")
    run_index(publisher.engine, [str(corpus)], "papers")
    assert publisher.share(key=key_file).put == publisher.share().put + 1 == 1
    for vectors in ("local", "remote"):
        assert member.attach(key_file, collection=vectors).attachment.address == wire.address
        assert member.search("in other words", vectors)[0].similarity > 0.2
    assert member.sync().ok
    wire.close()


def test_whoever_is_second_to_begin_under_a_name_takes_another(users, corpus, monkeypatch):
    publisher, other = users
    run_index(other.engine, [str(corpus)], "papers")
    name = unused_name()
    monkeypatch.setattr(Door, "count", lambda door, uuid: 0)  # both look before one has published
    publisher.share(name=name)
    assert refused(other.share, name=name) == "wrong_key"
    assert other.share(name=unused_name()).put == 10


def test_a_server_that_is_away_or_has_lost_its_vectors(tmp_path, monkeypatch):
    (tmp_path / "server").mkdir()
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):  # Chroma writes vectors to disk after a thousand
        more = " ".join(f"filler{number % 7}{n}" for n in range(60))
        parts = [
            f"## Part {n}\n\nWord{number} stands with sign{n} and mark{number * 31 + n}. {more}.\n" for n in range(30)
        ]
        (folder / f"{number}.md").write_text(f"# Paper {number}\n\n" + "\n".join(parts))
    with contextlib.ExitStack() as ending:
        server = ChromaServer(tmp_path / "server")
        ending.callback(server.stop)
        publisher, member = (User(name, tmp_path, server, monkeypatch) for name in ("ann", "mei"))
        ending.callback(publisher.engine.close)
        ending.callback(member.engine.close)
        run_index(publisher.engine, [str(folder)], "papers")
        member.attach(publisher.share().key_file, vectors="remote")
        query, text = "word7 mark229 sign12", "Word7 stands with sign12 and mark229."
        before = member.search(query, "papers")
        assert text in before[0].text and before.warnings is None and before[0].similarity > 0.2

        server.stop()
        started = time.monotonic()
        hits = member.search(query, "papers")
        assert text in hits[0].text and hits[0].similarity == 0
        assert hits.warnings[0].code == "shared_unreachable" and "words only" in hits.warnings[0].message
        *_, answer = member.engine.ask("What stands with sign12 and mark229?", collection="papers", extractive=True)
        assert "words only" in answer.warnings[0] and time.monotonic() - started < 3.5
        *_, overview = member.engine.summarize("papers", extractive=True)
        assert "words only" in overview.warnings[0] and overview.citations
        (info,) = member.engine.collections()
        assert info.shared.code == "shared_unreachable" and info.shared.revision == 2

        vectors = max((tmp_path / "server").rglob("data_level0.bin"), key=lambda file: file.stat().st_size)
        shutil.rmtree(vectors.parent)
        server.start()
        (synced,) = member.sync().collections
        assert synced.attachment.code == "shared_index_damaged" and not synced.ok
        hits = member.search(query, "papers")
        assert text in hits[0].text and hits.warnings[0].code == "shared_index_damaged"
        assert "share --repair" in hits.warnings[0].remedy

        assert publisher.share(repair=True).chunks > 1000
        (synced,) = member.sync().collections
        assert synced.ok
        after = member.search(query, "papers")
        assert [(hit.text, hit.score) for hit in after] == [(hit.text, hit.score) for hit in before]
        assert after.warnings is None

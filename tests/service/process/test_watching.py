"""Collections that follow their folders, with real changes of real files."""

import os
import shutil
import signal
import threading
import time

import pytest

import jupyter_localai
from jupyter_localai.engine import watching
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError, UnknownCollectionError
from jupyter_localai.results.files import Rules
from jupyter_localai.results.reports import IndexReport, Watch
from jupyter_localai.service.process import watching as followers
from jupyter_localai.service.process.watching import Follower
from tests.service.process.test_tidying import call, operations
from tests.support.engines import is_alive, wait_until

__all__ = ["operations"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watching, "_QUIET_MS", 30)
    monkeypatch.setattr(watching, "_GATHER_MS", 200)
    monkeypatch.setattr(watching, "_TICK_MS", 60)


@pytest.fixture
def followed(operations, folder):
    """Operations on a store whose collection follows `folder`."""
    call(operations, "index", paths=[str(folder)])
    operations.keep_watching()
    assert call(operations, "watch")["how"] == "system"
    return operations


def found(operations, words):
    hits = call(operations, "search", query=words, k=1)["hits"]
    return bool(hits) and words in hits[0]["text"]


def count(operations):
    return call(operations, "documents")["total"]


def test_what_is_written_changed_moved_and_deleted_is_followed(followed, folder):
    before = count(followed)
    (folder / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(followed, "Kites fly"))
    (folder / "kites.md").write_text("Herons wade in ponds.")
    wait_until(lambda: found(followed, "Herons wade"))
    (folder / "new" / "deep").mkdir(parents=True)
    (folder / "new" / "deep" / "one.md").write_text("Otters swim in rivers.")
    wait_until(lambda: found(followed, "Otters swim"))
    (folder / "new" / "deep" / "two.md").write_text("Badgers dig at night.")
    wait_until(lambda: found(followed, "Badgers dig"))
    shutil.move(folder / "new", folder / "newer")
    wait_until(lambda: str(folder / "newer" / "deep" / "two.md") in _paths(followed))
    (folder / ".gitignore").write_text("newer/\n")
    wait_until(lambda: count(followed) == before + 1)
    (folder / "kites.md").unlink()
    wait_until(lambda: count(followed) == before)
    jobs = [job["kind"] for job in call(followed, "jobs") if job["state"] != "running"]
    assert jobs == ["index"]  # its own runs do not push others off the list


def _paths(operations):
    return {item["path"] for item in call(operations, "documents")["items"]}


def test_a_name_that_is_not_valid_unicode_does_not_end_it(followed, folder):
    """Watchfiles reports nothing any more once it has seen one."""
    for number, words in enumerate(("Kites fly", "Herons wade")):
        with open(os.path.join(os.fsencode(folder), b"caf\xe9.md"), "w") as file:
            file.write("A name of another system.")
        time.sleep(0.2)
        (folder / f"{number}.md").write_text(f"{words} in the evening.")
        wait_until(lambda words=words: found(followed, words))
    assert call(followed, "status")["engine"]["watching"][0]["code"] == ""


def test_a_burst_is_taken_in_few_runs_and_questions_are_answered_meanwhile(followed, folder, monkeypatch):
    runs = []
    index = Engine.index
    monkeypatch.setattr(Engine, "index", lambda self, **given: runs.append(given) or index(self, **given))
    before = count(followed)
    (folder / "burst").mkdir()
    for number in range(100):
        (folder / "burst" / f"{number}.md").write_text(f"Note {number}.")
    answered = 0
    while count(followed) < before + 100:
        assert call(followed, "search", query="leave", k=1)["hits"]
        answered += 1
        time.sleep(0.02)
    assert answered and len(runs) < 30


def test_it_ends_when_it_is_switched_off_and_when_the_collection_goes(followed, folder):
    assert followed.are_watching() and call(followed, "collections")[0]["watched"]
    assert [w["how"] for w in call(followed, "status")["engine"]["watching"]] == ["system"]
    assert call(followed, "watch", on=False)["how"] == "off"
    assert not followed.are_watching() and not call(followed, "collections")[0]["watched"]
    assert call(followed, "watch")["how"] == "system"
    call(followed, "forget", collection="default")
    wait_until(lambda: not followed.are_watching())


def test_folders_that_are_added_later_are_followed_too(followed, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.md").write_text("More of it.")
    call(followed, "index", paths=[str(tmp_path / "more")])
    assert call(followed, "watch")["roots"] == 2
    (tmp_path / "more" / "b.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(followed, "Kites fly"))


def test_a_folder_that_goes_and_comes_back_keeps_its_documents(followed, folder):
    before = count(followed)
    away = folder.with_name("away")
    folder.rename(away)
    wait_until(lambda: call(followed, "status")["engine"]["watching"][0]["code"] == "root_missing")
    assert count(followed) == before
    away.rename(folder)
    wait_until(lambda: call(followed, "status")["engine"]["watching"][0]["code"] == "")
    (folder / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(followed, "Kites fly"))


def followed_in_project(operations, tmp_path):
    """Return a folder that is followed, below another one that is not."""
    docs = tmp_path / "project" / "docs"
    docs.mkdir(parents=True)
    (docs / "one.md").write_text("Otters swim in rivers.")
    call(operations, "index", paths=[str(docs)])
    operations.keep_watching()
    call(operations, "watch")
    return docs


def test_a_folder_is_followed_again_after_one_above_it_was_moved(operations, tmp_path):
    docs = followed_in_project(operations, tmp_path)
    (tmp_path / "project").rename(tmp_path / "before")
    wait_until(lambda: call(operations, "status")["engine"]["watching"][0]["code"] == "root_missing")
    shutil.copytree(tmp_path / "before", tmp_path / "project")
    wait_until(lambda: call(operations, "status")["engine"]["watching"][0]["code"] == "")
    (docs / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(operations, "Kites fly"))


def test_a_folder_is_followed_whose_place_another_took_at_once(operations, tmp_path):
    docs = followed_in_project(operations, tmp_path)
    shutil.copytree(tmp_path / "project", tmp_path / "other")
    (tmp_path / "project").rename(tmp_path / "before")
    (tmp_path / "other").rename(tmp_path / "project")
    time.sleep(0.5)
    (docs / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(operations, "Kites fly"))


def test_a_system_without_reports_is_polled(operations, folder, monkeypatch):
    import watchfiles

    def refuse(*paths, **how):
        raise OSError("OS file watch limit reached.")
        yield

    monkeypatch.setattr(watchfiles, "watch", refuse)
    monkeypatch.setattr(followers, "_POLL_SECONDS", (0.2, 0.2))
    call(operations, "index", paths=[str(folder)])
    operations.keep_watching()
    assert (said := call(operations, "watch"))["how"] == "polling" and "sysctl" in said["remedy"]
    (folder / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: found(operations, "Kites fly"))


def test_a_failed_run_is_reported_and_tried_again(followed, folder, monkeypatch):
    monkeypatch.setattr(followers, "_AGAIN_SECONDS", 0.2)
    index = Engine.index

    def full(self, **given):
        raise StoreError("The disk is full.", "Make room.", code="disk_full")
        yield

    monkeypatch.setattr(Engine, "index", full)
    (folder / "kites.md").write_text("Kites fly over dunes.")
    wait_until(lambda: call(followed, "status")["engine"]["watching"][0]["code"] == "disk_full")
    monkeypatch.setattr(Engine, "index", index)
    wait_until(lambda: found(followed, "Kites fly"))
    wait_until(lambda: call(followed, "status")["engine"]["watching"][0]["code"] == "")


def test_a_run_that_found_nothing_is_followed_by_a_rest(monkeypatch, tmp_path):
    class Run:
        """A run that takes 50 ms and finds nothing."""

        def __init__(self):
            self._ended = threading.Event()
            threading.Timer(0.05, self._ended.set).start()

        def is_running(self):
            return not self._ended.is_set()

        def outcome(self):
            return IndexReport("default", seconds=0.05), None

    def restless(watched, stop):
        while not stop.wait(0.005):
            yield {(False, str(tmp_path / "log.md"))}

    begun = []
    monkeypatch.setattr(watching, "news", restless)
    monkeypatch.setattr(followers, "_REST", 40)  # 2 s
    follower = Follower(watching.Subject("default", (), "/nowhere"), lambda name, paths: begun.append(paths) or Run())
    wait_until(lambda: begun)
    threading.Event().wait(0.5)
    follower.stop()
    assert begun == [[]]


@pytest.mark.parametrize("took", [0.001, 0.01])
def test_changes_that_are_reported_leave_the_time_of_looking_at_the_rest(monkeypatch, tmp_path, took):
    class Run:
        """A run that has ended and found nothing; looking at all takes 10 ms."""

        def __init__(self, paths):
            self._took = took if paths else 0.01

        def is_running(self):
            return False

        def outcome(self):
            return IndexReport("default", seconds=self._took), None

    def restless(watched, stop):
        while not stop.wait(0.02):
            yield {(False, str(tmp_path / "log.md"))}

    begun = []
    monkeypatch.setattr(watching, "news", restless)
    monkeypatch.setattr(watching, "disk_kind", lambda path: "nfs4")
    monkeypatch.setattr(followers, "_REST", 0)
    monkeypatch.setattr(followers, "_POLL", 30)  # 0.3 s
    monkeypatch.setattr(followers, "_POLL_SECONDS", (0.01, 10.0))
    follower = Follower(
        watching.Subject("default", ((str(tmp_path), Rules()),), "/nowhere"),
        lambda name, paths: begun.append(paths) or Run(paths),
    )
    wait_until(lambda: begun.count([]) > 3, 10)
    follower.stop()
    assert begun.count([]) < len(begun) / 4


def test_what_cannot_be_followed_is_refused(operations):
    with pytest.raises(StoreError) as caught:
        call(operations, "watch")  # an engine inside a process
    assert caught.value.code == "store_unwritable"
    operations.keep_watching()
    with pytest.raises(UnknownCollectionError):
        call(operations, "watch", collection="nowhere")


def test_the_next_engine_catches_up_and_does_not_end_for_want_of_work(store, folder, monkeypatch):
    monkeypatch.setenv("LOCALAI_IDLE_MINUTES", "0.02")
    ai = jupyter_localai.connect()
    ai.index(folder)
    assert ai.watch() == Watch("default", "system", 1)
    pid = ai.status().engine["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))
    (folder / "kites.md").write_text("Kites fly over dunes.")
    pid = jupyter_localai.connect().status().engine["pid"]
    time.sleep(2.5)  # longer than it would live with nothing to do
    assert is_alive(pid)
    again = jupyter_localai.connect()
    wait_until(lambda: str(folder / "kites.md") in [item.path for item in again.documents()])
    assert again.watch(on=False).how == "off"
    wait_until(lambda: not is_alive(pid))

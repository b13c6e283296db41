"""The folder for sockets, and the jobs: small parts with sharp edges."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from jupyter_localai.errors import Cancelled, EngineError, UsageError
from jupyter_localai.results.reports import Progress
from jupyter_localai.service.process import jobs
from jupyter_localai.service.process.jobs import Jobs
from jupyter_localai.service.protocol import runtime
from jupyter_localai.service.protocol.changes import Changes
from jupyter_localai.service.protocol.ownership import Ownership, is_held, owner_pid
from jupyter_localai.service.protocol.wire import Address, connection_file
from tests.support.engines import wait_until


def test_the_folder_is_private_and_its_sockets_names_are_short(engines):
    folder = runtime.make()
    assert folder.parent == engines and runtime.is_private(folder)
    assert len(os.fsencode(folder / runtime.ENGINE)) < 100
    runtime.remove(folder)
    assert not folder.exists()


def test_a_place_with_a_long_name_is_not_taken(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    folder = runtime.make()
    assert not folder.is_relative_to(deep) and list(deep.iterdir()) == []
    runtime.remove(folder)


def test_only_what_is_ours_is_removed(engines):
    ours = runtime.make()
    (ours / "notes.txt").write_text("of somebody else")
    (ours / runtime.CHAT).write_text("not a socket")
    runtime.remove(ours)
    assert sorted(path.name for path in ours.iterdir()) == ["chat", "notes.txt"]
    for name, mode in (("documents", 0o700), ("localai-open", 0o755)):
        (engines / name).mkdir()
        (engines / name).chmod(mode)
        runtime.remove(engines / name)
        assert (engines / name).exists()
    (engines / "localai-link").symlink_to(ours)
    runtime.remove(engines / "localai-link")
    assert (engines / "localai-link").is_symlink()


def test_the_connection_file_is_written_whole_and_for_its_owner(tmp_path):
    address = Address(1, 2, 1, "1.0", 3.0, "loopback", port=4, token="secret")
    address.write(tmp_path)
    assert Address.read(tmp_path) == address and "secret" not in repr(address)
    assert stat.S_IMODE(connection_file(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["engine.json"]


def stepping(go):
    def work(note, stop):
        for number in range(1000):
            note(Progress("index", number))
        go.wait(60)
        if stop.is_set():
            raise Cancelled()
        return {"files": 1000}

    return work


def test_a_follower_sees_the_latest_and_slows_nothing_down():
    go, seen = threading.Event(), []
    job = Jobs(Changes()).start("index", "c", stepping(go))
    wait_until(lambda: job.describe().progress == Progress("index", 999))
    go.set()
    assert job.follow(seen.append, threading.Event()) == {"files": 1000}
    assert seen == [Progress("index", 999)]


def test_a_follower_that_leaves_does_not_end_the_job_but_cancelling_does():
    go, left = threading.Event(), threading.Event()
    left.set()
    job = Jobs(Changes()).start("index", "c", stepping(go))
    with pytest.raises(Cancelled):
        job.follow(lambda _: None, left)
    assert job.is_running()
    job.cancel()
    go.set()
    with pytest.raises(Cancelled):
        job.follow(lambda _: None, threading.Event())
    assert job.describe().state == "cancelled"


def test_what_nobody_foresaw_is_told_without_its_text(caplog):
    def work(note, stop):
        raise KeyError("a sentence of a document")

    job = Jobs(Changes()).start("index", "c", work)
    with pytest.raises(EngineError) as caught:
        job.follow(lambda _: None, threading.Event())
    assert caught.value.code == "internal" and "KeyError" in caught.value.message
    assert "sentence" not in caught.value.message and "sentence" not in caplog.text and "work (" in caplog.text


def test_jobs_that_have_ended_are_kept_for_a_while_and_no_longer(monkeypatch):
    monkeypatch.setattr(jobs, "_KEPT", 3)
    go, all_jobs = threading.Event(), Jobs(Changes())
    running = all_jobs.start("index", "c", stepping(go))
    ended = []
    for _ in range(5):
        ended.append(all_jobs.start("index", "c", lambda note, stop: None))
        ended[-1].wait(60)
    names = [job.id for job in all_jobs.describe()]
    assert running.id in names and ended[-1].id in names and ended[0].id not in names
    with pytest.raises(UsageError):
        all_jobs.find(ended[0].id)
    all_jobs.cancel()
    go.set()
    assert all_jobs.wait(60)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no Unix sockets")
def test_a_folder_of_another_user_is_not_private(engines, monkeypatch):
    folder = runtime.make()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert not runtime.is_private(folder)


@pytest.mark.skipif(os.name == "nt", reason="modes say nothing there")
@pytest.mark.parametrize("mode", [0o701, 0o704, 0o702, 0o710, 0o720, 0o740, 0o750, 0o755, 0o770, 0o777, 0o1777])
def test_a_folder_that_others_can_enter_or_write_is_not_private(engines, mode):
    folder = runtime.make()
    folder.chmod(mode)
    assert not runtime.is_private(folder)
    runtime.remove(folder)
    assert folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_to_a_private_folder_and_a_file_are_not_private(engines):
    folder = runtime.make()
    (engines / "localai-link").symlink_to(folder)
    file = engines / "localai-file"
    file.touch()
    file.chmod(0o700)
    assert runtime.is_private(folder)
    assert not runtime.is_private(engines / "localai-link") and not runtime.is_private(file)
    assert not runtime.is_private(engines / "localai-nothing")


def test_a_lock_is_let_go_though_windows_does_not_remove_the_note(tmp_path, monkeypatch):
    """It removes no file that somebody reads just now."""
    held = Ownership(tmp_path)

    def refuse(path, missing_ok=False):
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "unlink", refuse)
    held.release()
    monkeypatch.undo()
    assert not is_held(tmp_path) and owner_pid(tmp_path) == os.getpid()

"""An engine that crashes costs at most the document it crashed on."""

import os
import signal

import psutil
import pytest

import jupyter_localai as la
from jupyter_localai.errors import EngineUnreachableError
from jupyter_localai.service.client import sync_client
from jupyter_localai.service.process import crash
from tests.support.engines import wait_for_end, wait_until

# loaded by Python at its start: in the engine, cutting a certain text ends the process
FAULT = """
import os, signal, sys
if "--store" in sys.orig_argv:
    from jupyter_localai.embed import tokenizer
    good = tokenizer.Tokenizer.starts
    def starts(self, text):
        if "CRASHME" in text and not os.path.exists({mended!r}):
            signal.raise_signal({signal})  # this thread's: were it the process's, this one could go on for a while
        return good(self, text)
    tokenizer.Tokenizer.starts = starts
"""


@pytest.fixture
def store(tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    return tmp_path / "store"


@pytest.fixture
def fault(tmp_path, monkeypatch):
    """Make engines crash on a certain document, until the file returned is there."""

    def make(number=signal.SIGSEGV):
        site, mended = tmp_path / "site", tmp_path / "mended"
        site.mkdir(exist_ok=True)
        (site / "sitecustomize.py").write_text(FAULT.format(mended=str(mended), signal=int(number)))
        path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
        monkeypatch.setenv("PYTHONPATH", path)
        return mended

    return make


def crashes(folder, store):
    with pytest.raises(EngineUnreachableError) as caught:
        la.connect().index(folder)
    assert caught.value.remedy
    wait_for_end(store)


def test_a_document_that_crashes_the_engine_twice_is_put_aside(store, folder, fault):
    mended = fault()
    guilty = folder / "guilty.txt"
    guilty.write_text("CRASHME and the rest.\n")
    crashes(folder, store)  # all that was worked on with it is suspected
    crashes(folder, store)  # alone: it has one culprit
    report = la.connect().index(folder)
    assert report.added + report.unchanged == 3
    assert [(failure.path, failure.code) for failure in report.failed] == [(str(guilty), "crashed_engine")]
    ai = la.connect()
    assert [(failure.path, failure.code) for failure in ai.status().failures] == [(str(guilty), "crashed_engine")]
    assert ai.status().failed == 1 and ai.search("annual leave", 1)[0].path == str(folder / "leave.md")
    assert [failure.code for failure in ai.index(folder).failed] == ["crashed_engine"], "it is not tried unasked"
    mended.touch()
    report = ai.index(folder, retry=True)
    assert (report.added, report.failed) == (1, ())
    assert ai.index(folder, retry=True).unchanged == 4


def test_a_culprit_that_is_forgotten_leaves_no_name(store, folder, fault):
    fault()
    guilty = folder / "guilty-quetzal.txt"
    guilty.write_text("CRASHME and the rest.\n")
    crashes(folder, store)
    crashes(folder, store)
    ai = la.connect()
    ai.index(folder)
    ai.forget(guilty)
    assert ai.status().failed == 0
    sync_client.stop_engine(store)
    files = [path for path in store.rglob("*") if path.is_file()]
    assert not [path for path in files if b"quetzal" in path.read_bytes()]


def test_an_engine_that_somebody_kills_has_not_crashed(store, folder, fault):
    mended = fault(signal.SIGKILL)
    (folder / "innocent.txt").write_text("CRASHME and the rest.\n")
    for _ in range(3):
        crashes(folder, store)
    mended.touch()
    report = la.connect().index(folder)
    assert (report.added, report.failed) == (4, ())


def test_what_was_indexed_is_there_after_a_kill(store, folder):
    ai = la.connect()
    ai.index(folder)
    pid = ai.status().engine["pid"]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=60)
    wait_until(lambda: la.connect().status().documents == 3)
    assert la.connect().status().pending == 0


@pytest.mark.parametrize(
    ("status", "killed", "noted"),
    [
        (-signal.SIGSEGV, 0, True),
        (-signal.SIGABRT, 0, True),
        (-signal.SIGKILL, 1, True),
        (-signal.SIGKILL, 0, False),
        (-signal.SIGTERM, 0, False),
        (0, 1, False),
        (1, 0, False),
    ],
)
def test_only_what_a_document_may_have_caused_is_a_crash(tmp_path, monkeypatch, status, killed, noted):
    monkeypatch.setattr(crash, "killed_for_memory", lambda: 5 + killed)
    crash.note(tmp_path, status, 5)
    assert crash.take_notice(tmp_path) is noted
    assert crash.take_notice(tmp_path) is False


@pytest.mark.parametrize(
    ("status", "is_crash"),
    [
        (0xC0000005, True),  # access violation
        (0xC0000409, True),  # abort
        (0xC00000FD, True),  # stack overflow
        (0xC000013A, False),  # Ctrl-C
        (0x40010004, False),  # the end of the session
        (1, False),  # ended by the task manager
        (3, False),  # another engine has the store
        (0, False),
    ],
)
def test_how_windows_tells_of_a_crash(tmp_path, status, is_crash):
    crash.note(tmp_path, status, crash.killed_for_memory())
    assert crash.take_notice(tmp_path) == is_crash

"""Reading processes: what breaks one costs its file a named error, and nothing else."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from jupyter_localai.ingest import readers as readers_module
from jupyter_localai.ingest.read import load, read
from jupyter_localai.ingest.readers import FileToRead, Limits, Readers, Reading
from jupyter_localai.privacy import confined
from jupyter_localai.privacy.confined import Confined, Ended, receive, send
from tests.support import elsewhere, probe
from tests.support.engines import wait_until

LIMITS = Limits(60, 10**8)
FOR_EVER = 3600

# Readers that misbehave, put in the place of the real one for files with these names.
HOSTILE = """
import os, sys, time
import jupyter_localai.ingest.read as reading
good = reading.READERS["text"]
def bad(data, path):
    name = os.path.basename(path)
    if "hangs" in name:
        time.sleep(3600)
    if "spins" in name:
        while True: pass
    if "crashes" in name:
        os.kill(os.getpid(), 11)
    if "aborts" in name:
        os.abort()
    if "eats" in name:
        hoard = [bytearray(64 * 2**20) for _ in range(1000)]
    if "raises" in name:
        raise KeyError("document text")
    if "exits" in name:
        os._exit(0)
    if "prints" in name:
        print("document text", flush=True); os.write(1, b"x" * 100000)
    if "forks" in name:
        for _ in range(3):
            if os.fork() == 0:
                time.sleep(600)
    if "connects" in name:
        import socket
        socket.create_connection(("192.0.2.1", 80), 1)
    if "tells" in name:
        import json
        return good(json.dumps(dict(os.environ)).encode(), path)
    return good(data, path)
reading.READERS["text"] = bad
"""


GREEDY = """
import sys, time
from jupyter_localai.privacy.confined import serve
def answer(request):
    hoard = bytearray(request["bytes"])
    hoard[::4096] = b"x" * len(hoard[::4096])
    if request["bytes"] > 100 << 20:
        time.sleep(60)
    return {"read": True}
serve(answer, *map(int, sys.argv[1:3]))
"""


@pytest.fixture
def readers():
    made = Readers(2)
    yield made
    made.close()


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """Readers whose processes are hostile, by way of a module that Python loads at its start."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HOSTILE)
    path = os.pathsep.join([str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    made = Readers(2)
    yield made
    made.close()


def file(folder, name, text="Some text.\n"):
    path = folder / name
    path.write_text(text)
    return FileToRead(str(path), path.stat().st_size)


def test_a_document_comes_back_as_it_was_read(readers, tmp_path):
    wanted = file(tmp_path, "a.md", "# Título\n\nText – “quoted”, 日本, \U0001f600.\n")
    reading = readers.read(wanted, LIMITS)
    assert reading.document == read(wanted.path, load(wanted.path, 10**6))
    again = readers.read(FileToRead(wanted.path, known=reading.digest), LIMITS)
    assert again == Reading(reading.digest, None)


def test_the_content_of_an_unreadable_document_is_told(readers, tmp_path):
    reading = readers.read(file(tmp_path, "broken.pdf", "%PDF-1.7 and no more"), LIMITS)
    assert reading.error.code == "corrupted" and len(reading.digest) == 64


def test_a_name_that_is_no_text_can_be_read(readers, tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "w") as handle:
        handle.write("Some text.\n")
    assert readers.read(FileToRead(os.fsdecode(path)), LIMITS).document.path == os.fsdecode(path)


def test_errors_keep_their_names(readers, tmp_path):
    for wanted, code in ((FileToRead(str(tmp_path / "none.txt")), "not_found"), (file(tmp_path, "b.txt"), "too_large")):
        reading = readers.read(wanted, Limits(60, 3))
        assert reading.error.code == code and reading.error.remedy and reading.digest == ""


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("hangs.txt", "timeout"),
        ("spins.txt", "timeout"),
        ("crashes.txt", "reader_crashed"),
        ("exits.txt", "reader_crashed"),
        ("aborts.txt", "too_much_memory"),
        ("eats.txt", "too_much_memory"),
        ("raises.txt", "reader_failed"),
        ("connects.txt", "reader_failed"),
    ],
)
def test_a_reader_that_breaks_costs_its_file_a_named_error(hostile, tmp_path, name, code):
    seconds = 2 if code == "timeout" else 60
    error = hostile.read(file(tmp_path, name), Limits(seconds, 10**6)).error
    assert error.code == code and error.remedy
    assert "document text" not in error.message
    assert hostile.read(file(tmp_path, "good.txt"), LIMITS).document.text == "Some text.\n"


def test_what_a_library_prints_is_not_taken_for_an_answer(hostile, tmp_path):
    assert hostile.read(file(tmp_path, "prints.txt"), LIMITS).document.text == "Some text.\n"


def has_ended(group):
    """Whether no process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_a_reader_starts_ends_with_it(hostile, tmp_path):
    hostile.read(file(tmp_path, "forks.txt"), LIMITS)
    (group,) = probe.reader_pids(hostile)
    hostile.close()
    wait_until(lambda: has_ended(group))


def test_a_reader_knows_no_secrets(hostile, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    monkeypatch.setenv("LOCALAI_STORE", "/somewhere")
    text = hostile.read(file(tmp_path, "tells.txt"), LIMITS).document.text
    assert "xyzzy" not in text and "/somewhere" not in text and "PATH" in text


def test_files_come_in_order_and_the_next_are_read_meanwhile(hostile, tmp_path):
    wanted = [file(tmp_path, f"{n}.txt", f"Text {n}.") for n in range(50)]
    wanted.insert(7, file(tmp_path, "crashes.txt"))
    outcomes = [each for each in hostile.read_ahead(wanted, LIMITS) if each is not None]
    assert outcomes.pop(7).error.code == "reader_crashed"
    assert [outcome.document.text for outcome in outcomes] == [f"Text {n}." for n in range(50)]


def test_whoever_waits_for_a_file_is_told_and_can_stop(hostile, tmp_path):
    outcomes = hostile.read_ahead([file(tmp_path, "hangs.txt")], Limits(FOR_EVER, 10**6))
    assert [next(outcomes), next(outcomes)] == [None, None]
    outcomes.close()
    wait_until(lambda: not probe.is_reading(hostile))


def test_not_too_much_is_read_ahead(readers, tmp_path, monkeypatch):
    monkeypatch.setattr(readers_module, "_AHEAD_BYTES", 100)
    taken = []

    def files():
        for n in range(20):
            taken.append(n)
            yield file(tmp_path, f"{n}.txt", "x" * 40)

    outcomes = readers.read_ahead(files(), LIMITS)
    next(filter(None, outcomes))
    assert len(taken) <= 3
    outcomes.close()


def test_closing_ends_what_is_being_read(hostile, tmp_path):
    """It returns at all: what is read would take for ever, and may."""
    outcomes = hostile.read_ahead([file(tmp_path, "a.txt"), file(tmp_path, "hangs.txt")], Limits(FOR_EVER, 10**6))
    assert next(filter(None, outcomes)).document
    wait_until(lambda: probe.is_reading(hostile))
    outcomes.close()
    wait_until(lambda: not probe.is_reading(hostile))


def test_closing_ends_what_is_about_to_be_read(hostile, tmp_path, monkeypatch):
    """A thread that has a file already, and no process yet, when the reading is given up."""
    begun, stopped = threading.Event(), threading.Event()

    def wait(wanted):
        if "hangs" in wanted.path:
            begun.set()
            assert stopped.wait(60)

    probe.around_reading(monkeypatch, before_read=wait, after_stop=stopped.set)
    outcomes = hostile.read_ahead([file(tmp_path, "a.txt"), file(tmp_path, "hangs.txt")], Limits(FOR_EVER, 10**6))
    next(filter(None, outcomes))
    assert begun.wait(60)
    outcomes.close()
    assert stopped.is_set() and not probe.is_reading(hostile)


def test_what_others_read_goes_on_when_one_gives_up(hostile, tmp_path):
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(hostile.read, file(tmp_path, "hangs.txt"), Limits(4, 10**6))
        wait_until(lambda: probe.is_reading(hostile))
        outcomes = hostile.read_ahead([file(tmp_path, "a.txt"), file(tmp_path, "b.txt")], LIMITS)
        next(filter(None, outcomes))
        outcomes.close()
        assert reading.result().error.code == "timeout"


def test_a_process_ended_from_outside_costs_nothing(readers, tmp_path):
    readers.read(file(tmp_path, "a.txt"), LIMITS)
    (pid,) = probe.reader_pids(readers)
    os.kill(pid, signal.SIGKILL)
    assert readers.read(file(tmp_path, "b.txt"), LIMITS).document.text == "Some text.\n"


def test_where_the_system_limits_no_memory_it_is_looked_at(tmp_path, monkeypatch):
    """As on macOS, which takes a limit and holds nobody to it, and on Windows, which knows none."""
    monkeypatch.setattr(confined, "_has_memory_limit", lambda: False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tmp_path, elsewhere.MACOS, elsewhere.PROJECT))))
    (tmp_path / "greedy.py").write_text(GREEDY)
    greedy = Confined("greedy", 300 << 20)
    assert greedy.ask({"bytes": 1 << 20}, 60) == {"read": True}
    with pytest.raises(Ended) as caught:
        greedy.ask({"bytes": 600 << 20}, 60)
    assert caught.value.lacked_memory and not caught.value.is_late
    greedy.end()


def test_a_process_that_ends_by_itself_was_not_late_where_there_is_no_such_signal(monkeypatch):
    monkeypatch.setattr(confined, "signal", elsewhere.Other(signal, ("SIGXCPU", "SIGABRT")))
    assert (Ended(0).is_late, Ended(0).lacked_memory) == (False, False)


def test_a_reader_that_may_take_no_more_memory_is_ended_in_time_all_the_same(hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(confined, "_has_memory_limit", lambda: False)
    assert hostile.read(file(tmp_path, "hangs.txt"), Limits(1, 10**8)).error.code == "timeout"


def test_processes_are_used_again_and_replaced_when_worn(readers, tmp_path, monkeypatch):
    monkeypatch.setattr(readers_module, "_MOST_FILES", 3)
    pids = []
    for n in range(6):
        readers.read(file(tmp_path, f"{n}.txt"), LIMITS)
        pids += probe.reader_pids(readers)[-1:]
    assert len(pids) == 4 and len(set(pids)) == 2


def test_a_large_engine_does_not_wear_its_readers_out(readers, tmp_path):
    hoard = bytearray(600 * 2**20)
    hoard[::4096] = b"x" * len(hoard[::4096])
    pids = set()
    for n in range(3):
        readers.read(file(tmp_path, f"{n}.txt"), LIMITS)
        pids.add(probe.reader_pids(readers)[-1])
    assert len(pids) == 1


def test_readers_end_with_whoever_started_them(tmp_path):
    code = (
        "import sys, time\n"
        "from jupyter_localai.ingest.readers import *\n"
        "r = Readers(1)\n"
        "r.read(FileToRead(sys.argv[1]), Limits(60, 10**6))\n"
        "import psutil\n"
        "print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, file(tmp_path, "a.txt").path], stdout=subprocess.PIPE, text=True
    )
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.communicate()
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            process.wait(60)


@pytest.mark.parametrize(
    "sent", [b"\xff\xff\xff\xff{}", b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x01{", b"\x00\x03\x00\x00" + b"[" * 0x30000]
)
def test_a_reader_that_sends_what_is_no_answer_is_not_listened_to(sent):
    """One that was taken over may send anything; a length alone must not take memory."""
    assert receive(io.BytesIO(sent)) is None
    whole = io.BytesIO()
    send(whole, {"a": 1})
    whole.seek(0)
    assert receive(whole) == {"a": 1}

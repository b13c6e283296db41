"""Engines and their readers are refused the network by the kernel, or say that they are not."""

import errno
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.errors import PrivacyError
from jupyter_localai.privacy import seccomp
from jupyter_localai.service.client.sync_client import engine_status
from jupyter_localai.service.protocol.wire import Address
from tests.support.engines import wait_until
from tests.support.in_process import serve_in_process

if not seccomp.is_available():
    pytest.skip("this system has no such filter", allow_module_level=True)
from tests.support import native, probe

ROOT = Path(__file__).parents[3]


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Return a function that has code run in every Python process that is started, as a bad dependency would."""

    def plant(code):
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(textwrap.dedent(code))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))

    return plant


# the thread is there before the filter, and waits until the engine serves
IN_ENGINE = """
import sys
if "--store" in sys.orig_argv and "jupyter_localai.service" in sys.orig_argv:
    import json, os, threading, time
    def watch():
        from tests.support import native
        while not os.path.exists(os.environ["TRY"]):
            time.sleep(0.05)
        told = native.attempts() | {"look-up": native.look_up("secret.example.org")}
        with open(os.environ["TRY"] + ".part", "w") as file:
            json.dump(told, file)
        os.rename(os.environ["TRY"] + ".part", os.environ["TRY"] + ".told")
    threading.Thread(target=watch, daemon=True).start()
"""


@pytest.mark.parametrize("transport", ["unix", "loopback"])
def test_native_code_in_the_engine_gets_no_socket_and_the_engine_lives(
    store, folder, planted, tmp_path, monkeypatch, transport
):
    planted(IN_ENGINE)
    monkeypatch.setenv("TRY", str(tmp_path / "try"))
    with la.connect(transport=transport, enforce="kernel") as ai:
        ai.index(folder)
        (tmp_path / "try").write_text("")
        wait_until((tmp_path / "try.told").exists)
        told = json.loads((tmp_path / "try.told").read_text())
        assert told.pop("look-up") != 0
        assert set(told.values()) == {errno.EPERM, errno.EACCES}
        assert ai.search("annual leave", 1)[0].document == "Handbook"
        assert ai.status().privacy["enforcement"] == engine_status()["enforcement"] == "kernel"
    engine = psutil.Process(Address.read(store).pid)
    assert engine.net_connections(kind="inet") == []


IN_READER = """
import sys
if "jupyter_localai.ingest.worker" in sys.orig_argv:
    import errno, os
    import jupyter_localai.ingest.read as reading
    from jupyter_localai.errors import ReadError
    good = reading.READERS["text"]
    def bad(data, path):
        if b"Gull" in data:
            from tests.support import native
            told = {**native.attempts(), **native.own_attempts()}
            refused = set(told.values()) <= {errno.EPERM, errno.EACCES} and native.look_up("secret.example.org")
            raise ReadError(f"{len(told)} ways, {'all refused' if refused else told}", "", code="tried")
        return good(data, path)
    reading.READERS["text"] = bad
"""


def test_native_code_in_a_reader_gets_no_socket_at_all_and_costs_its_document(store, folder, planted):
    planted(IN_READER)
    (folder / "other.txt").write_text("Another document, on tides.")
    ai = la.connect()
    report = ai.index(folder)
    (failure,) = report.failed
    tried = len(native.attempts()) + len(native.own_attempts())
    assert (failure.path, failure.code) == (str(folder / "gauge.txt"), "tried")
    assert failure.message == f"{tried} ways, all refused"
    assert report.added == 3
    assert ai.search("on tides", 1)[0].document == "other.txt"


SAYS = """
import json, sys
import jupyter_localai as la
from jupyter_localai.errors import LocalAIError
try:
    print(json.dumps(la.connect(**json.loads(sys.argv[1])).status().privacy["enforcement"]))
except LocalAIError as error:
    print(json.dumps([type(error).__name__, error.code]))
"""


def without_filters(**settings):
    command = [sys.executable, "-c", native.WITHOUT_FILTERS, "-c", SAYS, json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_the_kernel_an_engine_says_so_or_does_not_start(store):
    assert without_filters(enforce="kernel") == ["PrivacyError", "enforcement_unavailable"]
    assert without_filters() == "process"
    # the engine runs now; whoever wants the kernel to refuse gets no answer made without it
    ai = la.connect(enforce="kernel")
    assert ai.status().privacy["enforcement"] == "process"
    for call in (lambda: ai.search("annual leave"), lambda: ai.index("/nowhere"), lambda: ai.ask("Who?")):
        with pytest.raises(PrivacyError) as caught:
            call()
        assert caught.value.code == "enforcement_unavailable" and "engine stop" in caught.value.remedy


def test_reading_a_file_needs_what_the_setting_asks_for(folder):
    command = [
        sys.executable,
        "-m",
        "jupyter_localai.adapters.terminal.cli",
        "read",
        str(folder / "gauge.txt"),
        "--json",
    ]
    environment = {**os.environ, "LOCALAI_ENFORCE": "kernel"}
    for before, status in (([], 0), ([sys.executable, "-c", native.WITHOUT_FILTERS], 1)):
        words = [*before, *(command if not before else command[1:])]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        assert (json.loads(done.stdout).get("code") == "enforcement_unavailable") is bool(status)


def test_it_can_be_left_to_the_process(store):
    assert la.connect(enforce="process").status().privacy["enforcement"] == "process"


def test_a_crash_leaves_no_image_of_the_memory(store, folder):
    ai = la.connect()
    ai.index(folder)
    engine = psutil.Process(ai.status().engine["pid"])
    for process in (engine, *engine.children(recursive=True)):
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{process.pid}/limits").read_text())
    assert len(engine.children()) >= 1


def test_inside_another_process_there_is_no_kernel_that_refuses(tmp_path, tiny):
    ai = serve_in_process(Config(tmp_path / "store", embedder=str(tiny), enforce="kernel"))
    assert ai.status().privacy["enforcement"] != "kernel"
    with pytest.raises(PrivacyError) as caught:
        ai.search("annual leave")
    assert caught.value.code == "enforcement_unavailable"
    probe.close_session(ai)

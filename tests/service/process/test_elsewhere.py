"""The engine's processes as on Windows and macOS, so far as that can be had here: `tests.support.elsewhere`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from jupyter_localai.privacy import seccomp
from tests.support import elsewhere
from tests.support.engines import is_alive, wait_until

COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]
SANDBOX = elsewhere.PROJECT / "tests" / "support" / "sandbox_exec.py"
needs_filter = pytest.mark.skipif(not seccomp.is_available(), reason="this system has no filter to stand in")


@pytest.fixture
def ask(tmp_path, tiny, monkeypatch):
    """Runs a command of a user of another system, and returns what it printed as JSON."""
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")

    asked = set()

    def run(where, *words, status=0):
        asked.add(where)
        path = os.pathsep.join(map(str, (where, elsewhere.PROJECT)))
        done = subprocess.run(
            [*COMMAND, *words, "--json"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout)

    yield run
    for where in tuple(asked):
        run(where, "engine", "stop")


def test_the_engine_works_as_on_windows(ask, folder):
    where = elsewhere.WINDOWS
    assert ask(where, "index", str(folder))["added"] == 3
    assert "twenty nine days" in ask(where, "search", "annual leave")["hits"][0]["text"]
    assert ask(where, "ask", "How many days of annual leave?", "--extractive")["citations"]
    status = ask(where, "status")
    assert status["privacy"]["enforcement"] == "process"  # the truth: no kernel refuses anything there
    assert status["engine"]["transport"] == "loopback"
    assert ask(where, "engine", "stop")["stopped"]
    assert not is_alive(status["engine"]["pid"])


def test_an_engine_that_was_killed_is_followed_by_another_as_on_windows(ask, folder):
    where = elsewhere.WINDOWS
    ask(where, "index", str(folder))
    first = ask(where, "status")["engine"]
    os.kill(first["pid"], 9)
    wait_until(lambda: not is_alive(first["gate_pid"]))  # the gate has noticed
    status = ask(where, "status")
    assert status["documents"] == 3 and status["engine"]["pid"] != first["pid"]


def test_the_engine_ends_with_its_gate_as_on_windows(ask):
    engine = ask(elsewhere.WINDOWS, "status")["engine"]
    os.kill(engine["gate_pid"], 9)
    wait_until(lambda: not is_alive(engine["pid"]))


def test_kernel_is_refused_as_on_windows(ask, monkeypatch):
    monkeypatch.setenv("LOCALAI_ENFORCE", "kernel")
    assert ask(elsewhere.WINDOWS, "status", status=1)["code"] == "enforcement_unavailable"


@needs_filter
@pytest.mark.parametrize(("sandbox", "level"), [("", "process"), ("weak", "process"), ("strong", "kernel")])
def test_the_engine_says_what_its_sandbox_does_as_on_macos(ask, folder, monkeypatch, tmp_path, sandbox, level):
    """Without a sandbox, with one that refuses nothing, and with one that does."""
    if sandbox:
        tool = tmp_path / "sandbox-exec"
        # the stand-in itself works on this system, whatever its command is to see
        path = f'WHERE="$PYTHONPATH" PYTHONPATH="{elsewhere.PROJECT}"'
        tool.write_text(f'#!/bin/sh\n{path} exec "{sys.executable}" "{SANDBOX}" "$@"\n')
        tool.chmod(0o700)
        monkeypatch.setenv("SANDBOX_EXEC", str(tool))
        monkeypatch.setenv("SANDBOX_IS_WEAK", str(int(sandbox == "weak")))
    where = elsewhere.MACOS
    assert ask(where, "index", str(folder))["added"] == 3
    assert ask(where, "status")["privacy"]["enforcement"] == level
    checks = {check["name"]: check for check in ask(where, "doctor")["checks"]}
    assert checks["network sockets"]["ok"]
    assert ("also for native code" in checks["network sockets"]["detail"]) == (level == "kernel")

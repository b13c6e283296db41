"""The engine's processes as on Windows, so far as that can be had here: `tests.support.elsewhere`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support import elsewhere
from tests.support.engines import is_alive, wait_until

COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]


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

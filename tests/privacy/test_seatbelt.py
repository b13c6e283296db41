"""macOS's sandbox, by a stand-in for its program that has Linux's kernel refuse: `tests.support.sandbox_exec`."""

import errno
import subprocess
import sys

import pytest

from jupyter_localai.privacy import seatbelt, seccomp
from tests.support import elsewhere, probe

STAND_IN = elsewhere.PROJECT / "tests" / "support" / "sandbox_exec.py"
pytestmark = pytest.mark.skipif(not seccomp.is_available(), reason="this system has no filter to stand in")


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """The program; what is written to it replaces it."""
    tool = tmp_path / "sandbox-exec"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    tool.chmod(0o700)
    monkeypatch.setattr(seatbelt, "_TOOL", str(tool))
    monkeypatch.setattr(seatbelt, "sys", elsewhere.platform("darwin"))
    for name in ("PYTHONPATH", "WHERE"):
        monkeypatch.setenv(name, str(elsewhere.PROJECT))
    return tool


def attempt(command):
    code = "from jupyter_localai.privacy import seatbelt; print(seatbelt.try_connect())"
    done = subprocess.run([*command, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_command_runs_in_a_sandbox_that_holds(tool, tmp_path):
    words = seatbelt.inside([sys.executable, "-V"], str(tmp_path))
    assert words[-2:] == [sys.executable, "-V"]
    assert attempt(words[:-2]) == errno.EACCES
    assert attempt([]) == 0
    assert not (tmp_path / "trial").exists()


@pytest.mark.parametrize(
    "script",
    [
        'shift 4; exec "$@"',  # refuses nothing
        "echo sandbox_apply: Operation not permitted >&2; exit 71",  # in a sandbox already
        "exit 65",  # does not know the profile's words
        "kill -9 $$",
    ],
)
def test_one_that_does_not_hold_is_not_used(tool, tmp_path, script):
    tool.write_text(f"#!/bin/sh\n{script}\n")
    assert seatbelt.inside(["engine"], str(tmp_path)) == ["engine"]


def test_one_that_refuses_the_engines_own_sockets_is_not_used(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(seatbelt, "_PROFILE", "(version 1)\n(allow default)\n(deny network*)\n")
    assert seatbelt.inside(["engine"], str(tmp_path)) == ["engine"]


def test_one_that_does_not_answer_is_not_waited_for(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(seatbelt, "_TRIAL_SECONDS", 0.2)
    tool.write_text("#!/bin/sh\nexec sleep 60\n")
    assert seatbelt.inside(["engine"], str(tmp_path)) == ["engine"]


def test_elsewhere_there_is_none(tmp_path):
    assert seatbelt.inside(["engine"], str(tmp_path)) == ["engine"]
    assert not seatbelt.is_around()


def test_without_the_program_or_a_folder_there_is_none(tool, tmp_path):
    assert seatbelt.inside(["engine"], None) == ["engine"]
    tool.unlink()
    assert seatbelt.inside(["engine"], str(tmp_path)) == ["engine"]


def test_a_connection_that_the_system_allows_is_seen(tool):
    assert not seatbelt.is_around()


def test_an_address_is_spelled_as_each_system_does(monkeypatch):
    assert probe.socket_address()[2:] == b"\x00\x09\x7f\0\0\1" + b"\0" * 8
    monkeypatch.setattr(seatbelt, "sys", elsewhere.platform("darwin"))
    assert probe.socket_address() == b"\x10\x02\x00\x09\x7f\0\0\1" + b"\0" * 8

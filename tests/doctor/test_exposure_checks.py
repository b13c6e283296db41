"""What shows questions beside us: each exposure is made on purpose and then seen, with what closes it."""

import json
import os
from types import SimpleNamespace

import pytest

from jupyter_localai.doctor import exposure_checks
from jupyter_localai.privacy import peer
from tests.support import probe

pwd = pytest.importorskip("pwd")


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """A home of one's own, on a machine that has other users."""
    for name, folder in {"HOME": "", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTER_CONFIG_DIR": "config"}.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    (tmp_path / "ipython" / "profile_default").mkdir(parents=True)
    monkeypatch.setattr("jupyter_localai.doctor.exposure_checks._others", lambda: "2, such as bob")
    return tmp_path


def test_kernels_on_tcp_ports_are_told_where_others_can_listen(own_home, monkeypatch):
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(own_home / "config")])
    finding = exposure_checks.check_kernels(None)
    assert not finding.ok and "bob" in finding.detail and '"ipc"' in finding.remedy
    monkeypatch.setattr("jupyter_localai.doctor.exposure_checks._others", lambda: "")
    assert exposure_checks.check_kernels(None).ok
    monkeypatch.setattr("jupyter_localai.doctor.exposure_checks._others", lambda: "2, such as bob")
    config = own_home / "config" / "jupyter_server_config.py"
    config.write_text('# c.KernelManager.transport = "ipc"\n')
    assert not exposure_checks.check_kernels(None).ok
    config.write_text("c.Other.x = 1\nc.KernelManager.transport = 'ipc'\n")
    assert str(config) in exposure_checks.check_kernels(None).detail and exposure_checks.check_kernels(None).ok
    config.unlink()
    config.with_suffix(".json").write_text(json.dumps({"ConnectionFileMixin": {"transport": "ipc"}}))
    assert exposure_checks.check_kernels(None).ok
    running = own_home / "runtime" / "kernel-1.json"
    running.write_text(json.dumps({"transport": "tcp"}))  # what runs counts more than what is written
    assert str(running) in exposure_checks.check_kernels(None).detail and not exposure_checks.check_kernels(None).ok
    running.write_text("[")
    assert exposure_checks.check_kernels(None).ok


def test_a_history_that_others_can_read_is_told(own_home, monkeypatch):
    assert "no history" in exposure_checks.check_history(None).detail
    history = own_home / "ipython" / "profile_default" / "history.sqlite"
    history.write_bytes(b"")
    monkeypatch.setattr("jupyter_localai.doctor.exposure_checks._may_enter", lambda folder: folder != closed)
    closed = own_home
    history.chmod(0o644)
    assert exposure_checks.check_history(None).ok
    closed = None
    finding = exposure_checks.check_history(None)
    assert not finding.ok and str(history) in finding.detail and "chmod 700" in finding.remedy
    history.chmod(0o600)
    assert exposure_checks.check_history(None).ok


def test_folders_on_the_way_to_a_file_count(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    assert not probe.others_may_enter(folder)
    folder.chmod(0o711)
    assert probe.others_may_enter(folder)


def test_the_command_line_is_told_with_the_other_way(own_home, monkeypatch):
    for mount, told in (("proc /proc proc rw,hidepid=2 0 0", "do not see"), ("proc /proc proc rw 0 0", "can be read")):
        monkeypatch.setattr(exposure_checks, "_mount_of_proc", lambda mount=mount: mount)
        finding = exposure_checks.check_command_line(None)
        assert finding.ok and told in finding.detail and "ask -" in finding.detail
    monkeypatch.setattr("jupyter_localai.doctor.exposure_checks._others", lambda: "")
    assert "ask -" in exposure_checks.check_command_line(None).detail


def test_other_people_are_accounts_that_can_log_in(monkeypatch):
    monkeypatch.setattr(peer, "first_person", lambda: 1000)
    accounts = {"root": (0, "/bin/sh"), "daemon": (999, "/bin/sh"), "web": (1001, "/usr/sbin/nologin")}
    accounts |= {"nobody": (65534, "/bin/sh"), "me": (os.getuid() or 1002, "/bin/sh")}

    def account(name):
        uid, shell = accounts[name]
        return SimpleNamespace(pw_name=name, pw_uid=uid, pw_shell=shell)

    monkeypatch.setattr(os, "getuid", lambda: accounts["me"][0])
    monkeypatch.setattr(pwd, "getpwall", lambda: [account(name) for name in accounts])
    assert "such as" not in probe.other_users()
    accounts["bob"] = (1003, "/bin/bash")
    assert probe.other_users() == "1, such as bob"

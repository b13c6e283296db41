"""The proofs of the doctor: each promise is broken on purpose and then seen to be, and kept by a real engine."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.doctor import checks, jupyter_checks, privacy_checks
from jupyter_localai.doctor.case import Lab
from jupyter_localai.errors import LocalAIError
from jupyter_localai.privacy import peer, seccomp
from jupyter_localai.results.reports import Status
from jupyter_localai.results.servers import ServerReply
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.protocol.wire import Address
from tests.support.engines import Awaited

REFUSED = {"enforcement": "kernel", "python": True, "native": True, "offline": True}
CHOICE = Path("@jupyterlab", "apputils-extension", "notification.jupyterlab-settings")
COUNTERS = {"connections": 3, "unanswered": 1, "sent": 4567, "received": 8901}


def case(
    store="/nowhere", enforcement="kernel", engine=None, reader=None, told=None, models=(), cloud_off=None, **settings
):
    status = Status(0, 0, 0, 0, (), 0, told or {}, {"enforcement": enforcement, "chat_model": COUNTERS})
    tried = {"engine": REFUSED | (engine or {}), "reader": REFUSED | (reader or {})}
    seen = SimpleNamespace(models=models, cloud_off=cloud_off)
    return SimpleNamespace(config=Config(Path(store), **settings), status=status, models=seen, tried=tried, lab=None)


def kept(finding):
    assert finding.detail and (finding.ok or finding.remedy), finding
    return finding.ok


def test_a_socket_that_is_given_is_a_broken_promise():
    assert kept(privacy_checks.check_sockets(case())) and "native" in privacy_checks.check_sockets(case()).detail
    for who in ("engine", "reader"):
        for kind in ("python", "native"):
            finding = privacy_checks.check_sockets(case(**{who: {kind: False}}))
            assert not kept(finding) and who in finding.detail and kind in finding.detail
    finding = privacy_checks.check_sockets(case(enforcement="process", engine={"native": False}))
    assert kept(finding) and "only" in finding.detail
    assert not kept(
        privacy_checks.check_sockets(case(enforcement="process", engine={"native": False}, enforce="kernel"))
    )
    assert not kept(privacy_checks.check_sockets(case(enforcement="none")))
    assert "This process" in privacy_checks.check_sockets(case(enforcement="none", told={"read_only": True})).detail
    assert not kept(privacy_checks.check_sockets(case(reader={"python": None})))


def test_libraries_that_are_not_offline_are_a_broken_promise():
    assert kept(privacy_checks.check_libraries(case()))
    assert not kept(privacy_checks.check_libraries(case(engine={"offline": False})))


def test_where_the_chat_model_is_and_what_went_there_is_reported():
    detail = privacy_checks.check_address(case()).detail
    assert "on this machine" in detail and "3 connections, 4,567 bytes" in detail and "127.0.0.1:11434" in detail
    elsewhere = {"ollama_host": "http://192.0.2.1:80", "allow_hosts": ("192.0.2.1",)}
    assert "another machine" in privacy_checks.check_address(case(**elsewhere)).detail
    with pytest.raises(LocalAIError, match="not on this machine"):
        privacy_checks.check_address(case(ollama_host="http://192.0.2.1:80"))


def test_the_shared_server_and_what_went_there_is_reported():
    without = privacy_checks.check_shared_server(case())
    assert kept(without) and "none is contacted" in without.detail
    shared = case(shared_host="https://chroma.example:8443")
    shared.status.privacy["shared"] = {"address": "https://chroma.example:8443", **COUNTERS}
    shared.shared_server = ServerReply("https://chroma.example:8443", 0.0123)
    detail = privacy_checks.check_shared_server(shared).detail
    assert "takes the token" in detail and "12 ms" in detail and "3 connections, 4,567 bytes sent" in detail


def test_a_shared_server_that_does_not_answer_is_told_with_the_remedy(tmp_path, tiny):
    diagnosis = checks.doctor(tmp_path / "store", embedder=str(tiny), shared_host="http://127.0.0.1:9")
    (found,) = [check for check in diagnosis.checks if check.name == "shared server"]
    assert not found.ok and not found.needed and "http://127.0.0.1:9 does not answer" in found.detail and found.remedy


def test_a_shared_server_that_answers_is_told(tmp_path, tiny, chroma_server):
    diagnosis = checks.doctor(tmp_path / "store", embedder=str(tiny), shared_host=chroma_server.address)
    (found,) = [check for check in diagnosis.checks if check.name == "shared server"]
    assert found.ok and f"{chroma_server.address} is a Chroma server" in found.detail


def test_proxies_and_cloud_models_are_named(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert "no proxy" in privacy_checks.check_proxies(case()).detail
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@192.0.2.1:3128")
    detail = privacy_checks.check_proxies(case()).detail
    assert "HTTPS_PROXY" in detail and "secret" not in detail
    models = [SimpleNamespace(name="gpt-oss:120b-cloud", remote=True), SimpleNamespace(name="llama", remote=False)]
    detail = privacy_checks.check_cloud(case(models=models)).detail
    assert "gpt-oss:120b-cloud" in detail and "llama" not in detail
    assert "no model" in privacy_checks.check_cloud(case(models=models[1:])).detail
    assert "cloud is off" in privacy_checks.check_cloud(case(cloud_off=True)).detail
    assert "OLLAMA_NO_CLOUD=1" in privacy_checks.check_cloud(case(cloud_off=False)).detail


@pytest.mark.skipif(os.name == "nt", reason="modes of Unix")
def test_files_that_are_not_ones_own_or_open_to_others_are_a_broken_promise(tmp_path, monkeypatch):
    store, runtime = tmp_path / "store", tmp_path / "localai-x"
    for folder in (store, runtime):
        folder.mkdir(mode=0o700)
    (store / "catalogue.sqlite").touch()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(runtime / "engine"))
    (runtime / "engine").chmod(0o600)
    Address(1, 1, 1, "1", 0.0, "unix", socket=str(runtime / "engine")).write(store)
    finding = privacy_checks.check_files(case(store))
    assert kept(finding) and finding.detail.startswith("5 ")
    for path, mode in ((store, 0o750), (runtime, 0o701), (runtime / "engine", 0o666)):
        before = path.stat().st_mode
        path.chmod(mode)
        finding = privacy_checks.check_files(case(store))
        assert not kept(finding) and str(path) in finding.detail
        path.chmod(before)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert "another user" in privacy_checks.check_files(case(store)).detail


def test_whether_jupyterlab_looks_for_news_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(tmp_path)])
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_dir", lambda: str(tmp_path))
    found = jupyter_checks.check_news(case())
    assert not found.ok and "may fetch" in found.detail and "run: jupyter labextension disable @" in found.remedy
    page = tmp_path / "labconfig" / "page_config.json"
    page.parent.mkdir()
    for told, off in (
        ("no json", False),
        ({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": False}}, False),
        ({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}, True),
        ({"disabledExtensions": ["@jupyterlab/apputils-extension"]}, True),
    ):
        page.write_text(told if isinstance(told, str) else json.dumps(told))
        assert ("fetches no news" in jupyter_checks.check_news(case()).detail) is off
    page.unlink()
    chosen = (
        tmp_path / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    )
    chosen.parent.mkdir(parents=True)
    chosen.write_text('{ // mine\n "checkForUpdates": false }')
    assert "may fetch" in jupyter_checks.check_news(case()).detail
    chosen.write_text('{ // mine\n "checkForUpdates": false, "fetchNews": "false" }')
    assert "fetches no news" in jupyter_checks.check_news(case()).detail


def test_a_server_that_asks_is_told_of_its_own_jupyterlab(tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [])
    mine, everyones = tmp_path / "mine", tmp_path / "everyones"
    (mine / CHOICE).parent.mkdir(parents=True)
    everyones.mkdir()
    asked = case()
    asked.lab = Lab(mine, everyones)
    assert "may fetch" in jupyter_checks.check_news(asked).detail
    other = {"x:y": {"checkForUpdates": True}, "x:z": {"fetchNews": "true"}}
    off = {"@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}}
    (everyones / "overrides.json").write_text(json.dumps({**other, **off}))
    assert str(everyones) in jupyter_checks.check_news(asked).detail
    (mine / CHOICE).write_text('{ "fetchNews": "true" }')
    assert "may fetch" in jupyter_checks.check_news(asked).detail
    (mine / CHOICE).write_text("{ }")
    assert "fetches no news" in jupyter_checks.check_news(asked).detail


@pytest.mark.parametrize("transport", ["unix", "loopback"])
def test_a_real_engine_keeps_its_promises(tmp_path, tiny, transport):
    settings = {"embedder": str(tiny), "transport": transport}
    diagnosis = checks.doctor(tmp_path / "store", **settings)
    found = {check.name: check for check in diagnosis.checks}
    assert all(found[name].ok for name, _, needed in privacy_checks.PRIVACY_CHECKS if needed), diagnosis
    with la.connect(store=tmp_path / "store", **settings) as ai:
        told = ai.tried()
        assert Awaited(AsyncClient(ai.config)).tried() == told
    level = "kernel" if seccomp.is_available() else "process"
    wanted = {"enforcement": level, "python": True, "native": level == "kernel"}
    assert {name: told["engine"][name] for name in wanted} == {name: told["reader"][name] for name in wanted} == wanted
    assert told["engine"]["offline"]


BREACH = """
import sys
if "jupyter_localai.service" in sys.orig_argv:
    import jupyter_localai.privacy.seccomp as seccomp
    seccomp.refuse_sockets = lambda but_unix: None  # and yet it is said to be active
"""


@pytest.mark.skipif(os.name == "nt", reason="of Unix")
def test_the_command_ends_with_one_when_a_promise_is_broken(tmp_path, tiny, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BREACH)
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", ""), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "LOCALAI_EMBEDDER": str(tiny)}
    environment["LOCALAI_STORE"] = str(tmp_path / "store")
    command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", "doctor", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    told = json.loads(done.stdout)
    (broken,) = [check for check in told["checks"] if not check["ok"] and check["needed"]]
    assert (done.returncode, told["ok"], broken["name"]) == (1, False, "network sockets")
    assert "from native code" in broken["detail"]


def test_whose_server_is_at_the_chat_models_port_is_told(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        here = {"ollama_host": f"http://localhost:{port}"}
        monkeypatch.setattr(peer, "can_tell", lambda: True)
        monkeypatch.setattr(peer, "listener", lambda host, at: 0 if (host, at) == ("127.0.0.1", port) else None)
        finding = privacy_checks.check_address(case(**here))
        assert kept(finding) and "a server of root" in finding.detail
        monkeypatch.setattr(peer, "listener", lambda host, at: 54322)
        finding = privacy_checks.check_address(case(**here))
        assert not kept(finding) and "54322" in finding.detail and "allow_users" in finding.remedy
        assert kept(privacy_checks.check_address(case(**here, allow_users=("54322",))))
        monkeypatch.setattr(peer, "listener", lambda host, at: None)
        assert "nobody listens" in privacy_checks.check_address(case(**here)).detail
        monkeypatch.setattr(peer, "can_tell", lambda: False)
        assert "cannot be determined" in privacy_checks.check_address(case(**here)).detail

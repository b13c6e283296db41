"""The doctor: each check is made to fail on purpose, none stops another, and nothing is raised."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_localai.config import Config
from jupyter_localai.doctor import checks, jupyter_checks, missing_panel
from jupyter_localai.errors import EngineUnreachableError, LocalAIError
from jupyter_localai.results.reports import ModelInfo, Models, Status, Suggestion
from tests.support.ollama import StandIn, llama

NO_SERVER = SimpleNamespace(lab=None)


def case(store, status=None, models=None, **settings):
    """What the checks look at, without an engine."""
    return SimpleNamespace(config=Config(Path(store), **settings), status=status, models=models)


def status(enforcement="process", **engine):
    told = {"pid": 1, "version": checks.__version__, **engine}
    return Status(0, 0, 0, 0, (), 0, told, {"enforcement": enforcement})


def models(*found):
    return Models("http://127.0.0.1:11434", "0.9", 16_000_000_000, 0, found, (Suggestion("qwen3:4b", "Qwen", 1),))


def model_info(name, **changes):
    told = {"bytes": 1, "memory_bytes": 1, "gpu_bytes": 0, "context_tokens": 0, "used_context_tokens": 0}
    told |= {"family": "", "parameters": "", "quantisation": "", "licence": ""}
    told |= {"fits": True, "chats": True, "thinks": False, "loaded": False, "remote": False}
    return ModelInfo(name=name, **{**told, **changes})


def well(finding):
    assert finding.detail and (finding.ok or finding.remedy), finding
    return finding.ok


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """Jupyter's folders of this user and no others."""
    monkeypatch.setattr(missing_panel, "USUAL_FOLDER", tmp_path / "nowhere")
    for name in ("jupyter_path", "jupyter_config_path"):
        monkeypatch.setattr(f"jupyter_core.paths.{name}", lambda *parts, n=name: [str(tmp_path.joinpath(n, *parts))])
    return tmp_path


def put(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def test_an_incomplete_installation_is_reported(monkeypatch):
    assert well(checks.check_version(None))
    monkeypatch.setattr(checks, "LIBRARIES", ("json", "no_such_library"))
    finding = checks.check_version(None)
    assert not well(finding) and "no_such_library" in finding.detail
    monkeypatch.setattr(checks, "__version__", "unknown")
    assert not well(checks.check_version(None))


def test_a_store_is_looked_at(tmp_path, monkeypatch):
    store = tmp_path / "a" / "store"
    finding = checks.check_store(case(store))
    assert well(finding) and "will be created" in finding.detail and not store.exists()
    store.mkdir(parents=True, mode=0o700)
    assert "only by you" in checks.check_store(case(store)).detail
    store.chmod(0o750)
    finding = checks.check_store(case(store))
    assert not well(finding) and "chmod 700" in finding.remedy
    store.chmod(0o700)
    store.parent.chmod(0o777)
    finding = checks.check_store(case(store))
    assert not well(finding) and str(store.parent) in finding.remedy
    store.parent.chmod(0o700)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert "another user" in checks.check_store(case(store)).detail
    monkeypatch.undo()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not well(checks.check_store(case(store)))
    monkeypatch.undo()
    monkeypatch.setattr(checks, "disk_kind", lambda path: "nfs4")
    assert "nfs4" in checks.check_store(case(store)).detail
    monkeypatch.undo()
    monkeypatch.setattr(checks, "LEAST_FREE_BYTES", 2**62)
    assert "almost full" in checks.check_store(case(store)).detail
    monkeypatch.undo()
    (tmp_path / "file").write_text("")
    assert "not a folder" in checks.check_store(case(tmp_path / "file" / "store")).detail


def test_weights_are_looked_at(tmp_path, tiny):
    assert well(checks.check_weights(case(tmp_path, embedder=str(tiny))))
    with pytest.raises(LocalAIError, match="no weights"):
        checks.check_weights(case(tmp_path, embedder=str(tmp_path)))
    served = models(model_info(name="nomic-embed-text:latest"))
    assert well(checks.check_weights(case(tmp_path, embedder="ollama:nomic-embed-text", models=served)))
    assert not well(checks.check_weights(case(tmp_path, embedder="ollama:other", models=served)))


def test_the_engine_is_looked_at(tmp_path):
    assert well(checks.check_engine(case(tmp_path, status())))
    assert well(checks.check_engine(case(tmp_path, status(version=None, read_only=True))))
    assert not well(checks.check_engine(case(tmp_path, status(version="0.0.1"))))


def test_ollama_and_a_chat_model_are_looked_at(tmp_path):
    good, large = model_info(name="good"), model_info(name="large", fits=False)
    other = [model_info(name="cloud", remote=True), model_info(name="embeds", chats=False)]
    assert well(checks.check_ollama(case(tmp_path, models=models(good))))
    with pytest.raises(LocalAIError, match="not on this machine"):
        checks.check_ollama(case(tmp_path, models=models(good), ollama_host="http://192.0.2.1"))
    assert "good" in checks.check_chat_model(case(tmp_path, models=models(large, *other, good))).detail
    for found in ((), other, (large,)):
        finding = checks.check_chat_model(case(tmp_path, models=models(*found)))
        assert not well(finding) and "qwen3:4b" in finding.remedy
    assert not well(checks.check_chat_model(case(tmp_path, models=models(good), model="missing")))
    assert not well(checks.check_chat_model(case(tmp_path, models=models(good, large), model="large")))


def test_the_panel_is_looked_for_and_whether_it_is_on(jupyter):
    assert "not installed" in jupyter_checks.check_lab_extension(NO_SERVER).detail
    panel = jupyter / "jupyter_path" / "labextensions" / "jupyter-localai"
    panel.mkdir(parents=True)
    assert "incomplete" in jupyter_checks.check_lab_extension(NO_SERVER).detail
    put(panel / "package.json", {})
    page = jupyter / "jupyter_config_path" / "labconfig" / "page_config.json"
    for told in ({}, "no json", [], {"disabledExtensions": {"jupyter-localai": False}}, {"disabledExtensions": []}):
        put(page, told)
        assert well(jupyter_checks.check_lab_extension(NO_SERVER))
    for told in ({"jupyter-localai": True}, ["jupyter-localai"]):
        put(page, {"disabledExtensions": told})
        finding = jupyter_checks.check_lab_extension(NO_SERVER)
        assert not well(finding) and "enable" in finding.remedy


def test_whether_the_server_loads_us_is_looked_up(jupyter):
    folder = jupyter / "jupyter_config_path"
    assert "No configuration" in jupyter_checks.check_server_extension(NO_SERVER).detail
    for told in ("no json", [], {"ServerApp": []}, {"ServerApp": {"jpserver_extensions": []}}):
        put(folder / "jupyter_server_config.d" / "x.json", told)
        assert not well(jupyter_checks.check_server_extension(NO_SERVER))
    put(
        folder / "jupyter_server_config.d" / "x.json", {"ServerApp": {"jpserver_extensions": {"jupyter_localai": True}}}
    )
    assert well(jupyter_checks.check_server_extension(NO_SERVER))
    put(folder / "jupyter_server_config.json", {"ServerApp": {"jpserver_extensions": {"jupyter_localai": False}}})
    finding = jupyter_checks.check_server_extension(NO_SERVER)
    assert not well(finding) and "enable" in finding.remedy


def check(diagnosis, name):
    (found,) = [check for check in diagnosis.checks if check.name == name]
    return found


def test_wrong_settings_are_reported_once_and_stop_nothing(home, jupyter):
    diagnosis = checks.doctor(no_such_setting=1)
    assert not diagnosis.ok and "no_such_setting" in check(diagnosis, "settings").detail
    assert check(diagnosis, "engine").remedy == check(diagnosis, "store").remedy == "See settings."
    assert check(diagnosis, "version").ok and diagnosis.enforcement == "unknown"
    assert [told.name for told in diagnosis.checks] == [name for name, *_ in checks.CHECKS]


def test_an_engine_that_does_not_start_is_tried_once(tmp_path, monkeypatch):
    tried = []

    def connect(**settings):
        tried.append(settings)
        raise EngineUnreachableError("The engine does not start.", "Look at engine.log.", code="engine_start")

    monkeypatch.setattr(checks, "connect", connect)
    diagnosis = checks.doctor(tmp_path / "store")
    assert len(tried) == 1 and not diagnosis.ok
    assert check(diagnosis, "engine").remedy == "Look at engine.log."
    assert check(diagnosis, "network sockets").remedy == check(diagnosis, "ollama").remedy == "See engine."


def test_an_accident_of_one_check_stops_nothing(tmp_path, monkeypatch):
    def fall(*_, **__):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(checks, "connect", fall)
    monkeypatch.setattr(checks, "CHECKS", tuple((name, fall, needed) for name, _, needed in checks.CHECKS))
    diagnosis = checks.doctor(tmp_path / "store")
    assert all("ZeroDivisionError: by zero" in told.detail and told.remedy for told in diagnosis.checks)


def test_the_doctor_needs_no_library_of_the_engine():
    code = (
        "import sys\nfor name in ('numpy', 'chromadb', 'psutil', 'httpx', 'onnxruntime', 'tokenizers'):\n"
        "    sys.modules[name] = None\n"
        "from jupyter_localai.doctor import checks\ndiagnosis = checks.doctor('/proc/nowhere')\n"
        "print(diagnosis.ok, len(diagnosis.checks))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.split() == ["False", str(len(checks.CHECKS))]


@pytest.fixture
def ollama():
    stand_in = StandIn()
    stand_in.models = [llama(size=1_000_000)]
    yield stand_in
    stand_in.stop()


def test_a_whole_examination(tmp_path, tiny, ollama, monkeypatch):
    settings = {"embedder": str(tiny), "ollama_host": ollama.address}
    diagnosis = checks.doctor(tmp_path / "store", **settings)
    assert diagnosis.ok and diagnosis.failed == () and diagnosis.enforcement in ("process", "kernel")
    assert {told.name for told in diagnosis.checks if not told.ok} <= {
        "lab extension",
        "server extension",
        "news of JupyterLab",
        "kernels' ports",  # where the machine has other users
        "IPython's history",
    }
    assert "llama3.1:8b" in check(diagnosis, "chat model").detail
    alone = checks.doctor(tmp_path / "other", embedder=str(tiny))
    assert alone.ok and not check(alone, "ollama").ok and "ollama serve" in check(alone, "ollama").remedy
    assert not check(alone, "chat model").ok


def test_the_command_says_so_by_its_status(tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", "doctor"]
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    told = json.loads(done.stdout)
    assert told["ok"] and set(told) == {"ok", "checks", "enforcement"}
    assert {"name", "ok", "detail", "remedy"} <= set(told["checks"][0])
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tmp_path / "nothing"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1 and "FAILED" in done.stdout and "missing ollama" in done.stdout


def test_the_diagnosis_is_drawn(tmp_path, monkeypatch):
    diagnosis = checks.doctor(no_such_setting=1)
    broken = dataclasses.replace(diagnosis.checks[0], ok=False, detail="<img src=x>\x1b[2J", remedy="<b>")
    forms = dataclasses.replace(diagnosis, checks=(broken,))._repr_mimebundle_()
    assert "<img" not in forms["text/html"] and "<b>" not in forms["text/html"]
    assert not any("\x1b" in form for form in forms.values())

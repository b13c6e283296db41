"""pull-embedder through the real command line, against a hub on loopback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jupyter_localai.adapters.terminal import cli
from jupyter_localai.embed import weights
from jupyter_localai.embed.base import LocalEmbedder
from jupyter_localai.embed.cross_encoder import CrossEncoder
from jupyter_localai.errors import EmbedderError
from tests.support import tiny_bert
from tests.support.hub import COMMIT, Hub

pty = pytest.importorskip("pty")  # Windows has no such terminals

COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]
NAME = "acme/tiny-embedder"


@pytest.fixture
def hub(monkeypatch, home):
    hub = Hub()
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("LOCALAI_STORE", str(home / "store"))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    hub.repositories[NAME] = {
        **tiny_bert.files("annual leave of the staff boats wind gauge lightning"),
        "README.md": b"# tiny",
        "modeling_tiny.py": b"raise SystemExit('code was run')",
        "pytorch_model.bin": b"pickle",
        "onnx/model.onnx": b"onnx",
        "onnx/config.json": b"{}",
    }
    yield hub
    hub.stop()


def run(*words, **keywords):
    keywords.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=120, check=False, **keywords)


def pull(*words):
    return run("pull-embedder", NAME, "--yes", "--json", *words)


def failed(done):
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def change(hub, name, **changes):
    told = json.loads(hub.repositories[NAME][name])
    hub.repositories[NAME][name] = json.dumps({**told, **changes}).encode()


def test_a_model_is_downloaded_pinned_and_used(hub, folder):
    assert "pull-embedder" in json.loads(run("index", str(folder), "--json", env=with_embedder()).stdout)["remedy"]
    done = pull()
    assert done.returncode == 0, done.stdout + done.stderr
    pulled = json.loads(done.stdout)
    assert (pulled["name"], pulled["revision"], pulled["licence"]) == (NAME, COMMIT, "apache-2.0")
    assert pulled["host"] == f"127.0.0.1:{hub.port}"
    assert f"127.0.0.1:{hub.port}" in done.stderr and "apache-2.0" in done.stderr and COMMIT in done.stderr
    there = Path(pulled["folder"])
    present = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    unwanted = {"README.md", "modeling_tiny.py", "pytorch_model.bin", "onnx/model.onnx", "onnx/config.json"}
    assert present == set(hub.repositories[NAME]) - unwanted
    assert pulled["bytes"] == sum(len(hub.repositories[NAME][name]) for name in present)

    (there.parent / ("f" * 40)).mkdir()  # another program asks for a newer commit
    (there.parents[1] / "refs" / "main").write_text("f" * 40)
    asked = len(hub.requests)
    report = json.loads(run("index", str(folder), "--json", env=with_embedder()).stdout)
    assert report["added"] == 3
    hits = json.loads(run("search", "annual leave of the staff", "--json", env=with_embedder()).stdout)["hits"]
    assert hits[0]["path"].endswith("leave.md")
    assert len(hub.requests) == asked  # using it contacts nobody


def with_embedder():
    return {**os.environ, "LOCALAI_EMBEDDER": NAME}


def test_what_is_sent_is_the_name_and_nothing_else(hub):
    assert pull().returncode == 0
    for _, path, headers in hub.requests:
        assert NAME in path  # no telemetry, no registry of anything
        assert "authorization" not in headers and "cookie" not in headers
        assert "torch" not in headers["user-agent"] and "agent/" not in headers["user-agent"].replace("user-agent/", "")
    assert all(COMMIT in path for path in hub.paths("HEAD"))


def test_a_second_time_nothing_is_downloaded_again(hub, home):
    assert pull("--revision", "main").returncode == 0
    assert not (home / "store").exists()  # neither store nor index is opened
    asked = len(hub.requests)
    assert pull("--revision", COMMIT).returncode == 0
    assert len(hub.requests) == asked + 1


def test_the_same_vectors_as_sentence_transformers(hub):
    assert pull().returncode == 0
    code = (
        "import sys, numpy as np, sentence_transformers as st;"
        "m = st.SentenceTransformer(sys.argv[1]);"
        "np.save(sys.argv[2], np.stack([m.encode_query('wind'), m.encode_document('wind')]))"
    )
    found = weights.find(NAME)
    target = found.folder.parent / "vectors.npy"
    subprocess.run([sys.executable, "-c", code, str(found.folder), str(target)], check=True, capture_output=True)
    theirs = np.load(target)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    embedder = LocalEmbedder(found)
    ours = np.stack([embedder.embed_query("wind"), embedder.embed(["wind"])[0]])
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.abs(ours[0] - ours[1]).max() > 1e-3


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_without_its_checksum_is_removed(hub, name):
    content = hub.repositories[NAME][name]
    hub.sent[name] = content[:-1] + bytes([content[-1] ^ 1])
    error = failed(pull())
    assert error["code"] == "weights_altered" and name in error["message"]
    left = [path for path in weights.hub_folder(NAME).rglob("*") if path.is_file()]
    assert not any(path.read_bytes() == hub.sent[name] for path in left)
    with pytest.raises(EmbedderError):
        weights.find(NAME)
    hub.sent.clear()
    assert pull().returncode == 0
    assert weights.find(NAME).name == "tiny-embedder"


def test_without_safetensors_nothing_is_downloaded(hub):
    del hub.repositories[NAME]["model.safetensors"]
    assert failed(pull())["code"] == "no_safetensors"
    assert not hub.paths("HEAD")


def test_a_pickled_part_is_refused(hub):
    hub.repositories[NAME]["2_Dense/pytorch_model.bin"] = b"pickle"
    error = failed(pull())
    assert error["code"] == "no_safetensors" and "2_Dense/model.safetensors" in error["message"]


def test_what_is_no_embedding_model_is_refused_before_its_weights(hub):
    del hub.repositories[NAME]["modules.json"]
    error = failed(pull())
    assert error["code"] == "not_an_embedder" and "modules.json" in error["message"]
    assert not any("safetensors" in path for _, path, _ in hub.requests)


def test_a_reranker_is_downloaded_and_used(hub):
    hub.repositories[NAME] = tiny_bert.reranker_files("wind limit of boats")
    done = run("pull-embedder", NAME, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'reranker = "{NAME}"' in done.stdout and "rebuild" not in done.stdout
    assert CrossEncoder(NAME, 1).score("wind", ["boats", "wind limit"]).shape == (2,)


@pytest.mark.parametrize("where", ["auto_map", "modules"])
def test_a_model_with_code_of_its_own_is_refused_before_its_weights(hub, where):
    if where == "auto_map":
        change(hub, "config.json", auto_map={"AutoModel": "modeling_tiny.Tiny"})
    else:
        modules = [{"idx": 0, "name": "0", "path": "", "type": "modeling_tiny.Tiny"}]
        hub.repositories[NAME]["modules.json"] = json.dumps(modules).encode()
    assert failed(pull())["code"] == "needs_code"
    assert not any("safetensors" in path for _, path, _ in hub.requests)


def test_a_model_with_code_of_its_own_is_not_loaded_from_a_folder_either(tmp_path):
    parts = tiny_bert.files()
    parts["modules.json"] = json.dumps([{"idx": 0, "name": "0", "path": "", "type": "own.Module"}]).encode()
    parts["own.py"] = b"raise SystemExit('code was run')"
    tiny_bert.write(tmp_path / "model", parts)
    with pytest.raises(EmbedderError) as caught:
        LocalEmbedder(weights.find(str(tmp_path / "model"))).embed(["x"])
    assert caught.value.code == "needs_code"


def test_unknown_names_and_revisions_are_told_apart(hub):
    error = failed(run("pull-embedder", "acme/nothing", "--yes", "--json"))
    assert error["code"] == "unknown_embedder" and "no model acme/nothing" in error["message"]
    error = failed(pull("--revision", "v9"))
    assert error["code"] == "unknown_embedder" and "no revision v9" in error["message"]


def test_a_name_without_a_slash_is_one_of_sentence_transformers(hub):
    hub.repositories["sentence-transformers/tiny"] = hub.repositories[NAME]
    done = run("pull-embedder", "tiny", "--yes")
    assert done.returncode == 0, done.stderr
    assert 'embedder = "tiny"' in done.stdout and "jupyter localai rebuild" in done.stdout
    assert weights.find("tiny").folder == weights.find("sentence-transformers/tiny").folder


def test_no_answer_is_a_clear_error(hub):
    hub.gone = True
    error = failed(pull())
    assert error["code"] == "hub_failed" and f"127.0.0.1:{hub.port}" in error["message"]
    hub.stop()
    assert failed(pull())["code"] == "hub_failed"
    hub.__init__()


def test_without_a_terminal_and_without_yes_nobody_is_contacted(hub):
    done = run("pull-embedder", NAME, "--json")
    assert done.returncode == 2 and "--yes" in json.loads(done.stdout)["remedy"]
    assert not hub.requests


@pytest.mark.parametrize(("answer", "status"), [(b"\n", 1), (b"n\n", 1), (b"y\n", 0)])
def test_at_a_terminal_it_asks(hub, answer, status):
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    done = run("pull-embedder", NAME, "--json", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert "Download it? [y/N]" in done.stderr
    assert done.returncode == status and done.stdout.count("\n") == 1
    if status:
        assert json.loads(done.stdout)["code"] == "declined"
        assert not hub.paths("HEAD") and not weights.hub_folder(NAME).exists()


def test_ctrl_c_keeps_the_files_that_are_complete(hub):
    hub.pause = 600
    process = subprocess.Popen(
        [*COMMAND, "pull-embedder", NAME, "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert hub.paused.wait(60)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in stderr
    with pytest.raises(EmbedderError):
        weights.find(NAME)
    hub.pause = 0
    hub.requests.clear()
    assert pull().returncode == 0
    assert [path for path in hub.paths() if "api" not in path] == [f"/storage/{NAME}/model.safetensors"]
    assert not list(weights.hub_folder(NAME).rglob("*.incomplete"))


def test_only_this_command_may_reach_beyond_the_machine(hub):
    code = (
        "import sys; from jupyter_localai.privacy import guard; from jupyter_localai.adapters.terminal import cli;"
        "cli.main(sys.argv[1:]); print(guard.enforcement())"
    )
    for words, expected in ((["pull-embedder", NAME, "--yes"], "none"), (["collections"], "process")):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
        assert done.stdout.split()[-1] == expected


def test_a_hub_without_encryption_is_refused(hub):
    done = run("pull-embedder", NAME, "--yes", "--json", env={**os.environ, "HF_ENDPOINT": "http://example.org"})
    assert failed(done)["code"] == "host_refused"


@pytest.mark.parametrize("name", ["../x", "a/b/c", "/tmp/model", "a b", ""])
def test_what_is_no_name_is_wrong_use(name):
    assert cli.main(["pull-embedder", name, "--yes"]) == 2


def test_a_model_of_ollamas_is_left_to_ollama(capsys):
    assert cli.main(["pull-embedder", "ollama:nomic-embed-text", "--yes", "--json"]) == 2
    assert "models pull nomic-embed-text" in json.loads(capsys.readouterr().out)["remedy"]

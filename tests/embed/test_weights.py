import shutil

import pytest

from jupyter_localai.embed import weights
from jupyter_localai.errors import EmbedderError
from tests.support import probe


def make(folder, content=b"weights"):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(content)
    return folder


@pytest.mark.model
def test_packaged_weights_are_found_and_verified():
    found = weights.find(weights.DEFAULT_NAME)
    assert found.sha256 == weights.PACKAGE_SHA256
    assert found.name == "all-MiniLM-L6-v2"


def test_altered_packaged_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_packaged", lambda: make(tmp_path / "model", b"altered"))
    with pytest.raises(EmbedderError) as caught:
        weights.find(weights.DEFAULT_NAME)
    assert caught.value.code == "weights_altered"
    assert "reinstall" in caught.value.remedy


def test_without_weights_both_ways_to_get_them_are_named(monkeypatch):
    monkeypatch.setattr(weights, "_packaged", lambda: None)
    with pytest.raises(EmbedderError) as caught:
        weights.find(weights.DEFAULT_NAME)
    assert caught.value.code == "no_weights"
    assert "jupyter-localai[offline]" in caught.value.remedy
    assert "LOCALAI_EMBEDDER" in caught.value.remedy


def test_a_folder_is_taken_as_it_is(tmp_path, monkeypatch, home):
    folder = make(tmp_path / "my-model")
    assert weights.find(str(folder)).folder == folder
    shutil.copytree(folder, home / "models" / "mine")
    assert weights.find("~/models/mine").folder == home / "models" / "mine"


def test_an_empty_folder_and_pickled_weights_are_refused(tmp_path):
    with pytest.raises(EmbedderError, match="no weights"):
        weights.find(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(EmbedderError, match="can run code"):
        weights.find(str(tmp_path))


def test_weights_that_cannot_be_read_are_told(tmp_path, monkeypatch):
    def refuse(file, mode):
        raise PermissionError(13, "Permission denied", str(file))

    folder = make(tmp_path / "model")
    monkeypatch.setattr(weights, "open", refuse, raising=False)
    with pytest.raises(EmbedderError, match="Permission denied") as caught:
        weights.find(str(folder))
    assert caught.value.code == "weights_unreadable"


def test_the_local_hub_cache_is_the_last_resort(home, monkeypatch):
    monkeypatch.setattr(weights, "_packaged", lambda: None)
    base = home / "xdg_cache_home" / "huggingface" / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2"
    folder = make(base / "snapshots" / "abc")
    (base / "refs").mkdir()
    (base / "refs" / "main").write_text("abc")
    assert weights.find("sentence-transformers/all-MiniLM-L6-v2").folder == folder


@pytest.mark.model
@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.txt", "1_Pooling/config.json", "config.json"])
def test_packaged_weights_with_another_tokenizer_or_configuration_are_refused(tmp_path, monkeypatch, name):
    folder = probe.move_packaged_weights(monkeypatch, lambda packaged: shutil.copytree(packaged, tmp_path / "model"))
    assert weights.find(weights.DEFAULT_NAME).files_sha256 == weights.PACKAGE_FILES_SHA256
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(EmbedderError) as caught:
        weights.find(weights.DEFAULT_NAME)
    assert caught.value.code == "weights_altered"

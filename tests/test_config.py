from pathlib import Path

import pytest

from jupyter_localai.config import config_file, received, resolve
from jupyter_localai.errors import ConfigError


def write(text):
    file = config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_defaults_need_no_configuration(home):
    config = resolve()
    assert config.store.is_relative_to(home)
    assert config.store.name == "localai"
    assert config.embedder == "all-MiniLM-L6-v2"


def test_argument_beats_environment_beats_file(monkeypatch, tmp_path):
    write('embedder = "from-file"\nmax_file_mb = 5\nstore = "/from-file"\n')
    assert resolve().embedder == "from-file"
    assert resolve().max_file_bytes == 5 * 2**20
    monkeypatch.setenv("LOCALAI_EMBEDDER", "from-environment")
    assert resolve().embedder == "from-environment"
    assert resolve({"embedder": "from-argument"}).embedder == "from-argument"
    assert resolve({"embedder": None}).embedder == "from-environment"
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path))
    assert resolve().store == tmp_path


def test_store_may_start_with_the_home_sign(home):
    assert resolve({"store": "~/there"}).store == home / "there"
    assert resolve({"store": "relative"}).store == Path.cwd() / "relative"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('embeder = "x"', "Did you mean 'embedder'"),
        ("max_file_mb = 0", "at least 1"),
        ('threads = "many"', "whole number"),
        ('device = "gpu"', "auto, cpu, cuda, mps"),
        ("= broken", "cannot be read"),
    ],
)
def test_mistakes_are_explained_with_their_place(text, told):
    write(text)
    with pytest.raises(ConfigError, match=told) as caught:
        resolve()
    assert str(config_file()) in caught.value.message
    assert caught.value.code == "config"


def test_a_mistake_in_the_environment_names_the_variable(monkeypatch):
    monkeypatch.setenv("LOCALAI_PRECISION", "float8")
    with pytest.raises(ConfigError, match="LOCALAI_PRECISION"):
        resolve()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threads", float("inf")),
        ("threads", [1]),
        ("temperature", {}),
        ("temperature", 10**400),
        ("idle_minutes", float("nan")),
        ("allow_hosts", True),
        ("allow_hosts", [1]),
        ("allow_hosts", {"a": "b"}),
        ("ollama_host", []),
        ("model", {"x": 1}),
        ("store", [1]),
        ("quotes", []),
        ("enforce", None),
    ],
)
def test_a_setting_of_the_wrong_kind_is_told(name, value):
    with pytest.raises(ConfigError, match=name):
        received({name: value})


@pytest.mark.parametrize("name", ["threads", "temperature"])
def test_a_path_is_no_number(name, tmp_path):
    with pytest.raises(ConfigError, match=name):
        resolve({name: tmp_path})

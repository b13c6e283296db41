"""What the documents promise is true: code runs, settings and commands exist, languages share a version."""

import dataclasses
import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_localai.adapters import cli
from jupyter_localai.config import Config

ROOT = Path(__file__).parent.parent


def test_every_setting_is_documented_and_nothing_else_is():
    table = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert [name for name, *_ in table] == [field.name for field in dataclasses.fields(Config)]
    for name, variable, default in table:
        assert variable == f"LOCALAI_{name.upper()}"
        if name != "store":
            value = getattr(Config, name)
            assert default == f"`{str(value).lower() if value is True else value}`"


def test_every_command_of_the_readme_exists():
    used = re.findall(r"^jupyter localai ([\w-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert used and set(used) <= set(cli.COMMANDS)


def test_every_file_of_the_architecture_exists():
    text = (ROOT / "docs" / "architecture.md").read_text()
    for name in re.findall(r"^  (\w+\.py) ", text, re.MULTILINE):
        assert (ROOT / "jupyter_localai" / name).is_file(), name


@pytest.mark.model
def test_the_readme_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert "No boat may leave the slipway when the mean wind exceeds 21 knots" in capsys.readouterr().out
    names["ai"].close()


def test_both_halves_have_one_version():
    assert version("jupyter-localai") == json.loads((ROOT / "extension" / "package.json").read_text())["version"]


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (ROOT / "extension" / "package-lock.json").read_text()


def test_every_proof_of_the_privacy_page_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "PRIVACY.md").read_text())
    assert len(named) > 40
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{name}"

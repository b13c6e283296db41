"""What a team does in a shell: the recipes for pipelines, and a collection in one file."""

import json
import re
import shlex
from pathlib import Path

import pytest

from jupyter_localai.adapters.terminal import cli
from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe

PAGE = Path(__file__).parents[3] / "docs" / "teams.md"
RECIPES = re.findall(r"^ +(?:entry|- run): jupyter localai (.+)$", PAGE.read_text(), re.MULTILINE)


@pytest.fixture
def project(tmp_path, folder, tiny, monkeypatch):
    """The working folder is a project with a lock and questions, and a store with an engine."""
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    monkeypatch.chdir(folder)
    probe.open_engine(Client(Config(tmp_path / "store", embedder=str(tiny), precision="float32")))
    (folder / "questions.jsonl").write_text('{"question": "annual leave of staff", "file": "leave.md"}\n')
    assert run("project init --name handbook") == 0
    file = folder / "localai-project.toml"
    file.write_text(f'questions = "questions.jsonl"\n{file.read_text()}')
    assert run("project lock") == 0
    return folder


def run(line):
    return cli.main(shlex.split(line))


def test_the_recipes_for_pipelines_run_and_stop_at_a_difference(project, capsys):
    assert {"project lock --check", "project index", "project eval"} <= set(RECIPES)
    for line in RECIPES:
        assert run(line) == 0, line
    assert "recall at" in capsys.readouterr().out
    (project / "leave.md").write_text("Something else.\n")
    assert run("project lock --check") == 1
    assert "changed: leave.md" in capsys.readouterr().out


def test_a_collection_in_one_file(project, capsys):
    assert run("export -c handbook") == 0
    assert "to handbook.localai" in capsys.readouterr().out and (project / "handbook.localai").is_file()
    assert run("import handbook.localai --inspect") == 0
    assert "texts and vectors" in capsys.readouterr().out
    assert run("import handbook.localai --as again --root . --json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["collection"], told["embedded"], told["here"]) == ("again", 0, told["documents"])
    assert run("import handbook.localai") == 1
    assert "--as NAME" in capsys.readouterr().err

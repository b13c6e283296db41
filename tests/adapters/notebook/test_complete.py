"""What can follow in a line, as far as no engine is asked."""

import os

import pytest

from jupyter_localai.adapters.arguments import COMMANDS, add_commands
from jupyter_localai.adapters.notebook import complete
from jupyter_localai.adapters.parsing import Parser
from jupyter_localai.config import Config
from tests.support.engines import running


@pytest.fixture
def completer(tmp_path, monkeypatch):
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in ("plain.md", "two words.md", 'a"b.md', "it's.md", ".hidden"):
        (place / name).touch()
    (place / "sub folder").mkdir()
    ask = Parser(prog="%ask")
    COMMANDS["ask"].declare(ask)
    commands = add_commands(Parser(prog="%localai"), [name for name in COMMANDS if name != "ask"])
    return complete.Completer(commands, ask, lambda: Config(tmp_path / "store"))


def test_lines_of_others_are_left_alone(completer):
    for line in (
        "",
        "x",
        "index pl",
        "%time ind",
        "ask = pl",
        "ask(pl",
        "localai.pl",
        "%asking -",
        "%ask {{ pl",
        "x %ask -",
    ):
        assert completer(line, True) == ("", [])
    assert completer("localai ind", False) == ("", [])


@pytest.mark.parametrize(
    ("typed", "part", "found"),
    [
        ("pl", "pl", ["plain.md"]),
        ("tw", "tw", ['"two words.md"']),
        ("two\\ w", "two\\ w", ['"two words.md"']),
        ('"two w', '"two w', ['"two words.md"']),
        ('"pl', '"pl', ['"plain.md"']),
        ("su", "su", ['"sub folder/']),
        ("a", "a", ["'a\"b.md'"]),
        ("i", "i", ['"it\'s.md"']),
        ("./pl", "./pl", ["./plain.md"]),
        (".h", ".h", [".hidden"]),
        ("nothing/", "nothing/", []),
        ("plain.md tw", "tw", ['"two words.md"']),
        ("plain.md --include ", "", []),
        ("--no", "--no", ["--no-ignore"]),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="paths of Unix")
def test_paths_are_quoted_where_they_must_be(completer, typed, part, found):
    assert completer(f"%localai index {typed}", False) == (part, found)


def test_no_engine_is_started_to_complete(completer, engines):
    assert completer("%ask -c ", False) == ("", [])
    assert completer("%localai models pull ", False) == ("", [])
    assert running(engines) == []


def test_names_of_documents_follow_the_sign(completer, monkeypatch):
    asked = []

    def names(config, kind):
        asked.append(kind)
        return ["@plain.md", "@plan.pdf", "@other.md", '@"two words.md"']

    monkeypatch.setattr(complete, "_ask_engine", names)
    assert completer("%ask -c hr What is in @pla", False) == ("@pla", ["@plain.md", "@plan.pdf"])
    assert completer("%localai search boats @o", False) == ("@o", ["@other.md"])
    assert completer('%ask Compare @plain.md with @"two w', False) == ('@"two w', ['@"two words.md"'])
    assert completer("%ask -c hr -c all @two", False) == ("@two", ['@"two words.md"'])
    assert [kind.split() for kind in asked] == [["documents", name] for name in ("hr", "default", "all")]


def test_names_of_documents_follow_the_sign_in_the_body_of_a_cell(completer, monkeypatch):
    monkeypatch.setattr(complete, "_ask_engine", lambda config, kind: ["@plain.md", "@plan.pdf", "@other.md"])
    assert completer.body("%%ask -c hr", "and what is in @pla") == ("@pla", ["@plain.md", "@plan.pdf"])
    assert completer.body("%%ask -c hr", "mail to ann@pla") == ("", [])
    assert completer.body("%%time", "@pla") == ("", [])


def test_actions_and_help(completer):
    assert completer("%localai engine ", False) == ("", ["start", "stop", "status"])
    assert completer("%localai help sta", False) == ("sta", ["status"])
    assert completer("%localai conversations s", False) == ("s", ["show"])
    assert completer("%localai nothing s", False) == ("s", [])

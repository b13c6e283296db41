"""Each verb is written once: both clients have it, and the engine can do it."""

import glob
import inspect

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import UsageError
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.client.methods import Stream, Verb
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.client.verbs import Verbs
from jupyter_localai.service.process.operations import Operations

VERBS = {name: value for kind in Verbs.__mro__ for name, value in vars(kind).items()}
NAMES = sorted(name for name, value in VERBS.items() if isinstance(value, (Verb, Stream)))
OF_A_PROGRAM = {"stream": "ask", "stream_summary": "summarize"}
"""Methods of clients that are another way to use an operation."""
OF_THE_PROCESS = {"ready"}
"""Operations that no method of a client is for: they belong to opening one."""


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def engine_methods():
    return public(Engine) - {
        "open",
        "open_read_only",
        "using",
        "close",
        "config",
        "is_quick_to_compact",
        "stale",
        "watched",
    }


def test_both_clients_have_the_same_methods():
    assert public(Client) - public(AsyncClient) == {"until"}  # awaited calls are cancelled with their task
    assert public(AsyncClient) - public(Client) == {"changes"}  # which never ends
    assert set(NAMES) == public(Client) & public(AsyncClient) - {"close"}


@pytest.mark.parametrize("name", NAMES)
def test_a_verb_reads_the_same_in_both_clients(name):
    blocking, awaited = getattr(Client, name), getattr(AsyncClient, name)
    assert blocking.__doc__ and blocking.__doc__ == awaited.__doc__
    assert blocking.__name__ == awaited.__name__ == name
    ours, theirs = inspect.signature(blocking), inspect.signature(awaited)
    assert ours.parameters == theirs.parameters and next(iter(ours.parameters)) == "self"
    assert name in OF_A_PROGRAM or ours.return_annotation == theirs.return_annotation
    assert "Request" not in str(ours)
    assert inspect.iscoroutinefunction(awaited) == (name not in OF_A_PROGRAM)


def test_a_method_of_a_client_knows_its_client(tmp_path):
    client = Client(Config(tmp_path / "store"))
    assert client.search.__self__ is client
    assert list(inspect.signature(client.search).parameters) == ["query", "k", "collection", "file", "document"]
    with pytest.raises(TypeError, match="querry"):
        client.search(querry="x")
    with pytest.raises(TypeError, match="takes"):
        client.rebuild("default", print)


def test_each_verb_is_an_operation_and_each_operation_a_verb(tmp_path):
    operations = Operations(Config(tmp_path / "store"), lambda report: None)
    assert {OF_A_PROGRAM.get(name, name) for name in NAMES} == set(operations.names) - OF_THE_PROCESS
    assert engine_methods() <= set(operations.names)


def test_documents_are_named_by_paths_that_are_there_or_by_names(tmp_path, monkeypatch):
    (tmp_path / "plan[1].md").touch()
    monkeypatch.chdir(tmp_path)

    def files(**options):
        request = VERBS["ask"].definition(None, "Why?", **options)
        assert request.arguments["files"] == VERBS["search"].definition(None, "x", **options).arguments["files"]
        return request.arguments["files"]

    here = glob.escape(str(tmp_path / "plan[1].md"))
    assert files(document="plan[1].md") == files(document=tmp_path / "plan[1].md") == [here]
    assert files(document=["plan[1].md", "other*.md"]) == [here, "other[*].md"]
    assert files(file=("*.md", "*.txt")) == ["*.md", "*.txt"] and files(file="*.md") == "*.md" and files() is None
    with pytest.raises(UsageError):
        files(file="*.md", document="plan.md")

"""Cleaning at idle: begun when something is due, and ended by the next call."""

import threading

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.results.reports import Progress
from jupyter_localai.service.process.operations import Operations
from tests.index.test_forget import traces
from tests.support.engines import wait_until
from tests.support.in_process import WordEmbedder


@pytest.fixture
def operations(tmp_path):
    config = Config(store=tmp_path / "store")
    operations = Operations(config, lambda report: Engine.open(config, WordEmbedder(), report=report))
    yield operations
    operations.close(10)


def call(operations, name, **arguments):
    return operations.call(name, operations.config, arguments, lambda event: None, threading.Event())


@pytest.fixture
def due(operations, folder):
    """The store of an engine whose files hold something that is not indexed any more."""
    call(operations, "index", paths=[str(folder)])
    operations.tidy()
    assert [job["kind"] for job in call(operations, "jobs")] == ["index"]  # nothing to do
    (folder / "gauge.txt").unlink()
    call(operations, "index")
    assert traces(operations.config.store, "lightning")
    return operations.config.store


def test_an_idle_engine_cleans_away_what_is_due_once(operations, due):
    operations.tidy()
    operations.tidy()
    wait_until(lambda: not operations.are_busy())
    assert traces(due, "lightning") == set()
    operations.tidy()
    assert [job["kind"] for job in call(operations, "jobs")] == ["index", "index", "compact"]


def test_the_next_call_ends_it(operations, due, monkeypatch):
    def compact(self):
        while True:
            yield Progress("rebuild")

    monkeypatch.setattr(Engine, "compact", compact)
    operations.tidy()
    assert operations.are_busy()
    assert call(operations, "search", query="leave", k=1)["hits"]
    wait_until(lambda: not operations.are_busy())
    assert call(operations, "jobs")[-1]["state"] == "cancelled"


def test_it_is_not_tried_again_after_it_failed(operations, due, monkeypatch):
    def compact(self):
        yield Progress("rebuild")
        raise OSError

    monkeypatch.setattr(Engine, "compact", compact)
    operations.tidy()
    wait_until(lambda: not operations.are_busy())
    operations.tidy()
    assert [job["kind"] for job in call(operations, "jobs")].count("compact") == 1

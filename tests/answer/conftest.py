import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from tests.support.in_process import run_index


@pytest.fixture
def make_engine(ollama, tmp_path, embedder, folder):
    """Open engines on the store of a test, with its documents and the chat model."""
    engines = []

    def make(**settings):
        engine = Engine.open(Config(store=tmp_path / "store", ollama_host=ollama.address, **settings), embedder)
        engines.append(engine)
        run_index(engine, [str(folder)])
        return engine

    yield make
    for engine in engines:
        engine.close()

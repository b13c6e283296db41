"""A bundle of two documents, and engines in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from tests.support.in_process import WordEmbedder, run_index

SECRET = "The gauge at Gull Rock was offline in March because lightning destroyed its modem."


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Opens a store of a name, with an embedding model of a fingerprint."""
    engines: list[Engine] = []

    def open_one(name: str = "store", fingerprint: str = "words-1") -> Engine:
        embedder = WordEmbedder()
        embedder.fingerprint = fingerprint
        engines.append(Engine.open(Config(store=tmp_path / name), embedder))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``handbook`` (the documents) and ``handbook.localai``."""
    folder = tmp_path_factory.mktemp("exported")
    documents = folder / "handbook"
    (documents / "sub").mkdir(parents=True)
    (documents / "leave.md").write_text("# Leave\n\nStaff receive 28 days.\n\n## Parents\n\nParents receive more.\n")
    (documents / "sub" / "gauge.txt").write_text(SECRET)
    engine = Engine.open(Config(store=folder / "store"), WordEmbedder())
    run_index(engine, [str(documents)], "handbook")
    for _ in engine.export_bundle("handbook", str(folder / "handbook.localai")):
        pass
    engine.close()
    return folder

"""Models of other shapes than the default one, made of random numbers: every part of a search works with them."""

import json

import numpy as np
import pytest

from jupyter_localai.config import Config
from jupyter_localai.embed import bert, weights
from jupyter_localai.embed.base import LocalEmbedder
from jupyter_localai.engine.engine import Engine
from tests.support import tiny_bert
from tests.support.in_process import DirectReaders, run_index
from tests.support.pdf_files import make_pdf

TEXTS = ["harbour dues of the year", "a storm", "calm sea " * 40]


@pytest.fixture
def model(tmp_path):
    """A function that writes a model that tells more of its use, and returns its folder."""

    def write(name="model", **told):
        parts = tiny_bert.files("harbour dues storm calm sea year")
        settings = json.loads(parts["config_sentence_transformers.json"]) | told
        tiny_bert.write(tmp_path / name, parts | {"config_sentence_transformers.json": json.dumps(settings).encode()})
        return tmp_path / name

    return write


@pytest.mark.filterwarnings("ignore")  # of the libraries, while they import
def test_a_model_that_cuts_its_vectors_gives_them_cut_by_both_runtimes(model, monkeypatch):
    whole = LocalEmbedder(weights.find(str(model())))
    cut = LocalEmbedder(weights.find(str(model("cut", truncate_dim=8))))
    expected = whole.embed(TEXTS)[:, :8]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(cut.embed(TEXTS) - expected).max() < 1e-5
    assert cut.embed_query("storm").shape == (8,)
    monkeypatch.setattr(bert, "supports", lambda folder: False)
    assert np.abs(cut.embed(TEXTS) - expected).max() < 1e-5
    assert cut.fingerprint != whole.fingerprint


@pytest.mark.parametrize("told", ["8", 0, -1, None, True, 1e3])
def test_what_is_no_number_of_dimensions_cuts_nothing(model, told):
    assert weights.kept_dimensions(model(truncate_dim=told)) is None


def test_pages_and_their_heads_are_found_with_another_model(model, tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.store.Readers", DirectReaders)
    pages = ("Statement of harbour dues\nItem aaa is told here.", "Other matters\nItem bbb is told here.")
    (tmp_path / "report.pdf").write_bytes(make_pdf(*pages))
    engine = Engine.open(Config(tmp_path / "store", embedder=str(model(truncate_dim=8))))
    run_index(engine, [str(tmp_path / "report.pdf")])
    best = engine.search("harbour dues", k=2)[0]
    engine.close()
    assert best.anchor.page == 1
    assert best.explain.head == pytest.approx(1)

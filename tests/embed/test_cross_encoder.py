"""A reranker made of random numbers: it loads, by both ways of computing alike, and says why when it cannot."""

import json

import numpy as np
import pytest

from jupyter_localai.config import Config
from jupyter_localai.embed import bert
from jupyter_localai.embed.cross_encoder import CrossEncoder, Rerankers
from jupyter_localai.errors import EmbedderError
from tests.support import tiny_bert

WORDS = "the gauge was offline because of lightning wind limit of boats"
TEXTS = [WORDS, "wind", "", "boats and gauge " * 40, "the wind gauge"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "reranker"
    tiny_bert.write(folder, tiny_bert.reranker_files(WORDS))
    return folder


@pytest.mark.filterwarnings("ignore")  # of the libraries, while they import
def test_both_runtimes_say_the_same(folder, monkeypatch):
    short = [text[:60] for text in TEXTS]
    ours = CrossEncoder(str(folder), 2).score("wind limit", short)
    monkeypatch.setattr(bert, "supports_pairs", lambda folder: False)
    theirs = CrossEncoder(str(folder), 2).score("wind limit", short)
    assert ours.shape == theirs.shape == (len(TEXTS),)
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.ptp(ours) > 0.01


def test_what_a_text_gets_does_not_depend_on_the_others_and_both_texts_count(folder):
    reranker = CrossEncoder(str(folder), 2)
    together = reranker.score("wind limit", TEXTS)
    assert np.isfinite(together).all()
    assert np.abs(together - [reranker.score("wind limit", [text])[0] for text in TEXTS]).max() < 1e-5
    assert np.abs(together - reranker.score("boats", TEXTS)).max() > 0.01
    assert reranker.score("wind limit", []).shape == (0,)


def damaged(folder, tmp_path, name, content):
    copy = tmp_path / "copy"
    tiny_bert.write(copy, {path.name: path.read_bytes() for path in folder.iterdir()} | {name: content})
    return Config(tmp_path, reranker=str(copy))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("model.safetensors", b"not weights", "weights_unusable"),
        ("tokenizer.json", b"{}", "weights_unusable"),
        ("config.json", json.dumps({"architectures": ["BertModel"]}).encode(), "not_a_reranker"),
    ],
)
def test_what_cannot_be_used_is_told_each_time(folder, tmp_path, name, content, code):
    config, rerankers = damaged(folder, tmp_path, name, content), Rerankers()
    for _ in range(2):
        with pytest.raises(EmbedderError) as caught:
            rerankers.get(config)
        assert caught.value.code == code


def test_a_reranker_is_loaded_once_and_none_without_the_setting(folder, tmp_path):
    rerankers = Rerankers()
    assert rerankers.get(Config(tmp_path)) is None
    one = rerankers.get(Config(tmp_path, reranker=str(folder)))
    assert rerankers.get(Config(tmp_path, reranker=str(folder))) is one

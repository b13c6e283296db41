import numpy as np
import pytest

from jupyter_localai.answer import rerank as reranking
from jupyter_localai.config import Config
from tests.support import tiny_bert
from tests.support.in_process import run_index


@pytest.fixture
def notes(engine, tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(f"harbour tide storm number{number}\n" + "calm sea\n" * number)
    run_index(engine, [str(folder)])
    return folder


@pytest.fixture
def reranker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "reranker"
    tiny_bert.write(folder, tiny_bert.reranker_files("harbour tide storm calm sea"))
    return folder


def search(engine, tmp_path, reranker, k=6):
    return engine.using(Config(tmp_path / "store", reranker=str(reranker))).search("harbour storm", k=k)


def test_a_reranker_orders_the_hits(engine, notes, reranker, tmp_path):
    hits = search(engine, tmp_path, reranker)
    assert hits.warnings is None
    from jupyter_localai.embed.cross_encoder import CrossEncoder

    said = CrossEncoder(str(reranker), 1).score("harbour storm", [hit.text for hit in hits])
    read = [hit.explain.read for hit in hits]
    assert read == pytest.approx((said - said.min()) / np.ptp(said), abs=1e-4)
    assert {0.0, 1.0} <= {round(value, 6) for value in read}
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert [h.path for h in search(engine, tmp_path, reranker, k=2)] == [h.path for h in hits[:2]]


def test_what_was_not_read_stays_behind_in_its_order(engine, notes, reranker, tmp_path, monkeypatch):
    monkeypatch.setattr(reranking, "DEPTH", 3)
    plain = [hit.path for hit in engine.search("harbour storm", k=6)]
    read = [hit.path for hit in search(engine, tmp_path, reranker)]
    assert set(read[:3]) == set(plain[:3]) and read[3:] == plain[3:]


@pytest.mark.parametrize("broken", ["weights", "nothing there"])
def test_without_a_usable_reranker_a_search_goes_on_and_says_so(engine, notes, reranker, tmp_path, broken):
    if broken == "weights":
        (reranker / "model.safetensors").write_bytes(b"not weights")
    else:
        reranker = tmp_path / "nowhere"
    plain = [hit.path for hit in engine.search("harbour storm", k=6)]
    hits = search(engine, tmp_path, reranker)
    assert [hit.path for hit in hits] == plain
    assert [(notice.code, bool(notice.remedy)) for notice in hits.warnings] == [("reranker", True)]
    assert hits[0].explain.read is None

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.answer.retrieve import MAX_MERGED, fuse
from tests.conftest import run_index


class Table:
    """Stands for the chunk table: as many chunks as ids, with vectors of chosen cosine to the x axis."""

    def __init__(self, cosines):
        self.cosines = cosines
        self.chunks = self

    def by_id(self, ids):
        made = {}
        for i in ids:
            cosine = self.cosines[i]
            vector = np.array([cosine, np.sqrt(1 - cosine**2)], np.float32)
            made[i] = _Chunk(i, vector)
        return made


@dataclasses.dataclass
class _Chunk:
    id: int
    vector: np.ndarray


QUERY = np.array([1, 0], np.float32)
cosines = st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=20)


def ranking(values, worded, order=None):
    dense = sorted(((i, c) for i, c in enumerate(values)), key=lambda item: -item[1])[:10]
    pairs = list(worded.items())
    if order is not None:
        pairs = [pairs[i] for i in order]
    return [(c.chunk.id, round(c.score, 6)) for c in fuse(QUERY, dense, pairs, Table(values))]


@given(cosines, st.data())
def test_a_better_keyword_score_never_lowers_a_chunk(values, data):
    ids = list(range(len(values)))
    worded = {i: data.draw(st.floats(0.1, 10)) for i in ids}
    chosen = data.draw(st.sampled_from(ids))
    before = [i for i, _ in ranking(values, worded)].index(chosen)
    worded[chosen] += data.draw(st.floats(0, 10))
    after = [i for i, _ in ranking(values, worded)].index(chosen)
    assert after <= before


@given(cosines, st.randoms(use_true_random=False))
def test_the_order_of_the_lists_does_not_matter(values, random):
    worded = {i: float(1 + i % 3) for i in range(len(values))}
    order = list(range(len(values)))
    random.shuffle(order)
    assert ranking(values, worded) == ranking(values, worded, order)


def test_a_chunk_found_by_words_alone_is_judged_by_meaning_too():
    near, far = ranking([0.9, 0.8, 0.1, 0.85] + [0.5] * 20, {2: 1.0, 3: 1.0})[:2]
    assert near[0] == 3
    assert far[0] in (0, 2)


def test_no_keyword_match_leaves_the_dense_order():
    assert [i for i, _ in ranking([0.2, 0.9, 0.5], {})] == [1, 2, 0]


@pytest.fixture
def long_document(engine, tmp_path):
    words = ["tide", "wind", "gauge", "pier", "storm", "boat", "rope", "mast"]
    paragraphs = [f"Section {w}. " + " ".join(f"{w}{i}" for i in range(60)) + "." for w in words]
    (tmp_path / "long.txt").write_text("Log\n\n" + "\n\n".join(paragraphs))
    run_index(engine, [str(tmp_path / "long.txt")])
    return (tmp_path / "long.txt").read_text()


def test_adjacent_chunks_become_one_hit_whose_text_is_the_span(engine, long_document):
    hits = engine.search("wind1 wind2 gauge1 gauge2 gauge3", k=3)
    assert len(hits) == 3
    assert any("wind1" in hit.text and "gauge1" in hit.text for hit in hits)
    for hit in hits:
        assert long_document[hit.start : hit.end] == hit.text
        assert hit.text.count("Section") <= MAX_MERGED + 1


def test_k_counts_hits_and_ranks_are_dense(engine, long_document):
    for k in (1, 2, 4):
        hits = engine.search("storm1", k=k)
        assert [hit.rank for hit in hits] == list(range(1, k + 1))
    scores = [hit.score for hit in engine.search("storm1 pier2", k=4)]
    assert scores == sorted(scores, reverse=True)


def test_near_copies_are_shown_once(engine, tmp_path):
    text = "The emergency meeting point is the car park behind the boat house, whatever the weather may be."
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{text}")
    (tmp_path / "d.txt").write_text("The canteen opens at noon.")
    run_index(engine, [str(tmp_path / f"{name}.txt") for name in "abcd"])
    assert len(engine.search("emergency meeting point", k=4)) == 2


def test_a_hit_explains_its_rank(engine, folder):
    run_index(engine, [str(folder)])
    explain = engine.search("lightning gauge")[0].explain
    assert explain.dense == pytest.approx(1)
    assert explain.keyword == pytest.approx(1)
    assert (explain.dense_rank, explain.keyword_rank) == (1, 1)

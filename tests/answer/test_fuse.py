import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.answer import fuse, rank
from jupyter_localai.answer.rank import Matches
from jupyter_localai.answer.surroundings import Surroundings
from jupyter_localai.index.chunks import ChunkVectors

part = st.floats(0, 1)
rows = st.lists(st.tuples(part, part, part), min_size=1, max_size=20)
cosine = st.floats(-1, 1)


def order(parts):
    near, words, names = (np.array(column) for column in zip(*parts, strict=True))
    return fuse.ranking(fuse.fuse(near, words, names), np.arange(len(parts))).tolist()


@given(rows, st.data())
def test_more_of_any_evidence_never_lowers_a_chunk(parts, data):
    chosen = data.draw(st.integers(0, len(parts) - 1))
    kind = data.draw(st.integers(0, 2))
    before = order(parts).index(chosen)
    better = list(parts[chosen])
    better[kind] = data.draw(st.floats(better[kind], 1))
    assert order([*parts[:chosen], tuple(better), *parts[chosen + 1 :]]).index(chosen) <= before


@given(st.lists(cosine, min_size=1, max_size=200))
def test_nearness_keeps_the_order_of_cosines(cosines):
    near = fuse.nearness(np.array(cosines))
    assert near.min() >= 0 and near.max() <= 1
    for one, other in zip(np.argsort(cosines), np.argsort(cosines)[1:], strict=False):
        assert near[one] <= near[other]


def test_where_all_are_equally_near_meaning_tells_little():
    assert fuse.nearness(np.array([0.31, 0.30])).max() < 0.1
    assert fuse.nearness(np.array([0.8, 0.1])).tolist() == [1, 0]
    assert fuse.nearness(np.array([0.2])).tolist() == [1]


def ranked(cosines, worded, numbers, query=(1, 0)):
    vectors = np.array([(c, np.sqrt(1 - c * c)) for c in cosines], np.float32)
    found = Matches(sorted(zip(numbers, cosines, strict=True), key=lambda item: -item[1]), worded, {})
    nothing = Surroundings(np.zeros(len(numbers)), {}, {})
    order = np.argsort(numbers)
    return rank.rank(
        np.array(query, np.float32),
        ChunkVectors(np.array(numbers)[order], np.zeros(len(numbers), np.int64), vectors[order]),
        found,
        nothing,
    )


@given(st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_what_was_found_does_not_matter(cosines, random):
    numbers = list(range(10, 10 + len(cosines)))
    worded = [(number, float(1 + number % 3)) for number in numbers]
    one = ranked(cosines, worded, numbers)
    places = list(range(len(numbers)))
    random.shuffle(places)
    other = ranked([cosines[i] for i in places], [worded[i] for i in places], [numbers[i] for i in places])
    assert one.numbers[one.order].tolist() == other.numbers[other.order].tolist()
    assert np.array_equal(one.scores, other.scores)


def test_equal_chunks_are_ordered_by_number():
    found = ranked([0.5] * 6, [], [15, 11, 14, 10, 13, 12])
    assert found.numbers[found.order].tolist() == [10, 11, 12, 13, 14, 15]


def test_no_keyword_match_leaves_the_order_of_meaning():
    found = ranked([0.2, 0.9, 0.5], [], [0, 1, 2])
    assert found.numbers[found.order].tolist() == [1, 2, 0]


def test_a_chunk_found_by_words_alone_is_judged_by_meaning_too():
    found = ranked([0.9, 0.8, 0.1, 0.85] + [0.5] * 20, [(2, 1.0), (3, 1.0)], list(range(24)))
    assert found.numbers[found.order][0] == 3


def test_what_is_best_so_far_draws_its_like():
    """Two chunks are equally near to the query; one is near to the best chunk, too."""
    query = np.array([1, 0, 0], np.float32)
    vectors = np.array([[0.9, 0.436, 0], [0.6, 0.8, 0], [0.6, 0, 0.8], [0.1, 0, -0.995]], np.float32)
    found = Matches([(0, 0.9), (1, 0.6), (2, 0.6), (3, 0.1)], [(0, 5.0)], {})
    numbers = np.arange(4)
    result = rank.rank(query, ChunkVectors(numbers, numbers, vectors), found, Surroundings(np.zeros(4), {}, {}))
    assert result.order.tolist() == [0, 1, 2, 3]
    assert result.scores[1] > result.scores[2]


def test_an_explanation_adds_up_to_the_score():
    result = ranked([0.9, 0.8, 0.1], [(1, 3.0), (2, 1.0)], [0, 1, 2])
    for at in range(3):
        told = result.explain(at)
        total = fuse.DENSE_WEIGHT * told.dense + (1 - fuse.DENSE_WEIGHT) * told.keyword + fuse.NAME_WEIGHT * told.name
        assert total == pytest.approx(result.scores[at])

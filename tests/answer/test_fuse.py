import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.answer import fuse
from jupyter_localai.answer.meaning import meaning, nearness
from jupyter_localai.answer.rank import rank
from tests.support.makers import evidence

cosine = st.floats(-1, 1)
bm25 = st.floats(0, 30)
NO_PAGE = -1


def order(found):
    result = rank(found)
    return result.evidence.numbers[result.order].tolist()


@given(st.lists(st.tuples(cosine, *[bm25] * 5), min_size=1, max_size=20), st.data())
def test_more_of_any_words_never_lowers_a_chunk(rows, data):
    names = ("words", "around", "documents", "titles", "named")
    cosines, *columns = zip(*rows, strict=True)
    found = evidence(cosines, **dict(zip(names, columns, strict=True)))
    chosen = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(names))
    more = getattr(found, name).copy()
    more[chosen] += data.draw(bm25)
    better = order(dataclasses.replace(found, **{name: more})).index(chosen)
    before = rank(found)
    least = before.scores[chosen] + 1e-9
    assert better <= np.count_nonzero(before.scores > least) + np.count_nonzero(abs(before.scores - least) < 1e-6)


@given(st.lists(cosine, min_size=1, max_size=200))
def test_nearness_keeps_the_order_of_cosines(cosines):
    near, _, _ = nearness(np.array(cosines))
    assert near.min() >= 0 and near.max() <= 1
    for one, other in zip(np.argsort(cosines), np.argsort(cosines)[1:], strict=False):
        assert near[one] <= near[other]


def test_a_head_counts_as_much_as_the_chunk_and_may_be_nearer():
    own, soft = np.array([0.6, 0.6, 0.2]), np.array([0.6, 0.6, 0.2])
    found = meaning(own, soft, np.array([np.nan, 0.9, 0.4]), fuse.WEIGHTS)
    assert found == pytest.approx([1, 0.5 + 0.5 * 1.5, 0.25])


@given(st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_what_was_found_does_not_matter(cosines, random):
    one = evidence(cosines, words=[float(1 + at % 3) for at in range(len(cosines))])
    places = list(range(len(cosines)))
    random.shuffle(places)
    arrays = {f.name: getattr(one, f.name) for f in dataclasses.fields(one)}
    moved = {name: value[places] for name, value in arrays.items() if isinstance(value, np.ndarray)}
    back = np.argsort(moved["numbers"])
    other = dataclasses.replace(one, **{name: value[back] for name, value in moved.items()})
    assert order(one) == order(other)


def test_equal_chunks_are_ordered_by_number():
    assert order(evidence([0.5] * 4, numbers=[10, 11, 14, 15])) == [10, 11, 14, 15]


def test_no_keyword_match_leaves_the_order_of_meaning():
    assert order(evidence([0.2, 0.9, 0.5])) == [1, 2, 0]


def test_where_no_page_has_a_head_titles_count_nothing():
    found = rank(evidence([0.9, 0.1], words=[1.0, 2.0]))
    assert found.parts["title"].tolist() == [0, 0]


def test_a_chunk_without_a_head_takes_its_words_for_one():
    found = rank(evidence([0.9, 0.1], words=[1.0, 2.0], heads=[np.nan, 0.5], titles=[0.0, 3.0]))
    assert found.parts["title"].tolist() == [0.5, 1]


def test_of_exact_copies_the_first_is_kept_with_the_best_score():
    found = evidence([0.5, 0.5, 0.4], numbers=[7, 9, 12], firsts=[7, 7, 12], around=[0.0, 9.0, 1.0])
    assert order(found) == [7, 12]
    alone = rank(dataclasses.replace(found, firsts=found.numbers))
    assert rank(found).scores[0] == alone.scores[1]


def test_a_chunk_is_not_better_for_being_in_a_long_document():
    """What is not known of a short one counts as the mean."""
    alike = rank(evidence([0.5, 0.5], document_ids=[1, 2], documents=[2.0, 2.0], sizes=[3, 300]))
    assert alike.parts["document"] == pytest.approx([1, 1])
    short = rank(evidence([0.5, 0.4], document_ids=[1, 2], documents=[2.0, 1.0], sizes=[3, 4]))
    assert short.parts["document"] == pytest.approx([0.25 * 1 + 0.75 * 0.75, 0.25 * 0.5 + 0.75 * 0.75])


def test_the_words_of_a_short_document_count_less_than_those_of_a_long_one():
    found = rank(evidence([0.5, 0.5, 0.5], document_ids=[1, 2, 3], documents=[2.0, 2.0, 1.0], sizes=[3, 300, 20]))
    assert found.parts["document"][1:] == pytest.approx([1, 0.5])
    assert 0.5 < found.parts["document"][0] < 1


def test_an_explanation_adds_up_to_the_score():
    made = evidence(
        [0.9, 0.8, 0.1, 0.3],
        document_ids=[1, 1, 2, 2],
        pages=[1, 2, 3, 4],
        heads=[0.1, 0.2, np.nan, 0.9],
        **{name: [1.0, 2.0, 3.0, at] for at, name in enumerate(("words", "around", "titles"))},
        named=[1.0, 1.0, 1.0, 1.0],
        documents=[1.9, 1.9, 2.0, 2.0],
        sizes=[30, 30, 40, 40],
    )
    result = rank(made)
    assert sorted(result.turns.tolist()) == [0, 0, 1, 1]
    weights = fuse.WEIGHTS
    for at in range(4):
        told = result.explain(at)
        total = told.dense_weight * told.dense + weights.words * told.keyword + weights.around * told.nearby
        total += weights.document * told.whole + weights.title * told.head + weights.name * told.name
        assert total - weights.turn * told.turn == pytest.approx(result.scores[at])

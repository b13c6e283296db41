"""How many tokens a model makes is learned: upwards at once, downwards slowly."""

import pytest

from jupyter_localai.answer.tokens import TokenScale


@pytest.fixture
def scale(catalogue):
    return TokenScale(catalogue, "digest", keeps=True)


def test_a_count_above_the_estimate_counts_at_once(scale):
    scale.learn(100, 200)
    assert scale.value == pytest.approx(2.2)  # with the margin


def test_the_scale_comes_down_slowly(scale):
    """A prompt of few tokens, such as one in plain English, says little of the next one."""
    scale.learn(100, 200)
    seen = []
    for _ in range(30):
        scale.learn(100, 100)
        seen.append(scale.value)
    assert 1.1 < seen[0] < 2.2 and seen[0] - 1.1 > (2.2 - 1.1) / 2, "one prompt takes back less than half"
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(1.1, abs=0.01)


def test_what_was_learned_is_kept_for_the_next_question(scale, catalogue):
    scale.learn(100, 200)
    assert TokenScale(catalogue, "digest", keeps=True).value == pytest.approx(2.2)
    assert TokenScale(catalogue, "another", keeps=True).value == 1.0


def test_a_scale_that_keeps_nothing_writes_nothing(catalogue):
    TokenScale(catalogue, "digest", keeps=False).learn(100, 200)
    assert not TokenScale(catalogue, "digest", keeps=True).learned

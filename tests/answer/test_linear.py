"""The work on an answer grows as its length does, whatever a model or a document repeats."""

import math

import pytest

from jupyter_localai.answer.doubts import doubts
from jupyter_localai.answer.markers import MARKER, numbers, removed, without_blocks
from jupyter_localai.answer.prompt import harmless
from tests.support.linear import grows_faster, undisturbed

PIECES = [" ", "\n", "< ", "[ ", "[1]", "[1, ", "`a", "``", "```\n", "~~~ ", "Ab ", "1.", "1 000 ", "- ", "<|", "'s"]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("work", [harmless, removed, without_blocks, lambda text: doubts(text, [], "")])
def test_text_of_a_model_takes_linear_time(work, piece):
    with undisturbed():
        assert not grows_faster(work, lambda size: piece * size)


def test_many_names_take_linear_time():
    def names(size):
        return " ".join(f"Name{chr(65 + number % 26)}{number}" for number in range(size))

    with undisturbed():
        assert not grows_faster(lambda text: doubts(text, [], ""), names)


def test_runs_of_backticks_of_every_length_take_linear_time():
    """Each looks for one that closes it."""

    def runs(size):
        return " ".join("`" * length for length in range(1, math.isqrt(64 * size)))

    with undisturbed():
        assert not grows_faster(removed, runs)


def test_ranges_in_one_marker_are_written_out_once():
    found = MARKER.search("[1-2, 11-12, 1-2]")
    assert numbers(found) == [1, 2, 11, 12, 1, 2]

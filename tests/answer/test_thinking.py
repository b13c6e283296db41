"""Thoughts written into the answer are told apart, however the stream is cut into pieces."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.answer.thinking import ThinkingFilter


def split(pieces):
    thinking = ThinkingFilter()
    parts = [thinking.split(piece) for piece in pieces]
    return "".join(thought for thought, _ in parts), "".join(text for _, text in parts) + thinking.end()


@given(st.lists(st.integers(0, 40), max_size=8))
def test_the_cuts_do_not_matter(cuts):
    text = "\n<think>Is it < 3? </thin</think>\n\nIt is <think> 3."
    edges = sorted({0, len(text), *cuts})
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    assert split(pieces) == ("Is it < 3? </thin", "It is <think> 3.")


@pytest.mark.parametrize("text", ["It is so.", "<thinly> veiled", "<th", " a <think>b</think>"])
def test_an_answer_without_thoughts_is_untouched(text):
    assert split(list(text)) == ("", text)


def test_thoughts_without_an_end_are_no_answer():
    assert split(["<think>on and on"]) == ("on and on", "")

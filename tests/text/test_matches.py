"""The part of a text that a question is about, and its words in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.text.matches import part, pieces


@pytest.mark.parametrize(
    ("text", "words", "strong"),
    [
        ("The red boats sank.", ["red", "boat"], ["red", "boats"]),
        ("A boat sank.", ["boats"], ["boat"]),
        ("The boatswain has a reed.", ["boat", "red"], []),
        ("RED E4711", ["red", "e4711"], ["RED", "E4711"]),
        ("Nothing.", [], []),
    ],
)
def test_words_are_found_in_their_forms(text, words, strong):
    found = pieces(text, words)
    assert "".join(piece for piece, _ in found) == text
    assert [piece for piece, is_strong in found if is_strong] == strong


def test_the_part_has_most_of_the_different_words():
    text = "The boat, the boat. " * 30 + "A red boat sank here. " + "The sea was calm. " * 30
    assert "red boat sank" in part(text, ["boat", "red", "sank"], 120)
    assert part(text, ["nothing"], 120).startswith("The boat")


@given(st.text("ab \n|é", max_size=300), st.lists(st.sampled_from(["a", "bb", "aaaa"])), st.integers(5, 60))
def test_any_text_is_kept_in_pieces_and_bounded_in_its_part(text, words, chars):
    assert "".join(piece for piece, _ in pieces(text, words)) == text
    assert len(part(text, words, chars)) <= chars + 4

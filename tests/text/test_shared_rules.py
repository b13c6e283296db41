"""What Python and TypeScript do alike with texts; jest holds the other side to the same examples."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.index.texts import Part
from jupyter_localai.text.clip import MARK, clipped, without_middle
from jupyter_localai.text.terminal import last_state, without_codes
from tests.support import probe

EXAMPLES = json.loads((Path(__file__).parents[1] / "wire" / "texts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "expected"), EXAMPLES["without_codes"])
def test_terminal_codes_are_taken_out(text, expected):
    assert without_codes(text) == expected


@pytest.mark.parametrize(("text", "chars", "expected"), EXAMPLES["without_middle"])
def test_the_middle_is_left_out(text, chars, expected):
    assert without_middle(text, chars) == expected


@pytest.mark.parametrize(("source", "text", "near", "expected"), EXAMPLES["search"])
def test_white_space_does_not_count_where_it_has_to(source, text, near, expected):
    span = probe.find_quote(text, Part(0, source, ()), near)
    assert (None if span is None else [*span]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  0%\r 50%\r100%\n", "100%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("100%\r", "100%"),
        ("1/9\x08\x08\x082/9", "2/9"),
        ("N\x08NA\x08A", "NA"),
        ("tab\there", "tab\there"),
    ],
)
def test_of_a_line_that_was_written_over_the_last_state_is_left(text, expected):
    assert last_state(text) == expected


@given(st.text("ab \x1b\x9b[]0;m\x07\\", max_size=40))
def test_no_code_is_left(text):
    assert "\x1b" not in without_codes(text) and "\x9b" not in without_codes(text)


@given(st.text(max_size=60), st.integers(0, 70))
def test_a_text_is_no_longer_than_allowed(text, chars):
    assert len(without_middle(text, chars)) <= max(chars, len(MARK))
    assert len(clipped(text, chars)) <= chars + len(" …")

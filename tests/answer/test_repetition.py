"""A model that repeats itself is noticed at the third time, and what it said again is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.answer.repetition import repeats, without_repetition

FEE = "The fee is due on the first day of the month"
PAY = "It is paid to the office by the tenant"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{FEE}. " * 3, f"{FEE}."),
        (f"{FEE} [1]. {FEE} [2]. {FEE}.", f"{FEE} [1]."),
        (f"{FEE}. {PAY}. " * 3, f"{FEE}. {PAY}."),
        (f"{FEE}. {PAY}. {FEE}. Nobody else may pay it. {FEE}.", f"{FEE}. {PAY}. Nobody else may pay it."),
        (f"1. {FEE}.\n2. {FEE}.\n3. {FEE}.", f"1. {FEE}."),
        ("The rent " + "and the fee and the rent " * 3, "The rent and the fee and the rent"),
        ("そして料金は毎月の最初の日に支払われます。" * 3, "そして料金は毎月の最初の日に支払われます。"),
    ],
    ids=["sentence", "with markers", "pair", "in between", "list", "without an end", "Japanese"],
)
def test_what_is_said_a_third_time_is_a_repetition(text, kept):
    assert repeats(text.rstrip()) or repeats(text)
    assert without_repetition(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        f"{FEE}. {FEE}.",
        "Yes. Yes. Yes. Yes.",
        "| a | b |\n| --- | --- |\n" + "| a long cell of text | another cell |\n" * 4,
        "```python\n" + "values.append(something)\n" * 5,
        "Rent was 100 pounds in May. Rent was 110 pounds in June. Rent was 120 pounds in July.",
        "",
        "\n",
    ],
    ids=["twice", "short", "table", "code", "numbers", "empty", "blank"],
)
def test_what_may_come_again_is_none(text):
    assert not repeats(text)


@given(st.lists(st.sampled_from([f"{FEE}. ", f"{PAY}. ", "No. ", "\n\n"]), max_size=12).map("".join))
def test_nothing_is_lost_but_what_stood_before(text):
    kept = without_repetition(text)
    assert not repeats(kept)
    for sentence in (FEE, PAY):
        assert (sentence in kept) == (sentence in text)

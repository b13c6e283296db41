"""Forms of a word have one stem, other words have others."""

import pytest

from jupyter_localai.text.stems import stem


@pytest.mark.parametrize(
    "forms",
    [
        "open opens opened opening",
        "need needs needed",
        "live lives lived living",
        "carry carries carried carrying",
        "stop stops stopped stopping",
        "class classes",
        "call calls called calling",
        "cost costs costing",
        "bus",
    ],
)
def test_forms_of_a_word_have_one_stem(forms):
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("rest", "restore"), ("thing", "th"), ("red", "r"), ("king", "k"), ("gas", "g")]
)
def test_other_words_have_other_stems(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize("word", ["häuser", "e4711s", "预算", "is", "ids2", "bed"])
def test_other_scripts_and_short_words_stay(word):
    assert stem(word) == word

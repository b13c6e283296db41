"""Follow-ups become questions that can be searched for."""

import pytest

from jupyter_localai.answer.follow_up import carried_over, rewriting, rewritten
from jupyter_localai.answer.prompt import Turn

HISTORY = [Turn("What was the mean high water at the North Pier in 2018?", "It was 4.31 m [1].")]


@pytest.mark.parametrize("question", ["and for 2019?", "What about 2019?", "2019?"])
def test_a_number_takes_the_place_of_its_like(question):
    full = carried_over(question, HISTORY)
    assert full.startswith(question)
    for word in ("mean", "high", "water", "north", "pier"):
        assert word in full
    assert "2018" not in full


def test_what_it_refers_to_is_carried_over():
    assert "pier" in carried_over("Who measured it there?", HISTORY)


def test_a_complete_question_stays_as_it_is():
    question = "How many days of annual leave can staff carry over to next year?"
    assert carried_over(question, HISTORY) == question
    assert carried_over("and for 2019?", []) == "and for 2019?"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("What was it in 2019?", "What was it in 2019?"),
        ('Question: "What was it in 2019?"\n', "What was it in 2019?"),
        ("", None),
        ("Sure!\nWhat was it in 2019?", None),
        ("…", None),
        ("word " * 300, None),
    ],
)
def test_only_a_question_is_taken_from_the_model(said, expected):
    assert rewritten(said, "and for 2019?", HISTORY) == expected


def test_the_request_has_the_conversation_and_the_question():
    rules, said = rewriting("and for 2019?", HISTORY)
    assert rules["role"] == "system" and "and for 2019?" in said["content"] and "North Pier" in said["content"]


@pytest.mark.parametrize(
    "said",
    [
        "What was the mean high water at the South Gate in 2019?",
        "What was the mean high water at the North Pier in 2019 and 2022?",
        "The mean high water at the North Pier in 2019.",
        "What was it in 2019? And who measured it?",
        "What was the mean high water at the North Pier in 2019, " + "and in the year before " * 8 + "?",
    ],
    ids=["name", "number", "no question", "two", "long"],
)
def test_what_a_small_model_makes_up_is_not_searched_for(said):
    assert rewritten(said, "and for 2019?", HISTORY) is None


def test_what_was_said_before_may_stand_in_the_question():
    full = "Was the mean high water at the North Pier above 4.31 m in 2019?"
    assert rewritten(full, "and for 2019?", HISTORY) == full
    assert rewritten("Tell of the North Pier in 2019.", "tell me of 2019", HISTORY)

"""Follow-ups become questions that can be searched for."""

import pytest

from jupyter_localai.answer.follow_up import carried_over, is_clear, rewriting, rewritten
from jupyter_localai.answer.prompt import Turn

HISTORY = [Turn("What was the mean high water at the North Pier in 2018?", "It was 4.31 m [1].")]


@pytest.mark.parametrize("question", ["and for 2019?", "What about 2019?", "2019?"])
def test_a_number_takes_the_place_of_its_like(question):
    full = carried_over(question, HISTORY)
    assert full.startswith(question)
    for word in ("mean", "high", "water", "north", "pier"):
        assert word in full.lower()
    assert "2018" not in full


def test_what_it_refers_to_is_carried_over():
    assert "Pier" in carried_over("Who measured it there?", HISTORY)


BOATS = [Turn("How much is a new hull coating for the Skiff B?", "150 crowns [1].")]


@pytest.mark.parametrize(
    ("question", "carried"),
    [
        ("What about a service?", "Skiff"),
        ("And for the Launch C?", "much new hull coating"),
        ("Launch C?", "much new hull coating"),
        ("And a full service of the Launch C?", ""),
        ("How long does it take?", "much new hull coating Skiff"),
    ],
)
def test_what_is_asked_now_takes_the_place_of_its_like(question, carried):
    full = carried_over(question, BOATS).removeprefix(question)
    assert full.strip(" ()").replace(" B", "") == carried


def test_a_month_takes_the_place_of_a_month():
    asked = [Turn("Why was the Gull Rock gauge offline in March?", "Lightning [1].")]
    assert carried_over("and in April?", asked) == "and in April? (Gull Rock gauge offline)"
    assert carried_over("And the North Pier?", asked) == "And the North Pier? (gauge offline March)"


def test_earlier_topics_are_not_dragged_along():
    second = carried_over("What about a windscreen replacement?", BOATS)
    assert "coating" not in second
    third = carried_over("And an oil change?", [*BOATS, Turn(second, "95 crowns [1].")])
    assert "Skiff" in third and "windscreen" not in third and "coating" not in third


def test_a_topic_without_names_stays_through_several_follow_ups():
    leave = [Turn("How many days of annual leave are there?", "29 [1].")]
    second = carried_over("And for contractors?", leave)
    third = carried_over("And for students?", [*leave, Turn(second, "None [1].")])
    assert "annual leave" in second
    assert "annual leave" in third and "contractors" not in third


def test_german_nouns_are_not_taken_for_names():
    asked = [Turn("Wie hoch ist die Gebühr für das Boot?", "30 Kronen [1].")]
    assert "gebühr" in carried_over("Und für den Steg?", asked)


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


@pytest.mark.parametrize(
    ("question", "clear"),
    [
        ("and for 2019?", True),
        ("Who measured it?", True),
        ("How many days of annual leave can staff carry over to next year?", True),
        ("And which of these was the highest?", False),
        ("What about the second one?", False),
        ("Is that usual?", False),
        ("Was the instrument that they used for all of these readings calibrated before the spring tides?", False),
    ],
)
def test_where_the_rule_does_as_well_nobody_waits_for_the_model(question, clear):
    assert is_clear(question, carried_over(question, HISTORY), HISTORY) is clear


def test_in_other_languages_the_model_is_asked():
    asked = [Turn("Wie hoch war das Hochwasser am Nordpier?", "4,31 m [1].")]
    assert not is_clear("Und am Südtor?", carried_over("Und am Südtor?", asked), asked)
    assert not is_clear("and for 2019?", "and for 2019?", [])

"""A number, a time or a name is wanted, and must be news."""

import pytest

from jupyter_localai.answer.wanted import WEIGHT, has_clause, has_wanted


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("How much is the hull?", "The hull costs 120 crowns.", True),
        ("How much is the hull?", "The hull was painted on 3 May 2031.", False),
        ("How much is bill 204?", "Bill 204 of the loft", False),
        ("How much is bill 204?", "Please pay within thirty days.", False),
        ("When was the lease agreed?", "Agreed on 12 January 2030 by both.", True),
        ("When was the lease agreed?", "Either side may end the lease.", False),
        ("When does the race start?", "It starts sunday at 11.", True),
        ("When does it open?", "It opens at 8.", True),
        ("Wann fährt die Fähre?", "Sie fährt um 7.15 Uhr ab.", True),
        ("Quand ouvre le refuge ?", "Le refuge ouvre le 12 juin.", True),
        ("Who is the keeper?", "The keeper is Greta Lindqvist.", True),
        ("Who is the keeper?", "The keeper is paid.", False),
        ("Who is Greta?", "They call her Greta.", False),
        ("What is an ebb?", "The ebb of 1999 by Ann.", False),
    ],
)
def test_what_is_wanted_has_to_be_news(question, text, wanted):
    assert bool(has_wanted(question, text, "/d/a.txt")) is wanted


def test_numbers_in_words_count_and_names_of_days_are_no_names():
    assert has_wanted("How long do I wait?", "Wait for nine minutes.", "/d/a.txt")
    assert has_wanted("Wie viele Flügel hat sie?", "Sie hat sechs Flügel.", "/d/a.txt")
    assert not has_wanted("Wie viele Flügel hat sie?", "Die Mühle steht seit 1650.", "/d/a.txt")
    assert not has_wanted("Who leads it?", "It meets on Friday.", "/d/a.txt")


def test_a_follow_up_wants_what_the_question_before_did():
    told = "The blue team is led by Kai Moe."
    assert not has_wanted("What about the blue team?", told, "/d/a.txt")
    assert has_wanted("What about the blue team?", told, "/d/a.txt", ["Who leads the red team?"])
    assert not has_wanted("And when does it meet?", told, "/d/a.txt", ["Who leads the red team?"])


def test_a_number_of_the_file_is_no_news():
    assert not has_wanted("How much was paid?", "Invoice 1040 was paid.", "/d/invoice_1040.txt")


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What does clause 5.2 say?", True),
        ("Was steht in § 5.2?", True),
        ("Read me section 5.2 of the contract", True),
        ("What does clause 5.1 say?", False),
        ("What does clause 5.21 say?", False),
        ("What does clause 5 say?", False),
        ("What is version 5.2?", False),
    ],
)
def test_a_clause_is_found_by_its_number(question, begins):
    text = "5.2 The tenant renews the shackles."
    assert has_clause(question, f"## 5. Duties\n\n{text}\n") is (begins or "clause 5 " in question)
    assert (has_wanted(question, text, "/d/a.txt") == 2 * WEIGHT) is begins

"""An answer to a question that wants all, or a number, tells what it is from."""

import pytest

from jupyter_localai.answer.seen import seen
from jupyter_localai.results.answers import Answer
from jupyter_localai.results.passages import Anchor, Hit


def answered(mode="extractive", **more):
    hits = tuple(Hit(n, 1.0, 0.9, path, "", str(n), 0, 1, Anchor(), "x") for n, path in enumerate("aab"))
    return Answer("", "text", mode, passages=hits, **more)


@pytest.mark.parametrize("question", ["How many huts were closed?", "Wie viele huts were closed?", "List all huts"])
def test_how_much_was_looked_at_is_told(question):
    told = "this is from the 3 passages that fit best, of 2 of 1,200 documents, and not from all that there is."
    assert seen(question, answered(), lambda: 1200) == f"Quotes do not count: {told}"


def test_passages_that_the_chat_model_was_not_given_do_not_count():
    told = seen("How many huts were closed?", answered("llm", dropped_passages=1), lambda: 9)
    assert told.startswith("A chat model counts only what it was given: this is from the 2 passages")


@pytest.mark.parametrize("question", ["Which huts were closed?", "How many days of leave are there?"])
def test_other_questions_get_no_note(question):
    assert seen(question, answered(), lambda: 9) == ""


def test_what_was_worked_out_over_a_table_gets_no_note():
    assert seen("How many huts were closed?", answered(select="SELECT 1"), lambda: 9) == ""


def test_where_nothing_was_found_there_is_no_note():
    assert seen("How many huts were closed?", answered("none"), lambda: 9) == ""

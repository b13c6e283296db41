import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.text import keywords


def test_function_words_are_dropped_unless_nothing_else_is_there():
    assert keywords.terms("What is the mean high water?") == ["mean", "high", "water"]
    assert keywords.terms("to be or not to be") == ["to", "be", "or", "not"]


def test_every_word_is_only_a_word():
    expression = keywords.any_of(keywords.query_terms('wind AND NOT "boat" NEAR(x) col:y*'))
    assert expression == '"wind" OR "boat" OR "near" OR "x" OR "col" OR "y"'
    assert keywords.any_of(keywords.query_terms("?!…")) == ""


def test_very_long_questions_are_cut():
    assert len(keywords.terms(" ".join(f"word{i}" for i in range(10_000)))) == 64


@given(st.text(max_size=200))
def test_any_text_makes_an_expression_sqlite_accepts(text):
    expression = keywords.any_of(keywords.query_terms(text))
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='porter unicode61')")
        if expression:
            database.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()
    database.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/a/field_notes-2031.txt", "field notes 2031"),
        ("a.tar.md", "a tar"),
        ("___.md", ""),
        ("/x/日本.md", "日本 日本 本"),
        ("TideGauge.md", "TideGauge Tide Gauge"),
        ("the captain's log.md", "the captain log"),
    ],
)
def test_the_words_of_a_name(path, words):
    assert keywords.name_words(path) == words


def test_what_is_written_together_is_looked_for_both_ways():
    shown = [term.shown for term in keywords.query_terms("the e-mail about 1,234,567 in removeSpikes since FY2031")]
    assert {"mail", "email", "1234567", "remove", "spikes", "2031"} <= set(shown)


def test_a_phrase_in_quotation_marks_is_looked_for_as_one():
    assert keywords.query_terms('storm "mean high water"')[-1].match == '"mean high water"'
    assert keywords.query_terms("a rise of 3.5 degrees")[-1].match == '"3 5"'


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("What did American Water Works pay?", "americanwaterworks"),
        ("Coca-Cola's margin", "cocacola"),
        ("growth in FY20", "2020"),
        ("growth in FY2031", "2031"),
    ],
)
def test_a_query_names_documents_in_other_spellings(query, name):
    assert name in keywords.name_terms(query)


def test_function_words_name_nothing():
    assert keywords.name_terms("what is it and why") == []


@pytest.mark.parametrize(
    ("question", "german"),
    [
        ("Wie viele Punkte gab die Verteidigung der Panthers ab?", True),
        ("Wer war der Minister?", True),
        ("What did MIT say of the work of von Neumann?", False),
        ("MIT admission rate", False),
        ("Verteidigung", False),
    ],
)
def test_a_german_question_is_known_by_its_function_words(question, german):
    assert keywords.is_german(question) is german


def matching(question, *texts):
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='porter unicode61 remove_diacritics 2')")
        database.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
        expression = keywords.any_of(keywords.query_terms(question))
        found = [row[0] for row in database.execute("SELECT body FROM t WHERE t MATCH ?", (expression,))]
    database.close()
    return found


def test_words_of_a_german_question_find_their_other_forms():
    texts = ["Die Verteidiger verloren", "Verteidigungslinien", "Die Linien der Züge"]
    assert matching("Welche Verteidigung hatten die Bürger?", *texts) == texts[:2]
    assert matching("Verteidigung Bürger", *texts) == [], "what may be another language is searched as it stands"


def test_an_english_question_is_searched_by_its_words():
    assert [term.match for term in keywords.query_terms("defence of the panthers")] == ['"defence"', '"panthers"']

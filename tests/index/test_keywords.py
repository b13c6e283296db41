import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.index import keywords


def test_function_words_are_dropped_unless_nothing_else_is_there():
    assert keywords.terms("What is the mean high water?") == ["mean", "high", "water"]
    assert keywords.terms("to be or not to be") == ["to", "be", "or", "not"]


def test_every_word_is_only_a_word():
    assert (
        keywords.expression('wind AND NOT "boat" NEAR(x) col:y*') == '"wind" OR "boat" OR "near" OR "x" OR "col" OR "y"'
    )
    assert keywords.expression("?!…") == ""


def test_very_long_questions_are_cut():
    assert len(keywords.terms(" ".join(f"word{i}" for i in range(10_000)))) == 64


@given(st.text(max_size=200))
def test_any_text_makes_an_expression_sqlite_accepts(text):
    expression = keywords.expression(text)
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='porter unicode61')")
        if expression:
            database.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()
    database.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/a/field_notes-2031.txt", "field notes 2031"), ("a.tar.md", "a tar"), ("___.md", ""), ("/x/日本.md", "日本")],
)
def test_the_words_of_a_name(path, words):
    assert keywords.name_words(path) == words

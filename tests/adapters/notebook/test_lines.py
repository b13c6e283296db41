"""Lines of natural language with options in them."""

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.adapters.arguments import COMMANDS
from jupyter_localai.adapters.notebook import lines
from jupyter_localai.adapters.parsing import Parser
from jupyter_localai.errors import UsageError


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    return make_parser()


def make_parser() -> Parser:
    parser = Parser(prog="%ask")
    COMMANDS["ask"].declare(parser)
    return parser


@pytest.mark.parametrize(
    ("line", "options", "question"),
    [
        ("What's the boat's limit?", [], "What's the boat's limit?"),
        ('"quoted" -c x', ["-c", "x"], "quoted"),
        ("-c x How many days…", ["-c", "x"], "How many days…"),
        ("who isn't -- a dash", [], "who isn't -- a dash"),
        ('who said "hello -c there" to --more me', ["--more"], 'who said "hello -c there" to me'),
        ("\"what does 'it' say\" -k 5", ["-k", "5"], "what does 'it' say"),
        ('what is 5" wide', [], 'what is 5" wide'),
        ("'tis the boats' limit", [], "'tis the boats' limit"),
        ('--file="my notes.md" -k3 why', ["--file=my notes.md", "-k3"], "why"),
        ('why --file "my notes.md"', ["--file=my notes.md"], "why"),
        ("is it -5 or -40°C, or -la?", [], "is it -5 or -40°C, or -la?"),
        ("why not - or – ?", [], "why not - or – ?"),
        ("“why” -c 日本", ["-c", "日本"], "“why”"),
        ("", [], ""),
        ("--extractive", ["--extractive"], ""),
    ],
)
def test_options_are_found_among_words(parser, line, options, question):
    assert lines.split_question(line, parser) == (options, question)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("why --colection x", "Did you mean '--collection'?"),
        ("-z why", "There is no option '-z'."),
        ("why -c", "-c needs a value."),
        ("why --file", "--file needs a value."),
    ],
)
def test_wrong_options_are_told(parser, line, told):
    with pytest.raises(UsageError, match=told.replace("?", r"\?")):
        lines.split_question(line, parser)


@given(st.text(alphabet="ab'\"“ ’\t\\é-", max_size=40))
def test_whatever_is_asked_nothing_of_it_vanishes(text):
    """No apostrophe or quotation mark is an error, and all letters stay, in their order."""
    try:
        options, question = lines.split_question(text, make_parser())
    except UsageError as error:
        assert "option" in error.message  # -a and -b look like ones
        return
    assert options == []
    whole = text.strip()
    if question.split() != text.split():
        assert whole[0] == whole[-1] and whole[0] in "\"'" and question == whole[1:-1]


@given(st.lists(st.text(alphabet="ab '\"{}é", min_size=1, max_size=12), min_size=1, max_size=5))
def test_a_question_in_the_other_quotes_is_itself(words):
    question = " ".join(words).strip()
    if '"' not in question:
        assert lines.split_question(f'-k 3 "{question}" --more', make_parser()) == (["-k", "3", "--more"], question)


def test_commands_are_split_as_in_a_shell(monkeypatch):
    assert lines.split_command('index "my folder" a\\ b --include=*.md') == [
        "index",
        "my folder",
        "a b",
        "--include=*.md",
    ]
    monkeypatch.setattr(lines.os, "name", "nt")
    assert lines.split_command(r'index C:\docs\new "D:\my folder"') == ["index", r"C:\docs\new", r"D:\my folder"]


def test_a_quote_that_stays_open_is_told():
    with pytest.raises(UsageError, match="not closed"):
        lines.split_command("index Bob's folder")

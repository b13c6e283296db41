"""Conversations are renamed, pinned, corrected and rated; the ratings become questions to measure with."""

import json

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import UnknownConversationError, UsageError
from jupyter_localai.service.client.questions import read
from tests.index.test_conversations import LEAVE, ask
from tests.index.test_forget import forget, traces
from tests.support import probe
from tests.support.in_process import run_index

GAUGE = "Why was the Gull Rock gauge offline in March?"


@pytest.fixture
def indexed(engine, folder):
    run_index(engine, [str(folder)])
    return engine


def questions(engine, talk):
    return [answer.question for answer in engine.conversation(talk).answers]


def test_a_question_takes_the_place_of_what_came_after_some_answers(indexed):
    talk = ask(indexed).conversation
    for question in ("and for boats?", "and the wind?"):
        ask(indexed, question, conversation=talk)
    again = ask(indexed, GAUGE, conversation=talk, after=1)
    assert again.conversation == talk and questions(indexed, talk) == [LEAVE, GAUGE]
    assert indexed.conversation(talk).title == LEAVE
    ask(indexed, "Which boats sail?", conversation=talk, after=0)
    assert questions(indexed, talk) == ["Which boats sail?"] == [indexed.conversation(talk).title]
    assert traces(indexed.config.store, "annual leave do staff") == set()
    ask(indexed, "and boats?", conversation=talk, after=9)
    assert len(questions(indexed, talk)) == 2
    with pytest.raises(UsageError):
        ask(indexed, LEAVE, conversation=talk, after=-1)


def test_a_question_that_fails_leaves_what_it_was_to_replace(indexed):
    talk = ask(indexed).conversation
    with pytest.raises(UsageError):
        ask(indexed, "What now?", conversation=talk, after=0, files="*.nothing")
    assert questions(indexed, talk) == [LEAVE]


def test_an_overview_takes_a_place_too(indexed):
    talk = ask(indexed).conversation
    list(indexed.summarize(files="leave.md", extractive=True, conversation=talk, after=0))
    assert len(questions(indexed, talk)) == 1 and questions(indexed, talk) != [LEAVE]


def test_a_conversation_is_renamed_and_pinned(tmp_path, embedder, folder):
    engine = Engine.open(Config(store=tmp_path / "few", keep_conversations=1), embedder)
    run_index(engine, [str(folder)])
    talk = ask(engine).conversation
    engine.change_conversation(talk, title="  Leave   for the\nthesis ", pinned=True)
    assert (engine.conversation(talk).title, engine.conversation(talk).pinned) == ("Leave for the thesis", True)
    ask(engine, GAUGE), ask(engine, "Which boats sail?")
    assert {each.title for each in engine.conversations()} == {"Leave for the thesis", "Which boats sail?"}
    engine.change_conversation(talk, title="")
    assert engine.conversation(talk).title == LEAVE and engine.conversation(talk).pinned
    engine.change_conversation(talk, pinned=False)
    assert engine.conversation(talk).pinned is None
    with pytest.raises(UsageError):
        engine.change_conversation(talk, title="x" * 201)
    with pytest.raises(UnknownConversationError):
        engine.change_conversation("x", pinned=True)
    engine.close()


def test_useful_answers_become_questions_that_find_their_places(indexed, folder, tmp_path):
    first, second = ask(indexed), ask(indexed, GAUGE)
    indexed.rate(first.conversation, 1, True)
    indexed.rate(second.conversation, 1, False)
    assert indexed.conversation(first.conversation).answers[0].useful is True
    said = indexed.feedback()
    assert [answer.useful for answer in said.answers] == [True, False]
    file = said.save(tmp_path / "mine.jsonl")
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["question"] == LEAVE
    *_, measured = indexed.evaluate(read(file))
    assert measured.questions and measured.recall[10 if 10 in measured.recall else max(measured.recall)] == 1.0
    assert "1 answer useful, 1 not useful: 1 question" in str(said)
    indexed.rate(first.conversation, 1, None)
    assert indexed.conversation(first.conversation).answers[0].useful is None
    with pytest.raises(UnknownConversationError, match="no answer 7"):
        indexed.rate(first.conversation, 7, True)


@pytest.mark.parametrize("how", ["document", "conversation", "answered again"])
def test_feedback_goes_with_its_answer(indexed, folder, how):
    talk = ask(indexed).conversation
    indexed.rate(talk, 1, True)
    if how == "document":
        forget(indexed, folder / "leave.md")
    elif how == "conversation":
        indexed.delete_conversations([talk])
    else:
        ask(indexed, conversation=talk, after=0)
    assert indexed.feedback().answers == () and probe.rows(indexed, "SELECT * FROM feedback") == []


def test_only_indexed_files_are_opened_for_what_they_say_of_themselves(indexed, folder):
    (folder / "paper.md").write_text(
        "---\ntitle: On gauges\nauthor: [Ada Byron, Max Born]\ndate: 2031-04-30\n---\nText."
    )
    run_index(indexed)
    other = folder.parent / "other.md"
    other.write_text("---\ntitle: Hidden\n---\n")
    known, unknown = indexed.references([str(folder / "paper.md"), str(other)])
    assert (known.title, known.authors, known.date) == ("On gauges", ("Ada Byron", "Max Born"), "2031-04-30")
    assert (unknown.title, unknown.name) == ("", "other.md")

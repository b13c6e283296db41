"""Conversations: remembered, shown, bounded, deleted, and forgotten with the documents they quote."""

import time

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import UnknownConversationError, UsageError
from jupyter_localai.render import reports as as_report
from jupyter_localai.render import text as as_text
from jupyter_localai.results.answers import Answer
from tests.index.test_forget import SECRET, forget, secret, traces  # noqa: F401
from tests.support import probe
from tests.support.in_process import run_index

LEAVE = "How many days of annual leave do staff receive?"


@pytest.fixture
def indexed(engine, folder):
    run_index(engine, [str(folder)])
    return engine


def ask(engine, question=LEAVE, **more):
    *_, answer = engine.ask(question, extractive=True, **more)
    assert isinstance(answer, Answer)
    return answer


def test_an_answer_comes_back_as_it_was(indexed):
    answer = ask(indexed)
    (talk,) = indexed.conversations()
    assert (talk.id, talk.title, talk.collection, talk.turns) == (answer.conversation, LEAVE, "default", 1)
    assert talk.answers == () and talk.created == talk.changed
    whole = indexed.conversation(talk.id)
    assert [told.to_dict() for told in whole.answers] == [answer.to_dict()]
    assert LEAVE in whole.to_markdown().replace("\\", "") and "twenty nine" in whole.to_markdown()


def test_a_conversation_goes_on(indexed):
    first = ask(indexed)
    second = ask(indexed, "and for boats?", conversation=first.conversation)
    other = ask(indexed, "Why was the gauge offline?")
    assert second.conversation == first.conversation != other.conversation
    assert [talk.turns for talk in indexed.conversations()] == [1, 2]
    third = ask(indexed, "and the wind?", conversation="last")
    assert third.conversation == other.conversation


def test_a_conversation_stays_with_its_collection(indexed, folder):
    run_index(indexed, [str(folder / "sub")], "code")
    first = ask(indexed, "Which function drops outliers?", collection="code")
    assert all(
        hit.path.endswith(".py") for hit in ask(indexed, "and spikes?", conversation=first.conversation).passages
    )


def test_an_unknown_conversation_is_told(indexed):
    with pytest.raises(UnknownConversationError, match="no conversation to continue"):
        ask(indexed, conversation="last")
    with pytest.raises(UnknownConversationError, match="no conversation 'x'"):
        ask(indexed, conversation="x")
    with pytest.raises(UnknownConversationError):
        indexed.conversation("x")
    with pytest.raises(UnknownConversationError):
        indexed.delete_conversations(["x"])


def test_a_question_that_fails_leaves_no_conversation(indexed):
    with pytest.raises(UsageError):
        ask(indexed, "?!")
    with pytest.raises(UsageError):
        ask(indexed, files="*.nothing")
    assert indexed.conversations() == []


def test_only_the_newest_are_kept(tmp_path, embedder, folder):
    engine = Engine.open(Config(store=tmp_path / "few", keep_conversations=2), embedder)
    run_index(engine, [str(folder)])
    last = [ask(engine, f"How many days of leave in year {year}?").conversation for year in range(4)][-2:]
    assert [talk.id for talk in engine.conversations()] == last[::-1]
    engine.close()


def test_the_newest_is_kept_after_the_clock_was_put_back(tmp_path, embedder, folder, monkeypatch):
    engine = Engine.open(Config(store=tmp_path / "few", keep_conversations=2), embedder)
    run_index(engine, [str(folder)])
    for year in range(2):
        ask(engine, f"How many days of leave in year {year}?")
    earlier = time.time() - 86_400
    monkeypatch.setattr("jupyter_localai.index.conversations.time.time", lambda: earlier)
    newest = ask(engine).conversation
    assert ask(engine, "And of sick leave?", conversation=newest).conversation == newest
    assert len(engine.conversations()) == 2
    engine.close()


def test_none_are_kept_where_none_are_wanted(tmp_path, embedder, folder):
    engine = Engine.open(Config(store=tmp_path / "none", keep_conversations=0), embedder)
    run_index(engine, [str(folder)])
    assert ask(engine).conversation is None and engine.conversations() == []
    engine.close()


def test_a_deleted_conversation_leaves_no_byte_behind(indexed):
    question = "How many days of leave does Quagmire receive?"
    gone, kept = ask(indexed, question), ask(indexed)
    assert traces(indexed.config.store, "Quagmire")
    indexed.delete_conversations([gone.conversation])
    assert [talk.id for talk in indexed.conversations()] == [kept.conversation]
    assert traces(indexed.config.store, "Quagmire") == set()


@pytest.mark.parametrize("moved", [False, True], ids=["in place", "moved"])
def test_forgetting_a_document_forgets_the_answers_made_of_it(engine, folder, secret, moved):  # noqa: F811
    run_index(engine, [str(folder)])
    before = ask(engine, "Why was the gauge offline in March?", k=1)
    ask(engine, "Who was dismissed because of the zeppelin affair?", conversation=before.conversation)
    ask(engine, "and the gauge?", conversation=before.conversation)
    other = ask(engine, "May boats sail when the wind exceeds 21 knots?", k=1)
    if moved:
        secret = secret.rename(secret.with_name("elsewhere.md"))
        run_index(engine)
    forget(engine, secret)
    assert {talk.id: talk.turns for talk in engine.conversations()} == {before.conversation: 1, other.conversation: 1}
    assert traces(engine.config.store, SECRET, "zeppelin", "personnel-quetzal") == set()


def test_answers_follow_documents_whose_names_are_swapped(indexed, folder):
    leave = ask(indexed, LEAVE, k=1)
    gauge = ask(indexed, "Why was the gauge offline in March?", k=1)
    (folder / "leave.md").rename(folder / "x.md")
    run_index(indexed)
    (folder / "gauge.txt").rename(folder / "y.txt")
    (folder / "x.md").rename(folder / "leave.md")
    run_index(indexed)
    sources = dict(probe.rows(indexed, "SELECT conversation, path FROM sources"))
    assert sources == {
        leave.conversation: str(folder / "leave.md"),
        gauge.conversation: str(folder / "y.txt"),
    }
    probe.catalogue(indexed).conversations.move({})
    with probe.catalogue(indexed).transaction():
        one, other = str(folder / "leave.md"), str(folder / "y.txt")
        probe.catalogue(indexed).conversations.move({one: other, other: one})
    swapped = dict(probe.rows(indexed, "SELECT conversation, path FROM sources"))
    assert swapped == {leave.conversation: other, gauge.conversation: one}


def test_answers_from_a_document_that_is_gone_can_be_forgotten(engine, folder, secret):  # noqa: F811
    run_index(engine, [str(folder)])
    ask(engine, "Who was dismissed because of the zeppelin affair?")
    secret.unlink()
    run_index(engine)
    forget(engine, secret)
    assert engine.conversations() == [] and traces(engine.config.store, SECRET, "zeppelin") == set()


def test_forgetting_a_collection_forgets_its_conversations(engine, folder):
    run_index(engine, [str(folder)], "one")
    run_index(engine, [str(folder)], "two")
    ask(engine, collection="one")
    kept = ask(engine, collection="two")
    forget(engine, collection="one")
    assert [talk.id for talk in engine.conversations()] == [kept.conversation]


# text that was attached to a question ---------------------------------------------------------------


def about(engine, question="Why was the gauge offline in March?", **more):
    """Ask a question that other documents answer than the one the attached text comes from."""
    return ask(engine, question, files="gauge.txt", **more)


@pytest.mark.parametrize("is_there", [True, False], ids=["indexed", "not indexed"])
def test_forgetting_a_file_forgets_what_was_asked_about_text_of_it(engine, folder, secret, is_there):  # noqa: F811
    run_index(engine, [str(folder)] if is_there else [str(folder / "gauge.txt")])
    kept = about(engine)
    about(engine, context=f"Selection of secret:\n\n{SECRET[:30]}", context_path=str(secret))
    report = forget(engine, secret)
    assert (report.answers, report.conversations) == (1, 1)
    assert [talk.id for talk in engine.conversations()] == [kept.conversation]
    assert traces(engine.config.store, SECRET[:30]) == set()


def test_forgetting_a_file_forgets_text_of_it_whose_place_nobody_told(engine, folder, secret):  # noqa: F811
    run_index(engine, [str(folder)])
    first = about(engine)
    about(engine, context=f"Selection:\n\n{SECRET.replace(' ', chr(10))}", conversation=first.conversation)
    about(engine, "And the gauge?", conversation=first.conversation)
    about(engine, f"Is it true that {SECRET.lower()}?")
    kept = about(engine, context="Xylophonist Quagmire was here")
    report = forget(engine, secret)
    assert (report.documents, report.answers, report.conversations) == (1, 3, 2)
    told = as_text.forget_text(report)
    assert "3 answers of 2 conversations" in told and "3 answers of 2 conversations" in as_report.forget(report)
    assert {talk.id: talk.turns for talk in engine.conversations()} == {first.conversation: 1, kept.conversation: 1}
    assert traces(engine.config.store, SECRET, "zeppelin") == set()


def test_forgetting_a_collection_forgets_text_of_it_asked_of_others(engine, folder, secret):  # noqa: F811
    run_index(engine, [str(folder / "gauge.txt")])
    run_index(engine, [str(folder)], "staff")
    about(engine, context=f"Selection:\n\n{SECRET}")
    kept = about(engine, context=(folder / "gauge.txt").read_text())  # this text stays indexed
    assert forget(engine, collection="staff").answers == 1
    assert [talk.id for talk in engine.conversations()] == [kept.conversation]
    assert traces(engine.config.store, SECRET, "zeppelin") == set()


CHINESE = "因为飞艇事件她昨天被解雇了"


def test_text_without_spaces_is_recognised(engine, folder):
    (folder / "notes.txt").write_text(f"会议记录。{CHINESE}。会议结束。", encoding="utf-8")
    run_index(engine, [str(folder)])
    about(engine, context=f"Selection:\n\n{CHINESE[2:12]}")
    assert forget(engine, folder / "notes.txt").answers == 1


@pytest.mark.parametrize("path", ["relative.txt", "/a\0", "/\ud800"])
def test_a_place_of_text_that_cannot_be_one_is_refused(indexed, path):
    with pytest.raises(UsageError):
        about(indexed, context="Some text", context_path=path)


def test_conversations_that_are_too_many_leave_no_byte_behind(tmp_path, embedder, folder):
    engine = Engine.open(Config(store=tmp_path / "few", keep_conversations=1), embedder)
    run_index(engine, [str(folder)])
    ask(engine, "How many days of leave does Quagmire receive?")
    assert traces(engine.config.store, "Quagmire")
    ask(engine)
    assert traces(engine.config.store, "Quagmire") == set()
    engine.close()


@pytest.mark.parametrize("name", ["\ud800", "a\udfff", "\0"])
def test_an_id_that_is_no_text_is_an_unknown_one(indexed, name):
    for use in (indexed.conversation, lambda name: indexed.delete_conversations([name]), about_more(indexed)):
        with pytest.raises(UnknownConversationError):
            use(name)


def about_more(engine):
    return lambda name: ask(engine, conversation=name)

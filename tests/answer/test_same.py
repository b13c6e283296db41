"""The same question gets the same answer, until its documents, its model or its options are others."""

import datetime

import pytest

from jupyter_localai.results.answers import Token
from tests.index.test_forget import forget, traces
from tests.support.in_process import run_index
from tests.support.ollama import llama, says

QUESTION = "Why was the Gull Rock gauge offline in March?"
FIRST, SECOND = "The gauge was offline because of lightning [1].", "Lightning hit the gauge [1]."


@pytest.fixture
def engine(make_engine, ollama):
    ollama.replies = [says(FIRST), says(SECOND)]
    return make_engine()


def ask(engine, question=QUESTION, **more):
    return list(engine.ask(question, **more))[-1]


def test_the_same_question_has_the_same_answer_and_says_from_when(ollama, engine):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    first, (*events, second) = ask(engine), engine.ask(QUESTION)
    assert second.text == first.text == FIRST
    assert first.remembered is None and datetime.datetime.fromisoformat(second.remembered) >= before
    assert second.to_dict()["citations"] == first.to_dict()["citations"] and second.warnings == first.warnings
    assert second.conversation != first.conversation
    assert len(ollama.chats) == 1 and not any(isinstance(event, Token) for event in events)
    assert ask(engine).remembered == second.remembered  # the time it was written, however often it is repeated


def test_it_is_the_same_though_more_is_known_of_the_models_speed_and_tokens(ollama, engine):
    ollama.replies = [says(FIRST, prompt_eval_count=900, prompt_eval_duration=300 * 10**9), says(SECOND)]
    ask(engine)
    assert ask(engine).text == FIRST


def test_asked_again_the_model_answers_and_this_counts_from_then_on(engine):
    ask(engine)
    fresh = ask(engine, fresh=True)
    assert (fresh.text, fresh.remembered) == (SECOND, None)
    assert ask(engine).text == SECOND


def test_asked_again_right_after_it_the_new_answer_takes_the_place(ollama, engine):
    first = ask(engine)
    fresh = ask(engine, fresh=True, conversation=first.conversation)
    assert [answer.text for answer in engine.conversation(fresh.conversation).answers] == [SECOND]
    assert "assistant" not in [message["role"] for message in ollama.chats[-1]["messages"]]


def test_a_follow_up_is_repeated_without_the_model_too(ollama, engine):
    def both():
        first = ask(engine)
        return ask(engine, "And who repaired that?", conversation=first.conversation)

    ollama.replies = [says(FIRST), says("Who repaired the Gull Rock gauge?"), says("The harbour office [1].")]
    first, again = both(), both()
    assert (again.text, again.query) == (first.text, first.query) and again.remembered
    assert len(ollama.chats) == 3


@pytest.mark.parametrize(
    "change",
    [{"seed": 5}, {"temperature": 0.7}, {"system_prompt": "Be short."}, {"keep_conversations": 0}],
    ids=lambda change: next(iter(change)),
)
def test_other_options_ask_again(ollama, engine, make_engine, change):
    ask(engine)
    engine.close()
    assert ask(make_engine(**change)).text == SECOND


def test_another_model_asks_again(ollama, engine):
    ask(engine)
    ollama.models = [llama(digest="9" * 64)]  # the same name, downloaded anew
    assert ask(engine).text == SECOND


def test_without_remembered_conversations_no_answer_is_remembered(ollama, make_engine):
    ollama.replies = [says(FIRST), says(SECOND)]
    engine = make_engine(keep_conversations=0)
    assert [ask(engine).text, ask(engine).text] == [FIRST, SECOND]


def test_what_broke_off_is_asked_again(ollama, engine):
    ollama.replies = [says(FIRST)[:-1], says(SECOND)]
    assert ask(engine).cut_off
    assert ask(engine).text == SECOND


def test_a_changed_document_has_it_asked_again(engine, folder):
    ask(engine)
    gauge = folder / "gauge.txt"
    gauge.write_text(gauge.read_text().replace("lightning", "a storm"))
    run_index(engine, [str(folder)])
    assert ask(engine).text == SECOND


def test_with_its_document_or_its_conversation_it_is_gone(ollama, engine, folder, tmp_path):
    ollama.replies = [says("Because of zirconium [1]."), says("Because of zirconium [1].")]
    first = ask(engine)
    engine.delete_conversations([first.conversation])
    assert not ask(engine).remembered
    forget(engine, str(folder / "gauge.txt"))
    assert traces(tmp_path / "store", "zirconium") == set()

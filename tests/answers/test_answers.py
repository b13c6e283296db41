"""A sample of the answers set with the packaged embedding model: right answers, places, refusals, warnings."""

import pytest

from jupyter_localai.config import Config
from jupyter_localai.embed.choose import open_embedder
from jupyter_localai.engine.engine import Engine
from tests.support import answer_sets as sets
from tests.support.in_process import DirectReaders
from tests.support.ollama import StandIn, llama

pytestmark = pytest.mark.model
PLACES = ("short", "leases", "bills", "lines", "tables", "talk", "headings")
RIGHT, REFUSED, FALSE_ALARMS, CAUGHT = 0.88, 0.9, 0.02, 0.9


@pytest.fixture(scope="module")
def asked():
    """Every second question about the small documents."""
    return [each for each in sets.questions() if each.place in PLACES][::2]


@pytest.fixture(scope="module")
def server():
    server = StandIn()
    server.models = [llama()]
    yield server
    server.stop()


@pytest.fixture(scope="module")
def engine(tmp_path_factory, server, asked):
    config = Config(store=tmp_path_factory.mktemp("answers"), ollama_host=server.address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jupyter_localai.engine.store.Readers", DirectReaders)
        engine = Engine.open(config, open_embedder(config))
        sets.index(engine, asked)
        yield engine
        engine.close()


@pytest.fixture(scope="module")
def found(engine, asked):
    return [sets.quoted(engine, each) for each in asked]


def test_quotes_answer_and_are_from_the_place(found):
    answerable = [each for each in found if each.question.kind != sets.REFUSED]
    wrong = [(each.question.question, each.wrong) for each in answerable if each.wrong]
    assert len(answerable) >= 30
    assert len(wrong) <= (1 - RIGHT) * len(answerable), wrong


def test_what_the_documents_do_not_answer_is_refused(found):
    foreign = [each for each in found if each.question.kind == sets.REFUSED]
    answered = [each.question.question for each in foreign if each.wrong]
    assert len(foreign) >= 6
    assert len(answered) <= max(1, (1 - REFUSED) * len(foreign)), answered


def test_no_number_is_in_an_answer_that_no_passage_has(found):
    assert {each.question.question: each.invented for each in found if each.invented} == {}


def test_true_claims_raise_no_alarm_and_false_ones_do(engine, asked, server):
    true = [sets.claimed(engine, each, server, each.says) for each in asked if each.says]
    true = [each for each in true if each.is_carried and each.answer.mode == "llm"]
    assert len(true) >= 12
    alarms = [each.question.says for each in true if each.is_alarmed]
    assert len(alarms) <= FALSE_ALARMS * len(true), alarms
    lies = [(each.question, sets.lie(each.question, each.answer.passages)) for each in true]
    false = [sets.claimed(engine, each, server, f"{lie} [1].") for each, lie in lies[::2] if lie]
    missed = [each.question.question for each in false if not each.is_alarmed]
    assert len(missed) <= max(1, (1 - CAUGHT) * len(false)), missed

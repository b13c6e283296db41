"""The whole way with a chat model that reads and writes: SmolLM2 with 135 million parameters, behind Ollama's routes.

What it says is no matter here; that something is said, counted, stopped and repeated is. Without the packages of
``requirements/test-model.txt`` these tests are skipped.
"""

import contextlib
import threading

import pytest
from IPython.core.interactiveshell import InteractiveShell

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import Cancelled
from jupyter_localai.ollama.server import Ollama
from jupyter_localai.results.answers import Answer, Passages, Thinking, Token
from jupyter_localai.results.reports import Progress
from tests.support.bridge import Bridge
from tests.support.engines import wait_until
from tests.support.in_process import WordEmbedder, run_index
from tests.support.runner import weights

QUESTION = "Why was the Gull Rock gauge offline in March?"
WINDOW = 1024


@pytest.fixture(scope="module")
def one_bridge():
    if weights() is None:
        pytest.skip("requirements/test-model.txt is not installed, so nothing was tried with a real chat model")
    bridge = Bridge()
    yield bridge
    bridge.stop()


@pytest.fixture
def bridge(one_bridge):
    """The server of all tests, which keeps the model in memory; what it was asked before counts no more."""
    one_bridge.requests.clear()
    return one_bridge


@pytest.fixture
def make_engine(bridge, tmp_path, folder):
    with contextlib.ExitStack() as engines:

        def make(**settings):
            given = {"store": tmp_path / "store", "ollama_host": bridge.address, "context_tokens": WINDOW}
            engine = Engine.open(Config(**given, model="smollm2:135m", **settings), WordEmbedder())
            engines.callback(engine.close)
            run_index(engine, [str(folder)])
            return engine

        yield make


def ask(engine, question=QUESTION, **more):
    *events, answer = engine.ask(question, **more)
    assert isinstance(answer, Answer)
    return answer, events


def is_sound(answer):
    """Whether an answer of the model has sources, or says that it has none, and did not run on."""
    told = " ".join(answer.warnings)
    return answer.mode == "llm" and answer.text.strip() and (answer.citations or "cited no passage" in told)


def test_through_the_engine_an_answer_streams_and_is_counted(bridge, tmp_path, tiny, folder):
    settings = {"ollama_host": bridge.address, "context_tokens": WINDOW, "model": "smollm2:135m", "embedder": str(tiny)}
    with la.connect(tmp_path / "store", **settings) as ai:
        ai.index(folder)
        first, *events, answer = ai.stream(QUESTION)
        again = ai.ask(QUESTION)
    assert isinstance(first, Passages) and is_sound(answer)
    assert {type(event) for event in events} == {Progress, Token}
    assert 100 < answer.prompt_tokens < answer.context_tokens == WINDOW
    assert (again.text, again.remembered is not None, len(bridge.chats)) == (answer.text, True, 1)


def test_a_client_with_other_settings_beside_us_has_nothing_loaded_again(bridge, make_engine):
    def other():
        with Ollama(bridge.address) as client:
            body = {"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
            list(client.chat({**body, "options": {"num_predict": 1}}))

    other()
    engine, loads = make_engine(), len(bridge.loads)
    ask(engine)
    other()
    assert is_sound(ask(engine, "How many days of annual leave do staff receive?")[0])
    assert len(bridge.loads) == loads


def once_it_reads(bridge, act):
    """Do something as soon as the model has begun to read."""

    def wait():
        wait_until(lambda: bridge.runner is not None and bridge.runner.is_working())
        act()

    threading.Thread(target=wait).start()


@pytest.fixture
def long_engine(make_engine, folder, request):
    """An engine with more to read than the model has in its cache, for some seconds."""
    said = [f"The Gull Rock gauge of {request.node.name} was offline in March, see log {n}." for n in range(5)]
    (folder / "log.txt").write_text("\n\n".join(" ".join(f"{line} Entry {n}." for n in range(2)) for line in said))
    return make_engine()


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_stopped_it_works_no_more(bridge, long_engine, moment):
    stop, seen = threading.Event(), []
    if moment == "reading":
        once_it_reads(bridge, stop.set)
    with pytest.raises(Cancelled) if moment == "reading" else contextlib.nullcontext():
        for event in long_engine.ask(QUESTION, k=20, stop=stop):
            seen.append(type(event))
            if isinstance(event, Token):
                stop.set()
    wait_until(lambda: not bridge.runner.is_working())
    assert (Token in seen) == (Answer in seen) == (moment == "writing")
    if moment == "writing":  # what had come is kept
        assert event.cut_off


def test_a_prompt_that_is_refused_is_sent_again_with_what_fits(bridge, make_engine, folder):
    bridge.reset()  # a larger window that is loaded would be used
    # each digit is a token for this model, and a third of one by the estimate
    for number in range(8):
        readings = " ".join(str(7**n)[:8] for n in range(10 + number, 36 + number))
        (folder / f"gauge{number}.txt").write_text(f"Gull Rock gauge {number}, offline in March.\n{readings}\n")
    answer, _ = ask(make_engine(), k=20)
    assert answer.mode == "llm" and answer.dropped_passages
    assert answer.prompt_tokens <= WINDOW and len(bridge.chats) >= 2
    assert not any("{" in warning for warning in answer.warnings)


def test_a_follow_up_goes_on_and_is_repeated(bridge, make_engine):
    engine = make_engine()

    def both():
        first, _ = ask(engine)
        return ask(engine, "And what does it log?", conversation=first.conversation)[0]

    first, chats = both(), len(bridge.chats)
    again = both()
    assert first.query and first.query != "And what does it log?"
    assert (again.text, again.query, len(bridge.chats)) == (first.text, first.query, chats)


def test_thoughts_come_before_the_answer(make_engine):
    _, events = ask(make_engine(think="on"), model="thinker")
    kinds = [type(event) for event in events if isinstance(event, (Thinking, Token))]
    assert kinds[0] is Thinking and kinds[-1] is Token and kinds == sorted(kinds, key=lambda kind: kind is Token)


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_a_runner_that_is_killed_costs_one_answer(bridge, long_engine, moment):
    def kill():
        bridge.runner.process.kill()

    if moment == "reading":
        once_it_reads(bridge, kill)
    for event in long_engine.ask(QUESTION, k=20):
        if isinstance(event, Token):
            kill()
    assert event.cut_off if moment == "writing" else event.mode == "extractive"
    assert event.warnings
    if moment == "reading":  # what was read before is in the cache no more
        assert is_sound(ask(long_engine, k=1)[0])


def test_a_cell_that_is_run_again_shows_the_same(bridge, tmp_path, tiny, folder, monkeypatch, capsys):
    for name, value in (("STORE", tmp_path / "store"), ("EMBEDDER", tiny), ("CONTEXT_TOKENS", WINDOW)):
        monkeypatch.setenv(f"LOCALAI_{name}", str(value))
    monkeypatch.setenv("OLLAMA_HOST", bridge.address)
    shell = InteractiveShell.instance()
    try:
        shell.run_line_magic("load_ext", "jupyter_localai")
        shell.run_line_magic("localai", f"index {folder}")
        for line in ("-o first", "-o second", "--fresh -o third"):
            shell.run_line_magic("ask", f"{line} {QUESTION}")
        first, second, third = (shell.user_ns[name] for name in ("first", "second", "third"))
    finally:
        InteractiveShell.clear_instance()
    assert "remembered from" in capsys.readouterr().out
    assert second.text == first.text and second.remembered and third.remembered is None

"""Answers by a chat model: what it is sent, what comes back, and what happens when it fails."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading

import pytest

from jupyter_localai.answer import choose
from jupyter_localai.answer.speed import ReadingSpeed
from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import Cancelled
from jupyter_localai.results.answers import Answer, Passages, Thinking, Token
from jupyter_localai.results.reports import Progress
from tests.support.engines import wait_until
from tests.support.in_process import run_index
from tests.support.ollama import OVERFLOW, gpt_oss, llama, nomic, qwen, says, thinks

QUESTION = "Why was the Gull Rock gauge offline in March?"


@pytest.fixture
def asked(make_engine):
    engine = make_engine()
    return lambda question=QUESTION, **more: list(engine.ask(question, **more))


def test_an_answer_streams_and_cites_the_sentence_that_carries_it(ollama, asked):
    ollama.chatting = says("The gauge was offline ", "because of lightning [1].", prompt_eval_count=300)
    _, *tokens, answer = asked()
    assert [t.text for t in tokens if isinstance(t, Token)] == ["The gauge was offline ", "because of lightning [1]."]
    assert (answer.mode, answer.model, answer.prompt_tokens, answer.context_tokens) == ("llm", "llama3.1:8b", 300, 8192)
    assert "lightning" in answer.citations[0].quote and answer.citations[0].path.endswith("gauge.txt")
    assert answer.warnings == () and answer.cut_off is None


def test_overflow_is_asked_to_be_an_error_and_the_context_is_set(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    asked()
    (body,) = ollama.chats
    assert (body["truncate"], body["think"]) == (False, False) and "shift" not in body
    assert body["options"]["num_ctx"] == 8192
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_settings_reach_the_model(ollama, make_engine):
    ollama.chatting = says("Lightning [1].")
    engine = make_engine(
        temperature=0.7, seed=5, keep_alive="3", system_prompt="Answer in French.", context_tokens=4096
    )
    list(engine.ask(QUESTION))
    (body,) = ollama.chats
    assert body["options"] == {"num_ctx": 4096, "num_predict": 1024, "temperature": 0.7, "seed": 5}
    assert body["keep_alive"] == 3
    assert "Answer in French." in body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        (says("Lightning [1].")[:-1], "ended early"),
        ([*says("Lightning [1].")[:-1], {"error": "runner stopped"}], "was lost"),
        ([says("Lightning [1].")[0], {**says()[-1], "done_reason": "length"}], "reached the length"),
    ],
    ids=["no end", "error in the stream", "length"],
)
def test_an_answer_that_is_cut_off_is_kept_and_marked(ollama, asked, reports, told):
    ollama.chatting = reports
    answer = asked()[-1]
    assert answer.mode == "llm" and answer.text == "Lightning [1]." and answer.cut_off is True
    assert told in answer.warnings[0]


@pytest.mark.parametrize(
    "reports",
    [says(*(f"{n} word{n} " * 10 for n in range(20_000))), says("Lightning [1].", *[""] * 100_000)],
    ids=["words", "nothing"],
)
def test_an_answer_without_an_end_is_ended_and_marked(ollama, asked, reports):
    ollama.chatting = reports[:-1]
    answer = asked()[-1]
    assert answer.mode == "llm" and answer.cut_off is True and len(answer.text) < 1024 * 41
    assert "reached the length" in answer.warnings[0]
    wait_until(lambda: ollama.left)  # and its server is told


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (lambda server: server.broken.update({"/api/tags": (500, b"{}")}), "refused /api/tags"),
        (lambda server: server.models.clear(), "models pull"),
        (lambda server: server.broken.update({"/api/chat": (400, b'{"error": "%s"}' % OVERFLOW.encode())}), "-k 3"),
        (lambda server: server.broken.update({"/api/show": (500, b"{}")}), "refused /api/show"),
        (lambda server: server.chatting.extend([{"error": "CUDA error: out of memory"}]), "CUDA error"),
        (lambda server: server.models.__setitem__(0, nomic()), "no chat model"),
        (
            lambda server: server.chatting.extend([{**says("x")[0], "remote_host": "https://ollama.com"}]),
            "another machine",
        ),
        (lambda server: server.__dict__.update(chatting=says("x"), drops_after=0), "broke off"),
        (lambda server: server.chatting.extend(says("")), "gave no answer"),
        (lambda server: server.models.__setitem__(0, llama("big:cloud")), "no chat model"),
        (
            lambda server: server.broken.update(
                {"/api/chat": (500, b'{"error": "llama runner process has terminated"}')}
            ),
            "has terminated",
        ),
        (
            lambda server: server.broken.update({"/api/chat": (404, b'{"error": "model \'x\' not found"}')}),
            "does not have the model",
        ),
        (lambda server: server.models[0].update(missing=True), "refused /api/show"),
    ],
    ids=[
        "broken",
        "no model",
        "overflow",
        "no details",
        "error in the stream",
        "only an embedding model",
        "answered from elsewhere",
        "dropped",
        "empty",
        "only a cloud model",
        "runner ends while loading",
        "removed after it was shown",
        "removed after it was listed",
    ],
)
def test_without_a_usable_model_the_answer_is_extractive_with_a_note(ollama, asked, prepare, told):
    prepare(ollama)
    answer = asked()[-1]
    assert isinstance(answer, Answer) and answer.mode == "extractive"
    assert told in answer.warnings[0]


def test_an_unknown_or_cloud_model_is_never_asked(ollama, asked):
    ollama.models.append(llama("far:cloud"))
    ollama.models.append(nomic())
    assert "models pull nothing" in asked(model="nothing")[-1].warnings[0]
    assert "Did you mean 'llama3.1:8b'?" in asked(model="lama3.1:8b")[-1].warnings[0]
    assert "another machine" in asked(model="far:cloud")[-1].warnings[0]
    assert "cannot chat" in asked(model="nomic-embed-text")[-1].warnings[0]
    assert ollama.chats == []


def test_nobody_is_asked_when_nothing_is_relevant(ollama, asked):
    answer = asked("How is quantum chromodynamics renormalised?")[-1]
    assert answer.mode == "none" and answer.warnings == () and ollama.requests == []


def test_the_model_last_used_answers_again_else_the_largest(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    ollama.models = [llama("small:1b", size=10**9), llama("large:8b", size=4 * 10**9), nomic()]
    assert asked()[-1].model == "large:8b"
    assert asked(model="small:1b")[-1].model == "small:1b"
    assert asked()[-1].model == "small:1b"
    ollama.models.pop(0)
    assert asked()[-1].model == "large:8b"


def test_a_model_is_described_once_and_the_others_not_at_all(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    ollama.models = [llama("small:1b", size=10**9), llama("large:8b", size=4 * 10**9)]
    for _ in range(3):
        asked()
    assert (ollama.asked("/api/show"), ollama.asked("/api/version"), ollama.asked("/api/ps")) == (1, 0, 3)


def test_waiting_for_the_model_is_told(ollama, asked, monkeypatch):
    monkeypatch.setattr("jupyter_localai.ollama.stream._TICK_SECONDS", 0.4)
    ollama.pause, ollama.chatting = 0.9, says("Lightning [1].")
    events = asked()
    waiting = [event for event in events if isinstance(event, Progress) and event.stage == "model"]
    assert (
        len(waiting) == 3
        and waiting[0] == Progress("model", 0, None, "seconds")
        and events.index(waiting[0]) < next(i for i, e in enumerate(events) if isinstance(e, Token))
    )


# thinking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "setting", "sent"),
    [
        (llama(), "on", False),
        (qwen(), "off", False),
        (qwen(), "on", True),
        (qwen(), "high", "high"),
        (gpt_oss(), "off", "low"),
        (gpt_oss(), "on", "medium"),
    ],
)
def test_whether_to_think_is_always_said(ollama, make_engine, model, setting, sent):
    ollama.models, ollama.chatting = [model], says("Lightning [1].")
    assert list(make_engine(think=setting).ask(QUESTION))[-1].mode == "llm"
    assert ollama.chats[0]["think"] == sent


@pytest.mark.parametrize(
    "reports", [thinks("Hm, ", "so."), says("<think>Hm, ", "so.</think>")[:-1]], ids=["told", "in the text"]
)
def test_thoughts_are_no_answer(ollama, make_engine, reports):
    ollama.models, ollama.chatting = [qwen()], [*reports, *says("Lightning [1].")]
    events = list(make_engine(think="on").ask(QUESTION))
    assert "".join(event.text for event in events if isinstance(event, Thinking)) == "Hm, so."
    assert events[-1].text == "Lightning [1]."


def test_a_model_that_only_thinks_costs_the_model_not_the_answer(ollama, make_engine):
    ollama.models, ollama.chatting = [qwen()], [*thinks("Hm"), {**says()[-1], "done_reason": "length"}]
    answer = list(make_engine(think="on").ask(QUESTION))[-1]
    assert answer.mode == "extractive" and "on thinking" in answer.warnings[0] and "think" in answer.warnings[0]


# what fits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("characters_per_token", [1.0, 3.0])
def test_a_flood_of_passages_never_exceeds_the_context(ollama, tmp_path, embedder, characters_per_token):
    ollama.characters_per_token, ollama.chatting = characters_per_token, says("Lightning [1].")
    folder = tmp_path / "flood"
    folder.mkdir()
    for number in range(10):
        text = " ".join(f"gauge offline word{n % 97}x{n // 97 + number}" for n in range(500))
        (folder / f"{number}.txt").write_text(f"Report {number}\n\n{text}\n")
    engine = Engine.open(Config(store=tmp_path / "flooded", ollama_host=ollama.address, context_tokens=4096), embedder)
    run_index(engine, [str(folder)])
    for _ in range(4):
        answer = list(engine.ask("Which gauge was offline?", k=500))[-1]
        sent = ollama.chats[-1]
        assert sum(len(hit.text) for hit in answer.passages) > 60_000  # five times what fits, or more
        if answer.mode == "llm":
            assert ollama.count(sent) <= 4096
            assert answer.prompt_tokens == ollama.count(sent) and answer.dropped_passages > 50
    assert answer.mode == "llm" and ollama.count(sent) + sent["options"]["num_predict"] <= 4096
    engine.close()


def test_the_estimate_learns_how_many_tokens_the_model_makes(ollama, tmp_path, embedder):
    ollama.characters_per_token, ollama.chatting = 5.0, says("Lightning [1].")
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(" ".join(f"gauge{n} offline{m}" for m in range(60)) for n in range(300)))
    engine = Engine.open(Config(store=tmp_path / "learned", ollama_host=ollama.address, context_tokens=4096), embedder)
    run_index(engine, [str(folder)])
    asked = "gauge1 offline1 offline2 offline3"
    used = [list(engine.ask(asked, k=300, fresh=True))[-1].prompt_tokens for _ in range(12)]
    assert used[0] < used[-1] <= 4096 - 1024
    engine.close()


def test_a_refused_prompt_is_sent_again_with_fewer_passages(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    ollama.replies = [[{"error": OVERFLOW, "status": 400}]]
    answer = asked()[-1]
    assert answer.mode == "llm" and len(ollama.chats) == 2


@pytest.fixture
def long_engine(ollama, tmp_path, embedder):
    """An engine with more passages than any context holds."""
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(f"The gauge was offline on day {n}. " * 12 for n in range(200)))
    engine = Engine.open(Config(store=tmp_path / "cut", ollama_host=ollama.address, context_tokens=2048), embedder)
    run_index(engine, [str(folder)])
    ollama.chatting = says("Lightning [1].")
    yield engine
    engine.close()


@pytest.mark.parametrize("characters_per_token", [1.0, 1.6, 2.4])
def test_the_second_prompt_after_a_refusal_uses_what_is_left(ollama, long_engine, characters_per_token):
    ollama.characters_per_token = characters_per_token
    answer = list(long_engine.ask("Why was the gauge offline?", k=100))[-1]
    room = 2048 - ollama.chats[-1]["options"]["num_predict"]
    refused, accepted = (ollama.count(body) for body in ollama.chats[-2:]) if len(ollama.chats) > 1 else (9999, 9999)
    assert answer.mode == "llm" and len(ollama.chats) <= 2
    if len(ollama.chats) == 2:
        assert refused > 2048 and 0.6 * room < accepted <= room


def test_a_refusal_without_numbers_is_answered_with_fewer_passages(ollama, long_engine):
    ollama.tells_numbers, ollama.characters_per_token = False, 1.6
    answer = list(long_engine.ask("Why was the gauge offline?", k=100))[-1]
    first, second = (ollama.count(body) for body in ollama.chats)
    assert answer.mode == "llm" and second < first


def test_a_server_with_a_smaller_window_than_it_was_asked_for_is_heeded(ollama, long_engine, monkeypatch):
    ollama.models[0]["show"]["model_info"]["llama.context_length"] = 1100
    ollama.characters_per_token = 3.0
    described = choose.model_info
    monkeypatch.setattr(
        choose, "model_info", lambda *given: dataclasses.replace(described(*given), used_context_tokens=2048)
    )
    answer = list(long_engine.ask("Why was the gauge offline?", k=100))[-1]
    assert answer.mode == "llm" and answer.context_tokens == 1100
    assert ollama.count(ollama.chats[-1]) + ollama.chats[-1]["options"]["num_predict"] <= 1100


# the window that is loaded -------------------------------------------------------------------------


def other_client(server, **options):
    """Chat as a program that uses the defaults."""
    server.answer("POST", "/api/chat", {"model": "llama3.1:8b", "messages": [{"content": "hi"}], "options": options})


def test_the_window_that_another_program_loaded_is_kept(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    for _ in range(3):
        other_client(ollama)
        answer = asked()[-1]
    assert ollama.loads == [("llama3.1:8b", 4096)] and answer.context_tokens == 4096
    asked("and in April?", conversation=answer.conversation)
    assert len(ollama.loads) == 1


def test_a_larger_window_is_kept_and_a_smaller_one_is_not_asked_for(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    other_client(ollama, num_ctx=32768)
    asked()
    assert ollama.loads == [("llama3.1:8b", 32768)]


def test_a_window_that_is_too_small_is_replaced_once(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    other_client(ollama, num_ctx=1024)
    asked()
    asked()
    assert [window for _, window in ollama.loads] == [1024, 8192]


def test_an_older_server_that_tells_no_window_gets_its_own(ollama, asked):
    ollama.is_old, ollama.chatting = True, says("Lightning [1].")
    for model in ollama.models:
        del model["show"]["capabilities"]
    assert asked()[-1].context_tokens == 8192 and asked()[-1].mode == "llm"
    assert len(ollama.loads) == 1


def test_a_model_that_reads_slowly_gets_fewer_passages_and_tells_how_long(ollama, long_engine):
    slow = {"prompt_eval_count": 500, "prompt_eval_duration": 12_500_000_000}  # 40 tokens a second
    ollama.chatting = says("Lightning [1].", **slow)
    engine = long_engine.using(dataclasses.replace(long_engine.config, context_tokens=8192))
    list(engine.ask("Why was the gauge offline?", k=100))
    ollama.chatting = says("Lightning [1].")
    events = list(engine.ask("Why was the gauge offline?", k=100, fresh=True))
    first, second = (ollama.count(body) for body in ollama.chats)
    passages = ollama.chats[1]["messages"][0]["content"].count("<passage ")
    assert second < first / 2 and passages >= 3
    waiting = next(event for event in events if isinstance(event, Progress))
    assert waiting.unit == "seconds" and 10 < waiting.total < 40


def test_a_prompt_from_the_cache_says_nothing_of_the_speed(catalogue):
    speed = ReadingSpeed(catalogue, "digest", keeps=True)
    assert (speed.seconds(1000), speed.room(15, 999)) == (None, 999)
    for seconds in (10, 0.01):
        speed.learn({"prompt_eval_count": 1000, "prompt_eval_duration": int(seconds * 1e9)})
    speed.learn({"prompt_eval_count": 5, "prompt_eval_duration": 1})
    speed.learn({"prompt_eval_count": "x"})
    assert ReadingSpeed(catalogue, "digest", keeps=True).seconds(1000) == 10 and speed.room(2.0, 999) == 200


# small models --------------------------------------------------------------------------------------


def test_a_model_that_repeats_itself_is_stopped(ollama, asked):
    ollama.chatting = says(*["The gauge was offline because of lightning [1]. "] * 5000)
    answer = asked()[-1]
    assert answer.text == "The gauge was offline because of lightning [1]." and answer.cut_off is True
    assert "repeated itself" in answer.warnings[0] and answer.citations
    wait_until(lambda: ollama.left)


def test_an_answer_that_cites_nothing_gets_the_passages_that_support_it(ollama, asked):
    ollama.chatting = says("The Gull Rock gauge was offline in March because of lightning.")
    answer = asked()[-1]
    assert "lightning" in answer.citations[0].quote and f"[{answer.citations[0].marker}]" in answer.text
    assert "found afterwards" in answer.warnings[0]


def test_a_base_model_answers_only_when_there_is_no_other(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    base = llama("base:7b", size=4 * 10**9)
    base["show"]["template"] = "{{ .Prompt }}"
    ollama.models = [llama("small:1b", size=10**9), base]
    assert asked()[-1].model == "small:1b"
    ollama.models = [base]
    assert asked()[-1].model == "base:7b"
    base["show"]["modelfile"] = "FROM x\nRENDERER gemma4\n"  # the server makes the prompt itself
    base["digest"] = "4" * 64
    ollama.models = [llama("small:1b", size=10**9), base]
    assert asked(model="small:1b")[-1].model == "small:1b"


def test_a_models_own_system_prompt_stands_before_the_rules(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    ollama.models[0]["show"]["system"] = "You always answer in capital letters."
    assert asked()[-1].warnings == ()
    said = ollama.chats[0]["messages"][0]["content"]
    assert said.startswith("You always answer in capital letters.\n\nYou answer questions from the numbered")
    ollama.models[0]["show"]["system"] = "word " * 20_000
    ollama.models[0]["digest"] = "9" * 64
    answer = asked()[-1]
    assert "own system prompt" in answer.warnings[0] and "word word" not in ollama.chats[1]["messages"][0]["content"]


def test_a_server_that_cuts_the_prompt_is_found_out(ollama, tmp_path, embedder):
    ollama.obeys_truncate, ollama.chatting = False, says("Lightning [1].")
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(f"The gauge was offline on day {n}. " * 12 for n in range(200)))
    engine = Engine.open(Config(store=tmp_path / "cut", ollama_host=ollama.address), embedder)
    run_index(engine, [str(folder)])
    ollama.characters_per_token = 0.5  # far more tokens than anybody would think
    answer = list(engine.ask("Why was the gauge offline?", k=100))[-1]
    assert answer.mode == "llm"
    ollama.chatting = says("Lightning [1].", prompt_eval_count=200)
    answer = list(engine.ask("Why was the gauge offline?", k=100, fresh=True))[-1]
    assert any("read less than it was sent" in warning for warning in answer.warnings)
    engine.close()


def test_a_small_machine_gets_a_smaller_context(ollama, make_engine, monkeypatch):
    from jupyter_localai.ollama import memory

    monkeypatch.setattr(memory, "gpu_bytes", lambda: 0)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 6_600_000_000)
    ollama.chatting = says("Lightning [1].")
    answer = list(make_engine(context_tokens=32768).ask(QUESTION))[-1]
    assert answer.context_tokens == 4096 == ollama.chats[0]["options"]["num_ctx"]


# follow-ups ----------------------------------------------------------------------------------------


def test_a_follow_up_is_rewritten_by_the_model_and_shown(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    first = asked()[-1]
    ollama.replies = [says("Why was the Gull Rock gauge offline in April?"), says("Nothing is said [1].")]
    passages, *_, answer = asked("Was that so in April?", conversation=first.conversation)
    assert isinstance(passages, Passages) and passages.query == "Why was the Gull Rock gauge offline in April?"
    assert (answer.question, answer.query) == ("Was that so in April?", passages.query)
    assert answer.conversation == first.conversation
    rewriting, answering = ollama.chats[1:]
    assert QUESTION in rewriting["messages"][1]["content"]
    assert rewriting["options"]["num_ctx"] == answering["options"]["num_ctx"]
    assert [message["role"] for message in answering["messages"]] == ["system", "user", "assistant", "user"]
    assert answering["messages"][2]["content"] == "Lightning."


def test_without_a_model_a_follow_up_carries_words_over(asked):
    first = asked(extractive=True)[-1]
    answer = asked("and in April?", conversation=first.conversation, extractive=True)[-1]
    assert answer.mode == "extractive" and "Gull" in answer.query and "Gull Rock" in answer.citations[0].quote


def test_a_follow_up_that_the_rule_completes_waits_for_no_model(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    asked()
    passages, *_ = asked("and in April?", conversation="last")
    assert passages.query == "and in April? (Gull Rock gauge offline)" and len(ollama.chats) == 2


def test_a_model_that_rewrites_badly_is_not_heeded(ollama, asked):
    ollama.chatting = says("Lightning [1].")
    asked()
    ollama.replies = [says("Sure, here it is:\n\nWhy?"), says("Nothing [1].")]
    assert "Gull" in asked("Was that so in April?", conversation="last")[-1].query


def test_a_server_elsewhere_is_not_asked_and_costs_no_answer(ollama, make_engine):
    engine = make_engine()
    view = engine.using(dataclasses.replace(engine.config, ollama_host="http://example.org"))
    answer = list(view.ask(QUESTION))[-1]
    assert answer.mode == "extractive" and "not on this machine" in answer.warnings[0] and ollama.requests == []


def test_extractive_asks_nobody(ollama, asked):
    assert asked(extractive=True)[-1].warnings == ()
    assert ollama.requests == []


def test_answers_without_a_model_have_no_model_in_their_json(asked):
    answer = asked(extractive=True)[-1]
    assert not {"model", "prompt_tokens", "dropped_passages"} & set(answer.to_dict())
    assert dataclasses.replace(answer, model="m").to_dict()["model"] == "m"


def test_closing_the_stream_ends_the_chat_models_work(ollama, make_engine):
    ollama.holds_after, ollama.chatting = 3, says(*["word "] * 100)
    events = make_engine().ask(QUESTION)
    next(event for event in events if isinstance(event, Token))
    events.close()
    wait_until(lambda: ollama.left)


def test_stop_ends_the_chat_models_work_before_its_first_word(ollama, make_engine):
    ollama.holds_after, ollama.chatting = 0, says("too late")
    stop = threading.Event()
    events = make_engine().ask(QUESTION, stop=stop)
    next(events)
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    with pytest.raises(Cancelled):
        list(events)
    wait_until(lambda: ollama.left)


@pytest.mark.model
@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_before_the_first_word_ends_the_chat_models_work(ollama, tmp_path, folder):
    ollama.holds_after, ollama.chatting = 0, says("too late")
    environment = {**os.environ, "OLLAMA_HOST": ollama.address, "LOCALAI_STORE": str(tmp_path / "store")}
    command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]
    subprocess.run([*command, "index", str(folder)], env=environment, check=True, capture_output=True)
    asking = subprocess.Popen(
        [*command, "ask", "Why was the Gull Rock gauge offline in March?"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: ollama.chats)
    asking.send_signal(signal.SIGINT)
    _, told = asking.communicate(timeout=60)
    wait_until(lambda: ollama.left)
    assert asking.returncode == 130 and "Stopped" in told and "Traceback" not in told


def test_that_there_is_no_chat_model_is_said_once_in_a_conversation(ollama, asked):
    ollama.models = []
    first = asked()[-1]
    assert "models pull" in first.warnings[0]
    assert asked(conversation=first.conversation)[-1].warnings == ()
    assert asked()[-1].warnings == first.warnings


def test_a_model_that_reads_fast_gets_whole_passages(ollama, make_engine, folder):
    (folder / "gauge.txt").write_text(
        " ".join(f"Sentence {n} is about cheese." for n in range(9))
        + " The Gull Rock gauge was offline in March because of lightning."
    )
    engine = make_engine()
    ollama.replies = [
        says("Lightning [1].", prompt_eval_count=500, prompt_eval_duration=10**8),
        says("Lightning [1]."),
    ]
    for _ in range(2):
        list(engine.ask(QUESTION, fresh=True))
    slow, fast = (body["messages"][0]["content"] for body in ollama.chats)
    assert "Sentence 0" not in slow and "because of lightning" in slow and "Sentence 0" in fast

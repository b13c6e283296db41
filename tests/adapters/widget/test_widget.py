"""The chat panel, driven by its traits and buttons, with a real engine and the stand-in for Ollama."""

import contextlib
import threading
import warnings

import ipywidgets
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jupyter_localai as la
from jupyter_localai.adapters.widget.chat import EXTRACTIVE
from jupyter_localai.adapters.widget.log import STEP
from jupyter_localai.adapters.widget.turn import Turn
from jupyter_localai.config import resolve
from jupyter_localai.errors import LocalAIError
from jupyter_localai.results.answers import Answer, Citation, Conversation, Passages, Token
from jupyter_localai.results.passages import Anchor, Hit
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.protocol.wire import Address
from tests.support import probe
from tests.support.engines import wait_until
from tests.support.in_process import serve_in_process
from tests.support.ollama import llama, says
from tests.support.panels import QUESTION, SAID, Elements, ask, button, is_shown, press, shown, widgets

IN_TWO = says("The gauge was ", SAID.removeprefix("The gauge was "))


@pytest.fixture
def store(tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    return tmp_path / "store"


@pytest.fixture
def ai(ollama, store, monkeypatch):
    """A client of an engine in this process, which panels use, too; tests of processes ask for `process`."""
    ai = serve_in_process(resolve())

    def client(*arguments):
        made = Client(*arguments)
        probe.share_session(made, ai)
        return made

    monkeypatch.setattr("jupyter_localai.adapters.widget.panel.Client", client)
    yield ai
    ai.close()


@pytest.fixture
def process(ollama, store, folder):
    """A store with some documents, served by an engine of its own."""
    with la.connect() as ai:
        ai.index(folder)
        yield ai


@pytest.fixture
def make():
    """Make a panel that has looked at what there is."""
    made = []

    def make(**keywords):
        made.append(la.ChatPanel(**keywords))
        assert made[-1].wait(60)
        return made[-1]

    yield make
    for panel in made:
        panel.close()


@pytest.fixture
def panel(ai, folder, make):
    ai.index(folder)
    return make()


def work_of_panels():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("localai-panel")]


# a conversation -----------------------------------------------------------------------------------


def test_a_question_is_answered_with_its_sources(panel, ollama):
    ask(panel, QUESTION)
    (answer,) = panel.answers
    assert answer.mode == "llm" and answer.text == SAID
    assert panel.question == ""
    html = shown(panel)
    assert QUESTION in html and "offline in March" in html and "gauge.txt" in html
    assert "<details" in html and "Sources (1)" in html
    assert "lightning.</blockquote>" in html


def test_it_is_written_while_it_comes(panel, ollama):
    ollama.pause = 0.15
    seen = []
    panel.question = QUESTION
    panel.send()
    wait_until(lambda: probe.turns_shown(panel))
    (widget,) = probe.turns_shown(panel)
    widget.observe(lambda change: seen.append(change["new"]), "value")
    wait_until(lambda: not panel.busy)
    drafts = [html for html in seen if "Writing" in html]
    assert any("The gauge" in html and "lightning" not in html for html in drafts)
    assert len(drafts) > 2


def test_sending_returns_at_once_and_an_answer_can_be_stopped_before_its_first_word(process, make, ollama):
    panel = make()
    ollama.holds_after = 0
    panel.question = QUESTION
    assert panel.send() and panel.busy
    wait_until(lambda: ollama.chats)
    press(panel, "Stop")
    assert not panel.busy and "Stopped" in shown(panel) and not panel.answers
    wait_until(lambda: ollama.left)
    assert panel.wait(60) and not work_of_panels()


def test_what_is_written_when_it_is_stopped_stays_and_can_be_tried_again(panel, ollama):
    ollama.chatting, ollama.holds_after = IN_TWO, 1
    panel.question = QUESTION
    panel.send()
    wait_until(lambda: "The gauge was" in shown(panel))
    panel.stop()
    assert "The gauge was" in shown(panel) and "Stopped" in shown(panel)
    wait_until(lambda: ollama.left)
    assert panel.wait(60)
    ollama.holds_after = None
    press(panel, "Try again")
    wait_until(lambda: not panel.busy)
    assert [answer.text for answer in panel.answers] == [SAID]
    assert shown(panel).count(QUESTION) == 1 and not is_shown(button(panel, "Try again"))


def test_a_remembered_answer_can_be_asked_for_again(panel, ai, ollama):
    ollama.replies = [says("Because of lightning [1].")]
    ask(panel, QUESTION)
    panel.new()
    ask(panel, QUESTION)
    assert "remembered from" in shown(panel)
    press(panel, "Try again")
    wait_until(lambda: not panel.busy)
    assert [answer.text for answer in panel.answers] == [SAID]
    assert [answer.text for answer in ai.conversation(panel.conversation).answers] == [SAID]


def test_a_follow_up_goes_on_with_the_conversation(panel, ai, ollama):
    ask(panel, QUESTION)
    talk = panel.conversation
    ollama.replies = [says("How long was the Gull Rock gauge offline?")]
    ask(panel, "For how long was that?")
    assert panel.conversation == talk and len(panel.answers) == 2
    assert panel.answers[1].query == "How long was the Gull Rock gauge offline?"
    assert ai.conversation(talk).turns == 2


def test_a_question_that_comes_too_early_is_kept(panel, ollama):
    ollama.holds_after = 0
    panel.question = QUESTION
    panel.send()
    panel.question = "And then?"
    assert not panel.send()
    assert panel.question == "And then?" and "Another answer is in progress" in shown(panel)
    panel.stop()


def test_nothing_is_asked_without_a_question(panel):
    panel.question = "  "
    assert not panel.send() and not panel.busy and not panel.answers


def test_enter_sends_what_comes_after_it_and_leaving_the_field_sends_nothing(panel, ollama):
    probe.type_into(panel, "half a que")
    assert not panel.busy and panel.question == "half a que"
    probe.press_enter(panel)  # JupyterLab tells of Enter first
    probe.type_into(panel, QUESTION)
    wait_until(lambda: panel.answers)
    assert panel.answers[0].question == QUESTION and panel.question == ""


def test_enter_sends_what_was_there_before(panel, ollama):
    panel.question = QUESTION
    probe.press_enter(panel)
    wait_until(lambda: panel.answers)
    assert panel.answers[0].question == QUESTION


# what can be chosen -------------------------------------------------------------------------------


def test_it_lists_what_is_there_and_what_comes(panel, ai, ollama, folder):
    choosers = probe.parts(panel).choosers
    assert [value for _, value in choosers.collections.options] == ["default"]
    assert [value for _, value in choosers.models.options] == ["", EXTRACTIVE, "llama3.1:8b"]
    ai.index(folder / "sub", collection="code")
    ollama.models = [llama(), llama("phi4:14b"), llama("gpt:cloud", remote_host="https://ollama.com")]
    panel.refresh()
    assert panel.wait(60)
    assert ("code · 1 document", "code") in choosers.collections.options
    assert [value for _, value in choosers.models.options] == ["", EXTRACTIVE, "llama3.1:8b", "phi4:14b"]


def test_the_chosen_model_and_collection_are_asked(panel, ai, ollama, folder):
    ollama.models = [llama(), llama("phi4:14b")]
    ai.index(folder / "sub", collection="code")
    panel.model, panel.collection = "phi4:14b", "code"
    ask(panel, "What does remove_spikes drop?")
    assert ollama.chats[-1]["model"] == "phi4:14b"
    assert {hit.document for hit in panel.answers[0].passages} == {"spikes.py"}


def test_without_a_model_it_quotes(panel, ollama):
    panel.model = EXTRACTIVE
    assert panel.extractive and panel.model == ""
    ask(panel, QUESTION)
    assert panel.answers[0].mode == "extractive" and not ollama.chats
    assert not is_shown(button(panel, "Try again"))


def test_arguments_choose_at_first(ai, make):
    panel = make(collection="later", model="other:1b")
    assert (panel.collection, panel.model) == ("later", "other:1b")


def test_the_only_collection_is_chosen_where_there_is_no_default_one(ai, make, folder):
    ai.index(folder, collection="handbook")
    panel = make()
    assert panel.collection == "handbook"


# conversations ------------------------------------------------------------------------------------


def test_conversations_are_listed_opened_and_gone_on_with(panel, ollama):
    ask(panel, QUESTION)
    first = panel.conversation
    press(panel, "New")
    assert panel.conversation is None and QUESTION not in shown(panel)
    ask(panel, "Who may take annual leave?")
    assert panel.conversation != first
    assert panel.wait(60)
    assert {value for _, value in probe.parts(panel).choosers.talks.options} == {"", first, panel.conversation}
    probe.parts(panel).choosers.talks.value = first  # as a person does
    wait_until(lambda: panel.conversation == first)
    assert panel.wait(60)
    assert QUESTION in shown(panel) and "annual leave?" not in shown(panel)
    ask(panel, "And for how long?")
    assert panel.conversation == first and len(panel.answers) == 2


def test_a_conversation_is_deleted_after_a_second_thought(panel, ai):
    ask(panel, QUESTION)
    press(panel, "Delete")
    assert len(ai.conversations()) == 1
    press(panel, "Keep it")
    press(panel, "Delete")
    press(panel, "Yes, delete it")
    assert panel.wait(60)
    assert ai.conversations() == []
    assert panel.conversation is None and QUESTION not in shown(panel)
    assert not is_shown(button(panel, "Delete"))
    assert [value for _, value in probe.parts(panel).choosers.talks.options] == [""]


def test_three_hundred_messages_stay_usable(panel, ollama):
    answers = tuple(
        Answer(f"Question {n}?", f"Answer {n}. " * 20, "llm", model="llama3.1:8b", conversation="x") for n in range(300)
    )
    probe.parts(panel).chat.clear(Conversation("x", "Long", "default", "", "", 300, answers))
    assert len(probe.turns_shown(panel)) == STEP
    assert "Question 299?" in shown(panel) and "Question 279?" not in shown(panel)
    press(panel, f"Show earlier ({300 - STEP})")
    assert len(probe.turns_shown(panel)) == 2 * STEP and "Question 279?" in shown(panel)
    sent = []
    for widget in probe.turns_shown(panel):
        widget.observe(lambda change: sent.append(change), "value")
    probe.parts(panel).chat.conversation = None
    ask(panel, QUESTION)
    assert sent == [] and len(panel.answers) == 301
    assert len(probe.turns_shown(panel)) <= 2 * STEP


def test_a_very_long_answer_is_drawn_less_often_and_whole(panel, ollama):
    words = [f"word{n} " for n in range(2500)]
    ollama.chatting = says(*words)
    seen = []
    panel.question = QUESTION
    panel.send()
    wait_until(lambda: probe.turns_shown(panel))
    (widget,) = probe.turns_shown(panel)
    widget.observe(lambda change: seen.append(change["new"]), "value")
    wait_until(lambda: not panel.busy, 60)
    assert len(panel.answers[0].text) > 20_000
    assert "word2499" in shown(panel)
    assert len(seen) < 300


# indexing -----------------------------------------------------------------------------------------


def test_a_folder_is_indexed_and_chosen(ai, make, folder):
    panel = make()
    panel.index(folder, "papers")
    assert panel.wait(60)
    assert "3 added" in shown(panel)
    assert panel.wait(60)
    assert panel.collection == "papers"
    assert ("papers · 3 documents", "papers") in probe.parts(panel).choosers.collections.options
    ask(panel, QUESTION)
    assert panel.answers


def test_indexing_can_be_cancelled_and_keeps_what_is_done(process, make, tmp_path):
    big = tmp_path / "big"
    big.mkdir()
    for n in range(300):
        (big / f"{n}.txt").write_text(f"Document {n} tells of tides. " * 40)
    panel = make()
    panel.index(big)
    wait_until(lambda: "files" in probe.parts(panel).index.message.value)
    press(panel, "Cancel")
    assert panel.wait(60)
    assert "Finished work is kept" in shown(panel) and is_shown(button(panel, "Index"))
    wait_until(lambda: all(job.state != "running" for job in process.jobs()))
    assert process.status().documents < 300


def test_a_folder_that_is_not_there_is_told(panel, tmp_path):
    panel.index(tmp_path / "nothing")
    assert panel.wait(60)
    assert "nothing" in shown(panel) and probe.parts(panel).index.folder.value.endswith("nothing")


# taking it elsewhere ------------------------------------------------------------------------------


def test_it_is_written_beside_the_notebook_and_never_over_a_file(panel, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ask(panel, QUESTION)
    press(panel, "Write a Markdown file")
    press(panel, "Write a Markdown file")
    names = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert names == ["why-was-the-gull-rock-gauge-offline-in-m-2.md", "why-was-the-gull-rock-gauge-offline-in-m.md"]
    text = (tmp_path / "here" / names[1]).read_text()
    assert text == panel.to_markdown() and "gauge.txt" in text
    assert probe.parts(panel).export.text.value == text and names[0] in shown(panel)


def test_a_cell_of_it_can_be_copied(panel):
    press(panel, "Text of a cell")
    assert "There is no answer to export yet." in shown(panel)
    ask(panel, QUESTION)
    press(panel, "Text of a cell")
    assert probe.parts(panel).export.text.value == "%%markdown\n" + panel.to_markdown()


def test_a_folder_that_cannot_be_written_is_told_and_the_text_is_there(panel, monkeypatch, tmp_path):
    ask(panel, QUESTION)
    monkeypatch.setattr("jupyter_localai.adapters.widget.files.here", lambda: tmp_path / "gone")
    press(panel, "Write a Markdown file")
    assert "could not be written" in shown(panel) and probe.parts(panel).export.text.value == panel.to_markdown()


# what goes wrong ----------------------------------------------------------------------------------


def test_an_engine_that_is_killed_is_told_and_another_try_starts_one(process, make, store, ollama):
    panel = make()
    ollama.chatting, ollama.holds_after = IN_TWO, 1
    panel.question = QUESTION
    panel.send()
    wait_until(lambda: "The gauge" in shown(panel))
    psutil.Process(Address.read(store).pid).kill()
    wait_until(lambda: not panel.busy)
    html = shown(panel)
    assert QUESTION in html and "The gauge" in html and "Incomplete" in html
    assert "The engine ended before its answer was complete" in html
    ollama.holds_after = None
    press(panel, "Try again")
    wait_until(lambda: not panel.busy, 60)
    assert [answer.text for answer in panel.answers] == [SAID]
    assert "Incomplete" not in shown(panel)


def test_without_ollama_it_quotes_says_why_and_offers_another_try(ai, folder, make, ollama):
    ai.index(folder)
    ollama.broken["/api/tags"] = ollama.broken["/api/version"] = (500, b"{}")
    panel = make()
    assert "Ollama" in shown(panel)
    ask(panel, QUESTION)
    assert panel.answers[0].mode == "extractive" and panel.answers[0].warnings
    ollama.broken.clear()
    press(panel, "Try again")
    wait_until(lambda: not panel.busy)
    assert panel.answers[0].mode == "llm"


def test_a_collection_that_is_not_there_is_told(panel):
    panel.collection = "nowhere"
    ask(panel, QUESTION)
    assert "no collection" in shown(panel) and QUESTION in shown(panel) and is_shown(button(panel, "Try again"))


def test_it_goes_on_when_the_folder_of_the_notebook_is_removed(panel, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    ask(panel, QUESTION)
    assert panel.answers and "gauge.txt" in shown(panel)
    press(panel, "Write a Markdown file")
    assert "folder no longer exists." in shown(panel)
    assert probe.parts(panel).export.text.value == panel.to_markdown()


def test_a_drawing_that_fails_leaves_the_panel_usable(panel, monkeypatch, capfd):
    monkeypatch.setattr(Turn, "_below", lambda _: 1 / 0)
    panel.question = QUESTION
    with contextlib.suppress(ZeroDivisionError):
        panel.send()
    assert probe.parts(panel).chat.wait(60)
    assert not probe.parts(panel).chat.is_answering
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_ours_is_told_without_a_traceback(panel, monkeypatch, capfd):
    monkeypatch.setattr(type(probe.parts(panel).client), "stream", lambda *_, **__: 1 / 0)
    ask(panel, QUESTION)
    assert "Unexpected error in the panel (ZeroDivisionError" in shown(panel)
    out, errors = capfd.readouterr()
    assert (out, errors) == ("", "")


# nothing is left ----------------------------------------------------------------------------------


def test_closing_ends_everything(process, make, ollama):
    panel = make()
    ollama.holds_after = 0
    panel.question = QUESTION
    panel.send()
    wait_until(lambda: ollama.chats)
    inside = list(widgets(panel))
    panel.close()
    wait_until(lambda: ollama.left)
    wait_until(lambda: not work_of_panels())
    assert all(widget.comm is None for widget in inside)
    panel.close()  # again
    assert not panel.send()
    panel.refresh()
    assert not work_of_panels()


def test_two_panels_and_a_call_at_once(process, make, ollama):
    ollama.pause = 0.05
    panel, other = make(), make()
    panel.question = other.question = QUESTION
    assert panel.send() and other.send()
    third = process.ask(QUESTION)
    wait_until(lambda: not panel.busy and not other.busy)
    assert panel.answers[0].text == other.answers[0].text == third.text == SAID
    assert panel.conversation != other.conversation
    ask(panel, "And for how long?")
    assert len(panel.answers) == 2


# nobody's text acts -------------------------------------------------------------------------------

HOSTILE = (
    '<script>alert(1)</script><img src="https://evil/?q=1" onerror=alert(1)>'
    '<b style="position:fixed">x</b>[a](javascript:alert(1)) ![i](https://evil/p.png) $\\href{javascript:x}{y}$'
)
ALLOWED = set("div p br hr strong em s code pre blockquote ul ol li table thead tbody tr th td a sup bdi span".split())


def test_hostile_text_reaches_no_html_widget_unescaped(ai, make, ollama, tmp_path):
    names = ("<img src=x onerror=alert(1)>", "café")
    for name in names:
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / f"{name}.md").write_text(f"# {HOSTILE}\n\nThe gauge {HOSTILE} was offline.\n")
    ollama.chatting = says(f"The gauge {HOSTILE} was offline [1]. ", HOSTILE)
    ollama.models = [llama("<script>alert(1)</script>")]
    panel = make(collection=HOSTILE)
    panel.index(tmp_path / "docs", HOSTILE)
    assert panel.wait(60)
    values = []
    for widget in widgets(panel):
        if isinstance(widget, ipywidgets.HTML):
            widget.observe(lambda change: values.append(change["new"]), "value")
    ask(panel, f"gauge offline {HOSTILE}?")
    panel.index(tmp_path / f"{HOSTILE[:9]}nothing")
    assert panel.wait(60)
    panel.collection = "<script>alert(2)</script>"
    ask(panel, f"gauge {HOSTILE}")
    found = Elements("\n".join([*values, shown(panel)]))
    assert found.tags <= ALLOWED | {"details", "summary"}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "src"]
    assert all(value.startswith("http") for name, value in found.attributes if name == "href")
    plain = [w for w in widgets(panel) if isinstance(w, (ipywidgets.Label, ipywidgets.HTMLMath, ipywidgets.Output))]
    assert plain == []


@settings(max_examples=50)
@given(st.text(), st.text(), st.text())
def test_no_text_of_a_turn_becomes_an_element_that_acts(question, said, name):
    turn = Turn(question)
    hit = Hit(1, 0.5, 0.5, f"/docs/{name}", name, "1", 0, 1, Anchor(heading=said), said)
    cited = Citation(1, f"/docs/{name}", Anchor(sheet=name), 0, 1, said, 0.5)
    seen = []
    for event in (Passages((hit,), question), Token(said), Answer(question, said, "llm", (cited,), (hit,), (said,))):
        turn.take(event)
        seen.append(turn.html())
    turn.answer = None
    turn.fail(LocalAIError(said, name))
    found = Elements("".join([*seen, turn.html()]))
    assert found.tags <= ALLOWED | {"details", "summary"}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "id")]


def test_text_of_documents_is_kept_out_when_that_is_set(panel, monkeypatch, ai, make):
    ask(panel, QUESTION)
    assert "lightning.</blockquote>" in shown(panel)
    monkeypatch.setenv("LOCALAI_QUOTES", "false")
    careful = make()
    ask(careful, QUESTION)
    assert "lightning.</blockquote>" not in shown(careful) and "gauge.txt" in shown(careful)
    assert "lightning.”" not in careful.to_markdown()


# where there is no front end ----------------------------------------------------------------------


def test_a_saved_notebook_shows_what_there_was(panel):
    fresh = panel._repr_mimebundle_()
    assert "run the cell" in fresh["text/plain"] and "application/vnd.jupyter.widget-view+json" in fresh
    ask(panel, QUESTION)
    bundle = panel._repr_mimebundle_()
    assert QUESTION in bundle["text/html"] and SAID in bundle["text/plain"]
    assert repr(panel) == "<ChatPanel 1 answer>"


def test_it_is_imported_when_it_is_used():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert la.ChatPanel.__name__ == "ChatPanel"

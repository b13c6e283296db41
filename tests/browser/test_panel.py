"""What a person does in the side panel, one test for each."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.panel import QUESTION, index, send
from tests.support.engines import kill_engines, wait_until
from tests.support.ollama import llama, qwen, says

ANSWER = "Boats must stay when the wind is above twelve metres per second [1]."


@pytest.fixture(scope="module")
def lab(station):
    return station


def test_ask_and_look_at_the_sources(panel, lab, picture):
    lab.ollama.chatting = says(ANSWER)
    answer = panel.open().ask()
    expect(answer.get_by_text("twelve metres").first).to_be_visible(timeout=60_000)
    panel.says("Answer ready, 1 source.")
    card = answer.get_by_role("group", name="Source 1: boats.md")
    expect(card).to_contain_text("wind is above twelve")
    answer.get_by_role("button", name="Source 1, boats.md").click()
    expect(panel.page.locator("#jp-main-dock-panel .cm-content")).to_contain_text("wind is above twelve")
    card.get_by_role("button", name="Show passage").click()
    expect(card.locator("mark")).to_contain_text("wind is above twelve")
    expect(panel.node).to_contain_text("llama3.1:8b")
    expect(panel.node).to_contain_text("This machine only")
    expect(panel.node).to_contain_text("Context")
    picture(panel.page, "panel-answer")


def test_text_appears_while_it_is_written(panel, lab):
    lab.ollama.chatting = says("Boats must ", "stay there ", "and not ", "leave [1].")
    lab.ollama.holds_after = 1
    answer = panel.open().ask()
    expect(answer.get_by_text("Boats must", exact=False)).to_be_visible(timeout=60_000)
    assert panel.button("Stop").is_visible()
    lab.ollama.holds_after = None
    panel.says("Answer ready")
    assert not panel.button("Stop").is_visible()


@pytest.mark.parametrize("pieces", [0, 2], ids=["before the first word", "in the middle"])
def test_stop(panel, lab, pieces):
    words = ["Word ", "Word [1]. ", *(f"{number} " for number in range(200))]
    lab.ollama.chatting, lab.ollama.holds_after = says(*words), pieces
    answer = panel.open().ask()
    if pieces:
        expect(answer.get_by_text("Word Word")).to_be_visible(timeout=60_000)
    else:
        expect(answer.get_by_text("Waiting for the chat model…")).to_be_visible(timeout=60_000)
    panel.button("Stop").click()
    panel.says("Stopped.")
    expect(panel.field).to_be_focused()
    wait_until(lambda: lab.ollama.left)
    if pieces:  # what had come is kept with its sources, also by the server
        expect(answer.get_by_role("group", name="Source 1: ")).to_be_visible()
        expect(answer.get_by_text("This answer is not complete.")).to_be_visible()
        assert json.loads(send(lab, "GET", "conversations/last"))["answers"][0]["cut_off"]
    lab.ollama.chatting, lab.ollama.holds_after = says(ANSWER), None
    panel.button("Ask again").click()
    panel.says("Answer ready")
    assert panel.answers.count() == 1


def test_a_follow_up_goes_on_with_the_conversation(panel, lab):
    lab.ollama.replies = [says(ANSWER), says("Who decides when the boats may leave?"), says("The station leader [1].")]
    panel.open().ask()
    panel.says("Answer ready")
    answer = panel.ask("And who decides that?")
    expect(answer.get_by_text("The station leader", exact=False).first).to_be_visible(timeout=60_000)
    (talk,) = json.loads(send(lab, "GET", "conversations"))["conversations"]
    assert talk["turns"] == 2


def test_a_reload_brings_everything_back(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    panel.open().ask()
    panel.says("Answer ready")
    panel.node.get_by_label("Chat model").select_option("None (extractive)")
    panel.field.fill("half a quest")
    panel.reload()
    expect(panel.answers.last.get_by_text("twelve metres").first).to_be_visible(timeout=60_000)
    expect(panel.field).to_have_value("half a quest")
    expect(panel.node.get_by_label("Chat model")).to_have_value("none")


def test_a_reload_in_the_middle_brings_the_question_back(panel, lab):
    lab.ollama.chatting, lab.ollama.holds_after = says(*["Word "] * 100), 2
    answer = panel.open().ask("Who decides about boats?")
    expect(answer.get_by_text("Word", exact=False)).to_be_visible(timeout=60_000)
    panel.reload()
    expect(panel.field).to_have_value("Who decides about boats?", timeout=60_000)
    wait_until(lambda: lab.ollama.left)


def test_a_document_is_named_after_the_sign(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    panel.open()
    panel.field.press_sequentially("When must boats stay, by @bo")
    expect(panel.node.get_by_role("option", name="boats.md", selected=True)).to_be_visible()
    panel.field.press("Escape")
    expect(panel.node.get_by_role("listbox", name="Documents")).to_have_count(0)
    panel.field.press_sequentially("a")
    expect(panel.node.get_by_role("option", name="boats.md")).to_be_visible()
    panel.field.press("Enter")
    expect(panel.field).to_have_value("When must boats stay, by @boats.md ")
    panel.field.press("Enter")
    panel.says("Answer ready, 1 source")


def test_several_conversations(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    panel.open().ask()
    panel.says("Answer ready")
    panel.button("New conversation").click()
    panel.ask("Who decides about the boats?")
    panel.says("Answer ready")
    panel.button("Conversations").click()
    talks = panel.node.get_by_role("listitem")
    expect(talks).to_have_count(2)
    panel.node.get_by_role("button", name=QUESTION).first.click()
    expect(panel.node.get_by_role("heading", name=QUESTION)).to_have_count(2)
    panel.button("Conversations").click()
    panel.node.get_by_role("button", name=QUESTION).first.hover()
    panel.node.get_by_role("button", name=f"Delete “{QUESTION}”").click()
    with panel.dialog("Delete this conversation?") as box:
        box.get_by_role("button", name="Delete").click()
    expect(talks).to_have_count(1)
    assert len(json.loads(send(lab, "GET", "conversations"))["conversations"]) == 1


def test_another_chat_model_and_collection(panel, lab):
    lab.ollama.models = [llama(), qwen()]
    lab.ollama.chatting = says(ANSWER)
    index(lab, "depot", collection="日本")
    panel.open()
    panel.node.get_by_label("Chat model").select_option("qwen3:8b")
    panel.node.get_by_label("Collection").select_option("日本")
    answer = panel.ask()
    panel.says("Answer ready")
    assert lab.ollama.chats[-1]["model"] == "qwen3:8b"
    expect(answer.get_by_text("qwen3:8b")).to_be_visible()
    (talk,) = json.loads(send(lab, "GET", "conversations"))["conversations"]
    assert talk["collection"] == "日本"


def test_code_is_copied_and_inserted(panel, lab):
    lab.notebook("empty.ipynb", "1")
    lab.ollama.chatting = says("So:\n\n```python\nwind = 12\n```\n\nBoats must stay at the slipway [1].")
    panel.watched.open("empty.ipynb")
    panel.page.locator(".jp-Notebook").wait_for()
    panel.page.keyboard.press("Control+Shift+Y")
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Copy code").click()
    assert panel.page.evaluate("navigator.clipboard.readText()") == "wind = 12"
    answer.get_by_role("button", name="Insert code").click()
    expect(panel.page.locator(".jp-Notebook .jp-Cell").nth(1)).to_contain_text("wind = 12")


def test_an_engine_that_is_killed_in_the_middle(panel, lab):
    lab.ollama.chatting, lab.ollama.holds_after = says(*["Word "] * 200), 2
    answer = panel.open().ask()
    expect(answer.get_by_text("Word Word")).to_be_visible(timeout=60_000)
    kill_engines(lab.runtime)
    again = panel.button("Ask again")
    expect(again).to_be_visible(timeout=60_000)
    expect(answer.get_by_text("Word Word")).to_be_visible()
    lab.ollama.chatting, lab.ollama.holds_after = says(ANSWER), None
    again.click()
    expect(panel.answers.last.get_by_text("twelve metres").first).to_be_visible(timeout=60_000)


def test_a_collection_that_is_gone(panel, lab):
    index(lab, "gone", collection="gone")
    panel.open()
    panel.node.get_by_label("Collection").select_option("gone")
    send(lab, "POST", "forget", {"collection": "gone"})
    answer = panel.ask()
    expect(answer.get_by_text("Nothing is indexed in “gone” yet")).to_be_visible(timeout=60_000)
    lab.ollama.chatting = says(ANSWER)
    panel.node.get_by_label("Collection").select_option("default")
    panel.button("Ask again").click()
    panel.says("Answer ready")


def test_a_server_that_is_away_for_a_while(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    panel.open()
    expect(panel.node.get_by_text("1 document in")).to_be_visible(timeout=60_000)
    panel.page.context.set_offline(True)
    answer = panel.ask()
    expect(answer.get_by_text("The Jupyter server does not answer.")).to_be_visible()
    panel.page.context.set_offline(False)
    panel.button("Ask again").click()
    panel.says("Answer ready")


def test_a_session_that_has_expired(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    panel.open()
    url = f"{lab.url}/jupyter-localai/ask*"
    panel.page.route(url, lambda route: route.fulfill(status=403, json={"message": "Forbidden"}))
    answer = panel.ask()
    expect(answer.get_by_text("no longer logged in")).to_be_visible()
    panel.page.unroute(url)
    panel.button("Ask again").click()
    panel.says("Answer ready")


def test_by_keyboard_only(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    page = panel.open("station/boats.md").page
    expect(panel.field).to_be_focused()
    page.keyboard.type("When must boats")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("stay?")
    page.keyboard.press("Enter")
    panel.says("Answer ready")
    expect(panel.answers.last.get_by_role("heading").first).to_have_text("When must boats\nstay?")
    for name in ("Copy answer", "Show the passage", "Show passage", "Source 1, boats.md"):
        for _ in range(6):
            page.keyboard.press("Shift+Tab")
            here = page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent")
            if here.startswith(name):
                break
        else:
            pytest.fail(f"{name} is not reached")
    in_document = "document.querySelector('#jp-main-dock-panel').contains(document.activeElement)"
    page.keyboard.press("Enter")
    page.wait_for_function(in_document)
    page.keyboard.press("Control+Shift+Y")
    expect(panel.field).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_function(in_document)


def test_settings_say_what_is_asked_at_first(panel, lab):
    lab.set("jupyter-localai/panel", {"collection": "hr", "extractive": True})
    try:
        panel.open()
        expect(panel.node.get_by_label("Collection")).to_have_value("named:hr")
        expect(panel.node.get_by_label("Chat model")).to_have_value("none")
    finally:
        lab.set("jupyter-localai/panel", {})


def test_dark(panel, lab, picture):
    lab.dark()
    lab.ollama.chatting = says(ANSWER)
    panel.open().ask()
    panel.says("Answer ready")
    assert panel.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    shade = panel.node.evaluate("node => getComputedStyle(node).backgroundColor")
    assert max(int(part) for part in shade.strip("rgba()").split(",")[:3]) < 80
    picture(panel.page, "panel-dark")


def test_two_hundred_pixels_are_enough(panel, lab, picture):
    lab.ollama.chatting = says(ANSWER)
    panel.open().ask()
    panel.says("Answer ready")
    panel.page.add_style_tag(content="#jupyter-localai.jp-LocalAI { width: 200px !important; min-width: 0 !important }")
    assert panel.node.bounding_box()["width"] == 200
    wide = panel.node.evaluate(
        "node => [...node.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > "
        "node.getBoundingClientRect().right + 1 && !e.closest('pre, .jp-LocalAI-table, .jp-LocalAI-live')).length"
    )
    assert wide == 0
    picture(panel.page, "panel-narrow")


def test_an_answer_of_the_greatest_length(panel, lab):
    """An answer may have some 40,000 characters; beyond that it is ended."""
    lines = [f"Line {number} of **many** words.\n" for number in range(1_400)]
    lab.ollama.chatting = says(*("".join(lines[n : n + 50]) for n in range(0, 1_400, 50)))
    answer = panel.open().ask()
    panel.says("Answer ready")
    expect(answer.get_by_text("Line 1399 of", exact=False).first).to_be_attached()
    panel.field.fill("still there")
    expect(panel.field).to_have_value("still there")

"""What people do with conversations and collections every day, and that axe finds nothing in it."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.panel import QUESTION, index, send
from tests.support.ollama import llama, qwen, says

ANSWER = "Boats must stay when the wind is above twelve metres per second [1]."
AGAIN = "The wind decides it [1]."


@pytest.fixture(scope="module")
def lab(station):
    return station


def sound(panel):
    """Check that axe has nothing to say of the panel or an open dialog."""
    where = ".jp-Dialog" if panel.page.locator(".jp-Dialog").count() else ".jp-LocalAI"
    found = Axe().run(panel.page, context=where)
    assert found.response["violations"] == [], found.generate_report()


def answered(panel, lab, *answers):
    lab.ollama.replies = [says(answer) for answer in answers]
    panel.open()
    panel.ask()
    panel.says("Answer ready")


def talks(lab):
    return json.loads(send(lab, "GET", "conversations"))["conversations"]


def more(panel, entry):
    panel.button("More").click()
    panel.page.get_by_role("menuitem", name=entry).click()


def test_an_answer_is_made_again_changed_and_rated(panel, lab, picture):
    lab.ollama.models = [llama(), qwen()]
    answered(panel, lab, ANSWER, AGAIN, AGAIN)
    panel.button("Answer again…").click()
    panel.page.get_by_role("menuitem", name="Answer again with qwen3:8b").click()
    expect(panel.answers.last.get_by_text("The wind decides", exact=False).first).to_be_visible()
    expect(panel.answers).to_have_count(1)
    assert lab.ollama.chats[-1]["model"] == "qwen3:8b"
    panel.button("Useful (stays on this machine)").first.click()
    expect(panel.button("Useful (stays on this machine)").first).to_have_attribute("aria-pressed", "true")
    sound(panel)
    panel.field.press("ArrowUp")
    expect(panel.field).to_have_value(QUESTION)
    panel.field.fill("")
    panel.button("Edit and send again").click()
    expect(panel.node.get_by_text("takes the place of the old one")).to_be_visible()
    sound(panel)
    picture(panel.node, "daily-revision")
    panel.ask("Which wind keeps boats at the slipway?")
    panel.says("Answer ready")
    expect(panel.answers).to_have_count(1)
    (talk,) = talks(lab)
    assert (talk["turns"], talk["title"]) == (1, "Which wind keeps boats at the slipway?")
    more(panel, "Save Feedback as Questions…")
    expect(panel.page.get_by_text("by the thumbs below", exact=False)).to_be_visible()  # it went with its answer


def test_a_conversation_is_handed_in(panel, lab, picture):
    answered(panel, lab, ANSWER)
    panel.button("Useful (stays on this machine)").first.click()
    more(panel, "Export Conversation…")
    with panel.dialog("Export Conversation") as box:
        sound(panel)
        picture(box, "daily-export")
        box.get_by_role("combobox").select_option(label="Markdown")
        expect(box.get_by_role("textbox")).to_have_value(re.compile(r"^When must boats .*\.md$"))
        box.get_by_role("textbox").fill("station/talk.md")
        box.get_by_role("button", name="Export", exact=True).click()
    expect(panel.page.locator("#jp-main-dock-panel").get_by_role("tab", name="talk.md")).to_be_visible()
    text = (lab.root / "station" / "talk.md").read_text()
    assert "[[1]](boats.md#Boats)" in text and text.count(QUESTION) == 1
    more(panel, "Save Feedback as Questions…")
    expect(panel.page.locator("#jp-main-dock-panel").get_by_role("tab", name="questions.jsonl")).to_be_visible()
    (line,) = (lab.root / "questions.jsonl").read_text().splitlines()
    assert json.loads(line)["expected"][0]["file"].endswith("boats.md")
    more(panel, "Keyboard…")
    with panel.dialog("Keys of the LocalAI panel") as box:
        sound(panel)
        box.get_by_role("button", name="Close").click()


def test_conversations_are_found_renamed_and_pinned(panel, lab, picture):
    answered(panel, lab, ANSWER)
    for number in range(6):
        send(lab, "POST", "ask", {"question": f"How strong was the wind {number}?", "extractive": True})
    panel.button("Conversations").click()
    view = panel.node.get_by_role("region", name="Conversations")
    expect(view.get_by_role("heading", name="Today")).to_be_visible()
    view.get_by_role("button", name=QUESTION).first.hover()
    view.get_by_role("button", name=f"Pin “{QUESTION}”").click()
    expect(view.get_by_role("heading").first).to_have_text("Pinned")
    view.get_by_role("button", name=QUESTION).first.hover()
    view.get_by_role("button", name=f"Rename “{QUESTION}”").click()
    with panel.dialog("Rename Conversation") as box:
        box.get_by_role("textbox").fill("Slipway rules")
        box.get_by_role("button", name="Rename").click()
    expect(view.get_by_role("button", name="Slipway rules").first).to_be_visible()
    sound(panel)
    picture(panel.node, "daily-conversations")
    view.get_by_role("searchbox").fill("slipway")
    expect(view.get_by_text("1 conversation found")).to_be_visible()


def test_collections_are_asked_together_renamed_and_left(panel, lab, picture):
    index(lab, "harbour", "harbour")
    panel.open()
    panel.node.get_by_label("Collection").select_option(label="Several collections…")
    with panel.dialog("Ask several collections") as box:
        box.get_by_label("harbour").check()
        sound(panel)
        picture(box, "daily-several")
        box.get_by_role("button", name="Choose").click()
    panel.ask()
    panel.says("Answer ready")
    assert talks(lab)[0]["collection"] == "default, harbour"
    panel.node.get_by_label("Collection").select_option(label="harbour")
    panel.button("Documents").click()
    panel.button("Rename…").click()
    with panel.dialog("Rename Collection") as box:
        box.get_by_role("textbox").fill("quay")
        box.get_by_role("button", name="Rename").click()
    expect(panel.node.get_by_text("Summarise “quay”")).to_be_visible()
    panel.button("Ask only boats.md").click()
    expect(panel.node.get_by_role("group", name="Only boats.md")).to_be_visible()
    panel.node.get_by_role("button", name="Documents", exact=True).click()
    sound(panel)
    picture(panel.node, "daily-documents")
    panel.button("Take boats.md out of the index; the file stays").click()
    with panel.dialog("Remove from the index?") as box:
        expect(box).to_contain_text("1 document leaves “quay”.")
        expect(box).to_contain_text("1 answer of 1 conversation that rest on it")
        sound(panel)
        picture(box, "daily-removal")
        box.get_by_role("button", name="Remove from index").click()
    expect(panel.node.get_by_text("0 documents")).to_be_visible()
    assert (lab.root / "harbour" / "boats.md").exists()
    counts = {each["name"]: each["documents"] for each in json.loads(send(lab, "GET", "collections"))["collections"]}
    assert counts == {"default": 1, "quay": 0}
    panel.button("Remove collection…").click()
    with panel.dialog("Remove the collection from the index?") as box:
        box.get_by_role("button", name="Remove from index").click()
    expect(panel.node.get_by_label("Collection")).not_to_contain_text("quay")

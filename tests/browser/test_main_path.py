"""From a folder to the page of a PDF, as in the pictures of the docs: with the real embedding model."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from jupyter_localai.adapters.examples import corpus
from tests.browser.lab import Lab
from tests.browser.panel import Panel, pdf_address, pdf_page
from tests.support.ollama import says

QUESTION = "Why was the Gull Rock gauge offline in March 2031?"


@pytest.fixture
def lab(browser):
    lab = Lab()
    try:
        yield lab
    finally:
        lab.stop()


def answered(chat):
    """Answer from the passage of the report, as a chat model would."""
    found = re.search(r'<passage number="(\d+)" source="report-2031.pdf, page 3">', chat["messages"][0]["content"])
    assert found, "the page that answers is not among the passages"
    cause = "lightning destroyed its radio modem, and the reserve link failed because both shared a power supply"
    return says(f"The gauge was offline for 19 days in March 2031: {cause} [{found[1]}].")


@pytest.mark.model
def test_a_folder_is_indexed_and_a_question_leads_to_the_page(lab, watched, picture):
    shutil.copytree(corpus(), lab.root / "station")
    lab.ollama.chatting = answered
    watched.page.set_viewport_size({"width": 1280, "height": 720})
    panel = Panel(watched).open()
    page = panel.page
    expect(panel.node.get_by_text("1 chat model on this machine")).to_be_visible(timeout=60_000)
    page.locator(".jp-DirListing-item", has_text="station").click(button="right")
    page.get_by_role("menuitem", name="Index with LocalAI…").hover()
    picture(page, "path-1-menu")

    page.get_by_role("menuitem", name="Index with LocalAI…").click()
    with panel.dialog("Index with LocalAI") as box:
        box.get_by_role("button", name="Index", exact=True).click()
    expect(panel.node.get_by_text("7 added")).to_be_visible(timeout=120_000)
    panel.field.focus()
    expect(panel.node.get_by_text("Documents (7)")).to_be_visible(timeout=30_000)
    picture(page, "path-2-indexed")
    panel.button("Close the report on station").click()

    answer = panel.ask(QUESTION)
    panel.says("Answer ready")
    marker = answer.locator("button.jp-LocalAI-marker").first
    marker.hover()
    expect(page.get_by_role("tooltip").filter(has_text="lightning destroyed its radio modem")).to_be_visible()
    picture(page, "path-3-answer")

    marker.click()
    pdf_address(panel, "#page=3")
    pdf_page(panel, 3)
    panel.field.focus()
    # beside the viewer, headless Chromium draws text anew only then
    page.set_viewport_size({"width": 1290, "height": 724})
    picture(page, "path-4-page")

"""From an empty machine to the page of a PDF without a shell: with the real embedding model and no Ollama."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.panel import Panel, pdf_page
from tests.browser.test_panel_safety import check_for_everybody

MOST_CLICKS = 8


@pytest.fixture(scope="module")
def lab(browser):
    lab = Lab()
    lab.ollama.stop()
    yield lab
    lab.stop()


@pytest.mark.model
def test_a_new_user_comes_to_the_page_of_a_pdf_by_clicks_alone(lab, watched, picture):
    page = watched.open()
    page.evaluate("window.clicks = 0; addEventListener('click', event => event.isTrusted && window.clicks++, true)")
    started = time.monotonic()
    page.get_by_role("tab", name="Ask your documents (LocalAI)").click()
    panel = Panel(watched)
    expect(panel.node.get_by_text("Get a chat model (optional)")).to_be_visible(timeout=60_000)
    check_for_everybody(panel)
    picture(page, "first-empty")
    panel.button("Try it with the example documents").click()
    panel.button("Go on without").click()
    expect(panel.node.get_by_text("7 documents in “examples”")).to_be_visible(timeout=100_000)
    questions = panel.node.get_by_role("group", name="You could ask").get_by_role("button")
    expect(questions).to_have_count(3, timeout=60_000)
    check_for_everybody(panel)
    picture(page, "first-ready")
    questions.first.click()
    panel.says("Answer ready")
    source = panel.answers.last.get_by_role("button", name=re.compile(r"Open report-2031\.pdf, page \d")).first
    number = re.search(r"page (\d)", source.get_attribute("aria-label"))[1]
    source.click()
    pdf_page(panel, number)
    clicks = page.evaluate("window.clicks")
    print(f"{clicks} clicks, {time.monotonic() - started:.1f} s")
    picture(page, "first-page")
    assert clicks <= MOST_CLICKS

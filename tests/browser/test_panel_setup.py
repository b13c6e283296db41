"""The first run: what is missing is told, with the one action that helps."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.panel import TEXT, Panel, index, make_lab
from tests.support.ollama import llama, says

START = 200_000
"""How much of the panel's code may be loaded before anything is asked, in bytes."""


def loaded(page):
    """Return the size of each file of the panel that a page has loaded."""
    return page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType('resource')
            .filter(({name}) => name.includes('/extensions/jupyter-localai/'))
            .map(({name, decodedBodySize}) => [name, decodedBodySize]))"""
    )


@pytest.fixture(scope="module")
def lab(browser, tiny, request):
    """One for all that are alike; the first test finds it empty."""
    lab = make_lab(tiny, has_server_half=getattr(request, "param", True))
    yield lab
    lab.stop()


def test_first_run_to_first_answer(lab, watched, picture):
    (lab.root / "papers").mkdir()
    (lab.root / "papers" / "boats.md").write_text(TEXT)
    lab.ollama.models, lab.ollama.pulling = [], [{"status": "success"}]
    lab.ollama.chatting = says("They must stay at the slipway [1].")
    panel = Panel(watched).open()
    expect(panel.node.get_by_text("Choose documents")).to_be_visible(timeout=60_000)
    expect(panel.node.get_by_text("Download a chat model")).to_be_visible(timeout=60_000)
    picture(watched.page, "panel-first-run")
    assert 50_000 < sum(loaded(watched.page).values()) <= START, loaded(watched.page)

    panel.button("Index a folder…").click()
    with panel.dialog("Index a Folder") as box:
        box.locator(".jp-DirListing-item", has_text="papers").click()
        box.get_by_role("button", name="Select").click()
    expect(panel.node.get_by_text("1 added")).to_be_visible(timeout=60_000)
    panel.button("Close the report on papers").click()
    expect(panel.node.get_by_text("1 document in “default”")).to_be_visible()

    lab.ollama.models = [llama()]
    panel.button("Download").first.click()
    expect(panel.node.get_by_text("1 chat model on this machine")).to_be_visible(timeout=60_000)
    panel.ask("When must boats stay?")
    panel.says("Answer ready")


def test_a_download_shows_its_progress_and_can_be_cancelled(lab, watched):
    lab.ollama.models = []
    layer = {"status": "pulling aa", "digest": "sha256:aa", "total": 1000}
    lab.ollama.pulling = Slow([*({**layer, "completed": 10 * n} for n in range(100)), {"status": "success"}])
    panel = Panel(watched).open()
    panel.button("Download").first.click(timeout=60_000)
    expect(panel.node.get_by_role("progressbar", name="Downloading")).to_have_attribute(
        "value", re.compile("[1-9]"), timeout=60_000
    )
    panel.button("Cancel").click()
    expect(panel.button("Download").first).to_be_visible()


def test_another_version_of_the_server(lab, watched):
    watched.page.route(f"{lab.url}/jupyter-localai/version*", lambda route: route.fulfill(json={"version": "9.9.9"}))
    panel = Panel(watched).open()
    expect(panel.node.get_by_text("the server has version 9.9.9")).to_be_visible()
    expect(panel.node.get_by_text("Restart the Jupyter server")).to_be_visible()


def test_without_ollama_answers_are_quoted(lab, watched):
    index(lab)
    lab.ollama.stop()
    panel = Panel(watched).open()
    expect(panel.node.get_by_text("Get a chat model (optional)")).to_be_visible(timeout=60_000)
    expect(panel.button("Check again")).to_be_visible()
    expect(panel.node.get_by_role("link", name="Get Ollama")).to_have_attribute("href", "https://ollama.com/download")
    panel.button("Go on without").click()
    expect(panel.node.get_by_text("Answers are quoted from your documents")).to_be_visible()
    answer = panel.ask()
    panel.says("Answer ready")
    expect(answer.get_by_text("Extractive", exact=True)).to_be_visible()
    expect(answer.get_by_text("Ollama")).to_have_count(0)  # that was said, and decided


@pytest.mark.parametrize("lab", [False], indirect=True, ids=["server half switched off"])
def test_a_server_without_its_half(lab, watched):
    panel = Panel(watched).open()
    expect(panel.node.get_by_text("The server extension is missing")).to_be_visible()
    expect(panel.node.get_by_text("jupyter server extension enable jupyter_localai")).to_be_visible()
    expect(panel.button("Check again")).to_be_visible()


class Slow(list):
    """Reports that come one at a time."""

    def __iter__(self):
        for report in super().__iter__():
            yield report
            time.sleep(0.2)

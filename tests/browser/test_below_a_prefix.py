"""Below a path, as a hub serves a JupyterLab to each user: the panel asks nothing above it, its cookies count there."""

import pytest
from playwright.sync_api import expect

from tests.browser.panel import QUESTION, TEXT, make_lab
from tests.support.ollama import says

PREFIX = "/user/ann%20b"
ASK = """async ([path, headers]) => {
  const reply = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ kind: 'compact' }) });
  return reply.status;
}"""


@pytest.fixture(scope="module")
def lab(browser, tiny):
    lab = make_lab(tiny, prefix=PREFIX)
    yield lab
    lab.stop()


def test_a_folder_is_indexed_and_asked(lab, panel):
    (lab.root / "station").mkdir()
    (lab.root / "station" / "boats.md").write_text(TEXT)
    lab.ollama.chatting = says("Boats must stay at the slipway when the wind is above twelve metres per second [1].")
    panel.open()
    page = panel.page
    page.locator(".jp-DirListing-item", has_text="station").click(button="right")
    page.get_by_role("menuitem", name="Index with LocalAI…").click()
    with panel.dialog("Index with LocalAI") as box:
        box.get_by_role("button", name="Index", exact=True).click()
    expect(panel.node.get_by_text("1 added")).to_be_visible(timeout=60_000)  # news come through the WebSocket
    answer = panel.ask(QUESTION)
    panel.says("Answer ready")
    answer.get_by_role("button", name="Open boats.md").first.click()
    expect(page.locator("#jp-main-dock-panel").get_by_role("tab", name="boats.md")).to_be_visible()
    assert panel.watched.outward == []


def test_a_page_that_does_not_know_the_cookies_secret_changes_nothing(lab, panel):
    """The browser sends the login's cookie with whatever a page asks for; the secret is for the prefix, too."""
    page = panel.open().page
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["_xsrf"]["path"] == f"{PREFIX}/"
    path = f"{PREFIX}/jupyter-localai/jobs"
    assert page.evaluate(ASK, [path, {}]) == 403
    assert page.evaluate(ASK, [path, {"X-XSRFToken": cookies["_xsrf"]["value"]}]) != 403

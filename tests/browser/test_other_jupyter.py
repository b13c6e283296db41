"""The oldest JupyterLab that is supported, and Notebook: the panel loads, answers, and a citation reaches its place.

They are in an environment of their own, whose Python ``LOCALAI_OLD_JUPYTER`` names; `.ci/run` makes it. What else is
needed lies beside it, in the environment of the tests.
"""

import os

import pytest
from playwright.sync_api import expect

from tests.browser.panel import QUESTION, Panel, index, make_lab, pdf_page
from tests.support.ollama import says
from tests.support.pdf_files import make_pdf

PYTHON = os.environ.get("LOCALAI_OLD_JUPYTER", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="LOCALAI_OLD_JUPYTER names no other environment")
SENTENCE = "The crane lifts eleven tons at noon."


@pytest.fixture(scope="module", params=["jupyterlab", "notebook"])
def lab(request, browser, tiny):
    lab = make_lab(tiny, python=PYTHON, app=request.param)
    lab.app = request.param
    try:
        (lab.root / "station").mkdir()
        (lab.root / "station" / "crane.pdf").write_bytes(make_pdf("One.", SENTENCE))
        index(lab)
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def panel(lab, watched):
    """The panel, shown as its users find it."""
    lab.ollama.chatting = says("So it is [1].")
    watched.problems = []
    watched.page.on("console", lambda message: watched.problems.append(message.text))
    if lab.app == "jupyterlab":
        return Panel(watched).open()
    watched.page.goto(f"{lab.url}/tree?token={lab.token}")
    watched.page.get_by_role("menuitem", name="View", exact=True).click()
    watched.page.get_by_role("menuitem", name="Ask Your Documents").click()
    panel = Panel(watched)
    panel.field.wait_for()
    return panel


def opened(panel, name):
    """Click the source of the last answer; return where it opens: this page, or a tab of its own."""
    source = panel.answers.last.get_by_role("button", name=f"Open {name}").first
    if panel.watched.lab.app == "jupyterlab":
        source.click()
        return panel
    with panel.page.context.expect_page() as other:
        source.click()
    expect(panel.answers.last.get_by_text("Opening…")).to_have_count(0)
    there = Panel(panel.watched)
    there.page = other.value
    return there


def test_a_citation_is_marked_in_its_text(panel, lab, picture):
    panel.ask(QUESTION)
    panel.says("Answer ready")
    picture(panel.page, f"old-{lab.app}")
    there = opened(panel, "boats.md")
    expect(there.page.locator(".cm-selectionBackground").first).to_be_attached(timeout=60_000)
    quote = panel.answers.last.locator("blockquote").first.inner_text()
    there.page.wait_for_function("quote => getSelection().toString().trim().startsWith(quote)", arg=quote[:20])


def test_a_citation_of_a_pdf_opens_its_page(panel, lab):
    panel.ask("When does the crane lift eleven tons?")
    panel.says("Answer ready")
    there = opened(panel, "crane.pdf, page 2")
    pdf_page(there, 2)


def test_the_arrows_of_the_lists_are_at_the_lists(panel, lab):
    for name in ("Documents of the collection", "Model: the chat model that answers"):
        field = panel.node.get_by_role("combobox", name=name)
        arrow = field.locator("xpath=..").locator("svg")
        one, other = field.bounding_box(), arrow.bounding_box()
        assert one["x"] <= other["x"] <= one["x"] + one["width"] and abs(one["y"] - other["y"]) < one["height"]


def test_no_shared_package_is_of_a_wrong_version(panel, lab):
    if lab.app == "notebook":
        pytest.skip("Notebook's own extension causes such warnings")
    assert [text for text in panel.watched.problems if "Unsatisfied version" in text] == []

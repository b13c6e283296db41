"""The doctor in the panel: what is promised and what has to work, a promise that is broken, and its remedy."""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.test_panel_safety import check_for_everybody


@pytest.fixture(scope="module")
def lab(station):
    return station


def line(panel, name):
    return panel.node.get_by_role("listitem").filter(has=panel.page.get_by_text(name, exact=True))


def test_all_is_well(panel, lab, picture):
    panel.open()
    panel.button("More").click()
    panel.page.get_by_role("menuitem", name="Check Privacy and Setup…").click()
    panel.says("Nothing leaves this machine")
    view = panel.node.get_by_role("region", name="Privacy and setup")
    expect(view.get_by_text("Nothing leaves this machine").first).to_be_visible()
    expect(line(panel, "network sockets")).to_contain_text("were blocked by")
    expect(line(panel, "store")).to_contain_text(str(lab.store))
    expect(line(panel, "server extension")).to_contain_text("OK")
    expect(line(panel, "news of JupyterLab")).to_contain_text("fetches no news")  # as this server's settings say
    first = view.get_by_role("listitem").first
    expect(first).to_contain_text("network sockets")
    check_for_everybody(panel)
    picture(panel.page, "checks-well")
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.button("Copy as text").click()
    copied = panel.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Nothing leaves this machine") and "\nOK: network sockets: " in copied
    panel.page.keyboard.press("Escape")
    expect(view).to_have_count(0)


def test_a_broken_promise_and_its_remedy(panel, lab, picture):
    panel.open()
    lab.store.chmod(0o755)
    try:
        panel.button("This machine only").click()
        panel.says("A privacy promise is broken: files and sockets.")
        broken = line(panel, "files and sockets")
        expect(broken).to_contain_text("Failed")
        expect(broken).to_contain_text("is open to other users")
        check_for_everybody(panel)
        picture(panel.node, "checks-broken")
        style = "#jupyter-localai.jp-LocalAI { width: 200px !important; min-width: 0 !important }"
        panel.page.add_style_tag(content=style)
        picture(panel.node, "checks-narrow")
        wide = panel.node.evaluate(
            "node => [...node.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > "
            "node.getBoundingClientRect().right + 1 && !e.closest('.jp-LocalAI-live')).length"
        )
        assert wide == 0
        remedy = broken.locator(".jp-LocalAI-remedy").inner_text()
        command = remedy.removeprefix("Run: ").removesuffix(".")
        subprocess.run(command, shell=True, check=True)
        panel.button("Check again").click()
        panel.says("Nothing leaves this machine")
        expect(broken).to_contain_text("OK")
    finally:
        lab.store.chmod(0o700)


def test_what_can_be_done_without_is_no_failure(panel, lab, picture):
    lab.dark()
    lab.ollama.broken = {"/api/tags": 500, "/api/version": 500}
    try:
        panel.open()
        panel.page.evaluate("window.jupyterapp.commands.execute('localai:doctor')")
        panel.says("Nothing leaves this machine")
        expect(line(panel, "ollama")).to_contain_text("Optional")
        check_for_everybody(panel)
        picture(panel.page, "checks-dark")
    finally:
        lab.ollama.broken = {}
        lab.dark(False)


def test_a_server_that_cannot_look(panel, lab):
    url = f"{lab.url}/jupyter-localai/doctor*"
    panel.open()
    told = {"code": "http_403", "message": "You may not execute.", "remedy": "Ask who runs this server."}
    panel.page.route(url, lambda route: route.fulfill(status=403, json=told))
    panel.button("This machine only").click()
    view = panel.node.get_by_role("region", name="Privacy and setup")
    expect(view.get_by_text("You may not execute.")).to_be_visible()
    panel.page.unroute(url)
    panel.button("Check again").click()
    panel.says("Nothing leaves this machine")

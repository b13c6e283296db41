"""The form of the settings: it is the user's configuration file, and what the environment fixes is told."""

import pytest
from playwright.sync_api import expect

from tests.browser.panel import send
from tests.browser.test_panel_safety import check_for_everybody


@pytest.fixture(scope="module")
def lab(station):
    return station


def open_form(panel):
    panel.button("More").click()
    panel.page.get_by_role("menuitem", name="Settings…").click()
    form = panel.node.get_by_role("region", name="Settings")
    expect(form.get_by_label("Passages")).to_have_value("6")
    return form


def test_settings_are_changed_and_kept_in_the_users_file(panel, lab, picture):
    panel.open()
    form = open_form(panel)
    check_for_everybody(panel)
    picture(panel.node, "settings")
    expect(form.get_by_label("Chat model")).to_have_value("")
    form.get_by_label("Instructions").fill("Answer like a sailor.\nBriefly.")
    form.get_by_label("Passages").fill("1")
    form.get_by_label("Quotes in notebooks").uncheck()
    form.get_by_role("button", name="Save").click()
    panel.says("Settings saved")
    panel.ask()
    panel.says("Answer ready")
    assert "like a sailor" in str(lab.ollama.requests)
    told = send(lab, "GET", "settings")
    assert '"passages": 1' in told and '"quotes": false' in told
    send(lab, "PATCH", "settings", {"system_prompt": "", "passages": 6, "quotes": True})


def test_a_file_that_cannot_be_read_is_told(panel, lab):
    panel.open()
    url = f"{lab.url}/jupyter-localai/settings*"
    told = {"code": "config", "message": "localai.toml cannot be read.", "remedy": "Correct the file or remove it."}
    panel.page.route(url, lambda route: route.fulfill(status=400, json=told))
    panel.page.evaluate("window.jupyterapp.commands.execute('localai:settings')")
    expect(panel.node.get_by_text("Correct the file or remove it.")).to_be_visible()

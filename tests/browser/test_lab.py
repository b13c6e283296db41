"""What the other browser tests rest on: a cell runs, and a request to anywhere else is seen."""

import pytest
from playwright.sync_api import Error


def test_a_notebook_runs_and_shows_its_output(lab, watched):
    lab.notebook("sum.ipynb", "import os\n6 * 7")
    page = watched.open("sum.ipynb")
    watched.run_all()
    assert page.locator(".jp-OutputArea-output").last.inner_text().strip() == "42"


def test_a_request_to_another_address_is_noticed_and_refused(lab, watched):
    page = watched.open()
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("fetch('http://127.0.0.1:9/leak')")
    assert watched.outward
    watched.outward.clear()


def test_dialogs_are_noticed(lab, watched):
    page = watched.open()
    page.evaluate("alert('run')")
    assert watched.dialogs == ["run"]

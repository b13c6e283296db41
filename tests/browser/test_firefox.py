"""The main path in Firefox: from documents to the marked quote in a PDF, which a view of the panel's own draws."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_localai.adapters.examples import corpus
from tests.browser.lab import Lab
from tests.browser.panel import index, make_lab
from tests.support.firefox import FIREFOX, firefox

pytestmark = pytest.mark.skipif(FIREFOX is None, reason="no Firefox was found, so nothing was tried in it")

QUESTION = "Why was the Gull Rock gauge offline in March 2031?"
SOURCE = "#jupyter-localai button[aria-label^='Open report-2031.pdf, page ']"
MARKED = "[...document.querySelectorAll('.jp-LocalAI-pdfPage mark')]"


@pytest.fixture(scope="module")
def lab(tiny: Path) -> Iterator[Lab]:
    lab = make_lab(tiny)
    try:
        (lab.root / "station").mkdir()
        shutil.copy(corpus() / "report-2031.pdf", lab.root / "station")
        lab.set("jupyter-localai/panel", {"extractive": True})
        index(lab)
        yield lab
    finally:
        lab.stop()


@pytest.mark.timeout(60, func_only=True)
def test_a_question_leads_to_the_marked_quote_in_a_pdf_and_nothing_is_asked_elsewhere(lab: Lab) -> None:
    with firefox() as page:
        page.open(lab.address())
        page.wait_for("window.jupyterapp?.restored.then(() => !document.querySelector('#jupyterlab-splash'))")
        page.click("[role=tab][title^='Ask your documents']")
        page.click("#jupyter-localai textarea")
        page.type(f"{QUESTION}\n")
        page.click(SOURCE)
        marked = page.wait_for(f"{MARKED}.map(mark => mark.textContent).join('')")
        source = f"document.querySelector(`{SOURCE}`)"
        quote = page.evaluate(f"{source}.closest('[role=group]').querySelector('blockquote').textContent")
        assert "".join(marked.split()) == "".join(quote.split())  # a mark has no line break
        number = page.evaluate(f"{MARKED}[0].closest('.jp-LocalAI-pdfPage').getAttribute('aria-label')")
        assert number.lower() in page.evaluate(f"{source}.getAttribute('aria-label')")
        assert page.evaluate(f"{MARKED}[0].getBoundingClientRect().top < innerHeight")
        outward = [url for url in page.requests if not url.startswith((lab.url, "data:", "blob:", "about:"))]
        assert page.requests
        assert outward == []

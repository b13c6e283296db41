"""Debian's Chromium (or Chrome) on a JupyterLab of the test's own; without a browser these tests are skipped.

``LOCALAI_REQUIRE_BROWSER=1`` makes them fail instead, and runs a test that fails once more, which the report tells: a
browser, a server, a kernel and an engine share the machine's cores, and others' code between them may come late.
``LOCALAI_SCREENSHOTS=FOLDER`` keeps their pictures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.lab import Lab, Watched
from tests.browser.panel import Panel, index, make_lab, reset

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
REQUIRED = bool(os.environ.get("LOCALAI_REQUIRE_BROWSER"))
PICTURES = os.environ.get("LOCALAI_SCREENSHOTS")
OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
expect.set_options(timeout=40_000)  # a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REQUIRED and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        told = "no Chromium was found, so nothing was tried in a browser"
        if REQUIRED:
            pytest.fail(told)
        pytest.skip(told)
    # one per module: its event loop must not be there when other tests run theirs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(browser: Browser) -> Iterator[Lab]:
    """A JupyterLab that the tests of a module share; each has its own page and documents."""
    lab = Lab()
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def station(browser: Browser, tiny: Path) -> Iterator[Lab]:
    """A `lab` with the small embedding model and a folder that is indexed, for tests of the panel."""
    lab = make_lab(tiny)
    try:
        index(lab)
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def panel(lab: Lab, watched: Watched) -> Panel:
    """The panel of a page that is to be loaded, without conversations and in the light theme."""
    reset(lab)
    lab.dark(False)
    return Panel(watched)


@pytest.fixture
def watched(browser: Browser, lab: Lab) -> Iterator[Watched]:
    """A page that is not loaded yet. What it asked of others than its server fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    watched = Watched(context.new_page(), lab)
    yield watched
    context.close()
    assert watched.outward == []


@pytest.fixture
def picture() -> Callable[[Page | Locator, str], None]:
    """Keep a picture of a page or of an element when pictures are asked for."""

    def keep(what: Page | Locator, name: str) -> None:
        if PICTURES:
            what.screenshot(path=Path(PICTURES, f"{name}.png"))

    return keep

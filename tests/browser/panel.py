"""The side panel as a person uses it: by what is written and said of its parts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page

from tests.browser.lab import Lab, Watched
from tests.support.ollama import llama

QUESTION = "When must boats stay at the slipway?"
TEXT = """# Boats

Boats must stay at the slipway when the wind is above twelve metres per second.

The station leader decides when the boats may leave the slipway again.
"""

PAGE = """() => {
  const inside = (node, name) => node?.shadowRoot?.querySelector(name);
  const toolbar = inside(document.querySelector('pdf-viewer'), 'viewer-toolbar');
  return inside(inside(toolbar, 'viewer-page-selector'), 'input')?.value;
}"""


def make_lab(tiny: Path, has_server_half: bool = True, **where: Any) -> Lab:
    """Return a JupyterLab with the small embedding model, and with or without the server half of the extension."""
    options = (f"--ServerApp.jpserver_extensions={{'jupyter_localai': {has_server_half}}}",)
    return Lab({"LOCALAI_EMBEDDER": str(tiny)}, options, **where)


def send(lab: Lab, method: str, route: str, body: Any = None) -> str:
    """Ask the server extension something, not through the page."""
    request = urllib.request.Request(
        f"{lab.url}/jupyter-localai/{route}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {lab.token}"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.read().decode()


def index(lab: Lab, folder: str = "station", collection: str = "default") -> None:
    """Write a folder of documents and wait until it is indexed."""
    (lab.root / folder).mkdir(exist_ok=True)
    (lab.root / folder / "boats.md").write_text(TEXT)
    job = json.loads(send(lab, "POST", "jobs", {"kind": "index", "paths": [folder], "collection": collection}))
    events = [json.loads(line) for line in send(lab, "GET", f"jobs/{job['id']}/events").splitlines() if line.strip()]
    assert events[-1]["type"] == "result", events[-1]


def reset(lab: Lab) -> None:
    """Forget all conversations and what the stand-in for Ollama was told to do."""
    for talk in json.loads(send(lab, "GET", "conversations"))["conversations"]:
        send(lab, "DELETE", f"conversations/{talk['id']}")
    lab.ollama.reset(llama())


class Panel:
    """The panel of a page that is loaded."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.page: Page = watched.page
        self.node = self.page.get_by_role("region", name="LocalAI")
        self.field = self.node.get_by_label("Question")
        self.answers = self.node.get_by_role("article")
        self.live = self.node.get_by_role("status")

    def open(self, path: str = "") -> Panel:
        """Load JupyterLab, with a document, and show the panel by its shortcut."""
        self.watched.open(path)
        # the launcher or an editor takes the focus once it is there
        self.page.locator(f"#jp-main-dock-panel {'.cm-content' if path else '.jp-MainAreaWidget'}").first.wait_for()
        self.page.keyboard.press("Control+Shift+Y")
        self.field.wait_for()
        return self

    def reload(self) -> None:
        """Load the page anew; JupyterLab keeps its layout a moment after it changed."""
        self.page.wait_for_timeout(1500)
        self.page.reload()
        self.page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)

    def ask(self, question: str = QUESTION) -> Locator:
        """Ask by the keyboard and return the place of the answer."""
        self.field.fill(question)
        self.field.press("Enter")
        return self.answers.last

    def button(self, name: str) -> Locator:
        return self.node.get_by_role("button", name=name)

    def says(self, text: str) -> None:
        """Wait until screen readers are told."""
        self.live.filter(has_text=text).wait_for(state="attached", timeout=60_000)

    @contextmanager
    def dialog(self, title: str) -> Iterator[Locator]:
        """Wait for one of JupyterLab's dialogs; it is gone afterwards."""
        box = self.page.locator(".jp-Dialog", has_text=title)
        box.wait_for()
        yield box
        box.wait_for(state="detached")


def pdf_page(panel: Panel, number: int) -> None:
    """Wait until Chromium's viewer shows a page."""
    shown: list[str] = []
    for _ in range(150):
        shown = []
        for frame in panel.page.frames:
            if frame.url.startswith("chrome-extension:"):
                with suppress(Error):  # it is being replaced
                    shown.append(frame.evaluate(PAGE))
        if str(number) in shown:
            return
        panel.page.wait_for_timeout(100)
    raise AssertionError(shown)


def pdf_address(panel: Panel, part: str) -> None:
    """Wait until JupyterLab's viewer has an address with this part."""
    panel.page.wait_for_function(
        """part => [...document.querySelectorAll('.jp-PDFContainer iframe')].some(
          frame => frame.contentDocument?.querySelector('object')?.data.includes(part))""",
        arg=part,
    )

"""The chat panel in a real JupyterLab: typed, streamed, stopped, looked up, indexed, gone wrong."""

import os
import re
import secrets
import signal
import subprocess
import sys

import psutil
import pytest
from playwright.sync_api import expect

from jupyter_localai.service.protocol.wire import Address
from tests.browser.lab import Lab
from tests.browser.panel import reset
from tests.support.engines import wait_until
from tests.support.ollama import says

QUESTION = "Why was the Gull Rock gauge offline in March?"
SAID = (
    "The Gull Rock gauge was offline in March because of lightning [1].\n\n"
    "| what | when |\n|---|---|\n| strike | 3 March |\n| repair | 29 March |\n\n"
    "- the **logger** was replaced [1]\n- no data were lost"
)
MAKE = "import jupyter_localai as la\npanel = la.ChatPanel()\npanel"


@pytest.fixture(scope="module")
def lab(browser, tiny):
    environment = {"LOCALAI_EMBEDDER": str(tiny), "LOCALAI_PRECISION": "float32"}
    lab = Lab(environment, ("--ServerApp.jpserver_extensions={'jupyter_localai': True}",))
    docs, more = lab.root / "documents", lab.root / "more"
    docs.mkdir(), more.mkdir()
    (more / "safety.md").write_text("# Safety\n\nNo boat may sail when the wind exceeds 21 knots.\n")
    (docs / "gauge.txt").write_text("Gauge log\n\nThe Gull Rock gauge was offline in March because of lightning.\n")
    (docs / "leave.md").write_text("# Leave\n\nStaff receive twenty nine days of annual leave.\n")
    index = "import jupyter_localai as la; la.connect().index('documents')"
    subprocess.run([sys.executable, "-c", index], env=lab.environment, cwd=lab.root, check=True)
    yield lab
    lab.stop()


@pytest.fixture(autouse=True)
def ollama(lab):
    reset(lab)  # with its conversations the engine forgets their answers, which it would give again
    lab.ollama.chatting = says(*re.findall(r"\S+\s*", SAID))
    return lab.ollama


class Panel:
    """The panel of a page."""

    def __init__(self, watched, name, *cells):
        watched.lab.notebook(name, *cells)
        self.watched = watched
        self.page = watched.open(name)
        watched.run_all()
        self.node = self.page.locator(".jp-OutputArea-output .widget-vbox").first
        self.input.wait_for(timeout=60_000)

    @property
    def input(self):
        return self.page.get_by_role("textbox", name="Question").first

    def button(self, name):
        return self.node.locator("button", has_text=re.compile(rf"^\s*{name}\s*$")).first

    def ask(self, text):
        self.input.fill("")
        self.input.press_sequentially(text)
        self.input.press("Enter")

    def expect(self, text, seconds=60):
        expect(self.node).to_contain_text(text, timeout=seconds * 1000)

    def index(self, folder):
        self.button("Index a folder").click()
        self.node.get_by_role("textbox", name="Folder").fill(folder)
        self.button("Index").click()
        self.expect("Indexed into")


def test_a_day_with_the_panel(lab, watched, ollama, picture):
    panel = Panel(watched, "panel.ipynb", MAKE)
    panel.index("more")
    picture(panel.node, "widget-indexed")
    panel.button("Index a folder").click()

    ollama.pause, ollama.holds_after = 0.05, 20
    panel.ask(QUESTION)
    expect(panel.input).to_have_value("")
    panel.expect("Writing")
    picture(panel.node, "widget-streaming")
    ollama.holds_after = None
    panel.expect("Sources (1)")
    expect(panel.node.locator("table")).to_be_visible()
    source = panel.node.get_by_text("Sources (1)")
    quote = panel.node.locator("details blockquote").first
    expect(quote).not_to_be_visible()
    source.click()
    expect(quote).to_contain_text("because of lightning")
    expect(quote).to_be_visible()
    picture(panel.node, "widget-light")

    ollama.holds_after = 0
    panel.ask("And what did it cost?")
    panel.expect("aiting for")
    panel.button("Stop").click()
    panel.expect("Stopped.")
    wait_until(lambda: ollama.left)
    expect(quote).to_be_visible()  # what is drawn already is left alone
    picture(panel.node, "widget-stopped")
    ollama.holds_after = None
    panel.button("Try again").click()
    expect(panel.node.get_by_text("Sources (1)")).to_have_count(2)

    ollama.holds_after = 3
    panel.ask("And when was it repaired?")
    panel.expect("Writing")
    os.kill(Address.read(lab.store).pid, signal.SIGKILL)
    panel.expect("The engine ended before its answer was complete")
    picture(panel.node, "widget-lost")
    ollama.holds_after = None
    panel.button("Try again").click()
    expect(panel.node.get_by_text("Sources (1)")).to_have_count(3, timeout=60_000)

    panel.button("Export").click()
    panel.button("Write a Markdown file").click()
    panel.expect("Saved as why-was-the-gull-rock")
    assert (lab.root / "why-was-the-gull-rock-gauge-offline-in-m.md").exists()
    picture(panel.node, "widget-export")
    assert watched.dialogs == []

    panel.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    wait_until(lambda: "A chat panel: run the cell" in (lab.root / "panel.ipynb").read_text())
    assert "lightning" not in (lab.root / "panel.ipynb").read_text()
    watched.open("panel.ipynb")
    expect(panel.node.get_by_text("Sources (1)")).to_have_count(3, timeout=60_000)
    panel.ask("And who repaired it?")
    expect(panel.node.get_by_text("Sources (1)")).to_have_count(4)


def test_it_can_be_used_while_a_cell_runs_and_by_keyboard_alone(lab, watched, ollama, picture):
    # a name of its own in each try: the kernel of the one before may run for ever
    panel = Panel(watched, f"busy-{secrets.token_hex(2)}.ipynb", MAKE)
    panel.page.evaluate(
        """() => {
          const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
          const future = kernel.requestExecute({ code: 'import time\\nwhile True: time.sleep(0.1)' });
          window.ended = future.done.then(reply => reply.content.ename);
        }"""
    )
    panel.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === 'busy'"
    )
    panel.input.focus()
    panel.page.keyboard.type(QUESTION)
    panel.page.keyboard.press("Enter")
    panel.expect("Sources (1)")
    ollama.holds_after = 3
    panel.page.keyboard.type("And then?")
    panel.page.keyboard.press("Enter")
    panel.expect("Writing")
    watched.page.evaluate("window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    assert panel.page.evaluate("window.ended") == "KeyboardInterrupt"
    expect(panel.button("Stop")).to_be_visible()  # the interrupt was for the cell
    panel.page.keyboard.press("Tab")  # Ask is away while it answers
    assert panel.page.evaluate("document.activeElement.textContent") == "Stop"
    panel.page.keyboard.press("Enter")
    panel.expect("Stopped.")
    wait_until(lambda: ollama.left)


def test_dark_and_narrow(lab, watched, ollama, picture):
    lab.dark()
    panel = Panel(watched, "dark.ipynb", MAKE)
    panel.ask(QUESTION)
    panel.expect("Sources (1)")
    panel.node.get_by_text("Sources (1)").click()
    picture(panel.node, "widget-dark")
    panel.page.set_viewport_size({"width": 760, "height": 900})
    panel.page.wait_for_function("document.querySelector('.jp-OutputArea-output .widget-vbox').clientWidth <= 400")
    outside = panel.page.evaluate(
        """() => {
          const output = document.querySelector('.jp-OutputArea-output .widget-vbox').parentElement;
          const right = output.getBoundingClientRect().left + output.clientWidth;
          return [...document.querySelectorAll('.jp-OutputArea-output .widget-vbox *')]
            .filter(node => node.getBoundingClientRect().right > right)
            .map(node => `${node.tagName} ${node.className} ${node.getBoundingClientRect().right - right}`);
        }"""
    )
    picture(panel.node, "widget-narrow")
    assert outside == []
    lab.dark(False)


def test_a_cell_of_the_conversation_comes_from_a_cell(lab, watched, ollama):
    panel = Panel(watched, "cell.ipynb", MAKE)
    panel.ask(QUESTION)
    panel.expect("Sources (1)")
    watched.page.evaluate(
        """async () => {
          const { shell } = window.jupyterapp;
          const kernel = shell.currentWidget.context.sessionContext.session.kernel;
          const future = kernel.requestExecute({ code: 'panel.to_cell()' });
          const reply = await future.done;
          window.payload = reply.content.payload;
        }"""
    )
    (payload,) = watched.page.evaluate("window.payload")
    assert payload["source"] == "set_next_input" and payload["text"].startswith("%%markdown\n")


def test_restarting_the_kernel_ends_what_the_panel_does(lab, watched, ollama):
    panel = Panel(watched, "restart.ipynb", MAKE)
    ollama.holds_after = 0
    panel.ask(QUESTION)
    wait_until(lambda: ollama.chats)
    panel.expect("aiting for")
    watched.page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    wait_until(lambda: ollama.left)
    assert psutil.pid_exists(Address.read(lab.store).pid)

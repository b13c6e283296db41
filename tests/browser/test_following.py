"""What others do is seen in an open panel without a click, and costs few requests; in quiet there are none."""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from jupyter_localai.service.protocol.wire import connection_file
from tests.browser.lab import Watched
from tests.browser.panel import QUESTION, TEXT, Panel, index, send
from tests.support.engines import kill_engines, running, wait_until
from tests.support.ollama import says

ANSWER = "Boats must stay when the wind is above twelve metres per second [1]."


@pytest.fixture(scope="module")
def lab(station):
    return station


@pytest.fixture
def other(lab, browser):
    """A second page, in a session of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    yield Panel(Watched(context.new_page(), lab))
    context.close()


def start(lab, *words):
    """Run a command in a shell on the same store."""
    command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", *words]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=lab.environment, cwd=lab.root, **silent)


def shell(lab, *words):
    assert start(lab, *words).wait(100) == 0


def run(panel, code):
    """Run code in the kernel of the open notebook."""
    reply = panel.page.evaluate(
        """async code => {
          const { shell } = window.jupyterapp;
          const notebook = [...shell.widgets('main')].find(widget => widget.context?.sessionContext);
          const { sessionContext } = notebook.context;
          await notebook.context.ready;
          await sessionContext.ready;
          const future = sessionContext.session.kernel.requestExecute({ code });
          return (await future.done).content;
        }""",
        code,
    )
    assert reply["status"] == "ok", reply


def papers(lab, name, count, text=TEXT):
    (lab.root / name).mkdir()
    for number in range(count):
        (lab.root / name / f"{number}.md").write_text(f"{text}\n\nReport {number}: {number * 7919}.\n")
    return name


def requests_of(panel):
    """Return the list of routes that the page asks from now on."""
    asked = []
    panel.page.on("request", lambda request: asked.append(request.url.partition("/jupyter-localai/")[2] or None))
    return asked


def ours(asked):
    """Return the routes that were asked for; the panel's own code, which comes when it is shown, left out."""
    return [route.split("?")[0] for route in asked if route and not route.startswith("static/")]


def ready(panel):
    panel.open()
    expect(panel.node.get_by_text("chat model on this machine")).to_be_visible(timeout=60_000)
    panel.page.wait_for_timeout(1000)  # until what the start of an engine brings about is over


def collection(panel, name):
    return panel.node.get_by_label("Collection").locator("option", has_text=name)


def test_a_run_of_the_shell_and_what_comes_of_it(panel, lab, picture):
    ready(panel)
    asked = requests_of(panel)
    process = start(lab, "index", papers(lab, "papers", 800), "-c", "from the shell")
    run = panel.node.get_by_role("group", name="from the shell")
    expect(run.get_by_role("progressbar")).to_be_visible()
    expect(collection(panel, "from the shell")).to_be_attached()
    picture(panel.page, "following-run")
    assert process.wait(100) == 0
    expect(run).to_have_count(0)  # whoever began it has the report
    panel.node.get_by_label("Collection").select_option("from the shell")
    expect(panel.node.get_by_text("800 documents in “from the shell”")).to_be_visible()
    panel.page.wait_for_timeout(1000)
    routes = ours(asked)
    assert sum(route.endswith("/events") for route in routes) == 1
    about = {route.split("/")[0] for route in routes}
    assert len(routes) <= 18 and about <= {"jobs", "status", "models", "suggest"}, routes


def test_in_quiet_nothing_is_asked(panel, lab):
    ready(panel)
    asked = requests_of(panel)
    panel.page.wait_for_timeout(4000)
    assert ours(asked) == []


def test_a_question_in_a_cell_is_in_the_list_and_goes_on_in_the_panel(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    lab.notebook("ask.ipynb", "1")
    panel.open("ask.ipynb")
    panel.button("Conversations").click()
    expect(panel.node.get_by_text("There are no conversations yet.")).to_be_visible(timeout=60_000)
    run(panel, "%load_ext jupyter_localai")
    run(panel, f"%ask {QUESTION}")
    expect(panel.node.get_by_role("listitem")).to_have_count(1, timeout=60_000)
    panel.node.get_by_role("button", name=QUESTION).first.click()
    expect(panel.answers).to_have_count(1)
    run(panel, "%ask --more And why?")
    expect(panel.answers).to_have_count(2, timeout=60_000)
    expect(panel.answers.last.get_by_role("heading").first).to_have_text("And why?")


def test_what_the_shell_forgets_is_gone(panel, lab):
    shell(lab, "index", papers(lab, "leaving", 2), "-c", "leaving")
    lab.ollama.chatting = says(ANSWER)
    ready(panel)
    panel.node.get_by_label("Collection").select_option("leaving")
    expect(panel.node.get_by_text("2 documents in “leaving”")).to_be_visible()
    shell(lab, "forget", "leaving/0.md")
    expect(panel.node.get_by_text("1 document in “leaving”")).to_be_visible()
    panel.ask()
    panel.says("Answer ready")
    panel.field.fill("half a quest")
    shell(lab, "forget", "--collection", "leaving")
    expect(panel.answers).to_have_count(0)  # the answer quoted what is forgotten
    expect(panel.node.get_by_text("Nothing is indexed in “leaving” yet.")).to_be_visible()
    expect(panel.field).to_have_value("half a quest")


def test_an_engine_that_ends_and_another_that_the_shell_starts(panel, lab):
    ready(panel)
    asked = requests_of(panel)
    shell(lab, "engine", "stop")
    panel.page.wait_for_timeout(3000)
    assert ours(asked) == [] and not connection_file(lab.store).exists()  # the page starts none
    shell(lab, "index", papers(lab, "later", 3), "-c", "later")
    expect(collection(panel, "later")).to_be_attached()
    kill_engines(lab.runtime)
    wait_until(lambda: not running(lab.runtime))
    shell(lab, "index", papers(lab, "after", 3), "-c", "after a crash")
    expect(collection(panel, "after a crash")).to_be_attached()
    assert len(ours(asked)) <= 14, ours(asked)


def test_two_pages(panel, other, lab):
    lab.ollama.chatting = says(ANSWER)
    ready(panel)
    ready(other)
    other.button("Conversations").click()
    expect(other.node.get_by_text("There are no conversations yet.")).to_be_visible()
    asked = requests_of(panel)
    panel.ask()
    panel.says("Answer ready")
    expect(other.node.get_by_role("listitem")).to_have_count(1)
    panel.page.wait_for_timeout(1000)
    assert sorted(ours(asked)) == ["ask", "conversations"]
    other.node.get_by_role("button", name=QUESTION).first.click()
    expect(other.answers).to_have_count(1)
    other.ask("And who decides?")
    other.says("Answer ready")
    expect(panel.answers).to_have_count(2)
    (talk,) = json.loads(send(lab, "GET", "conversations"))["conversations"]
    send(lab, "DELETE", f"conversations/{talk['id']}")
    for page in (panel, other):
        expect(page.answers).to_have_count(0)


def test_a_connection_that_was_lost(panel, lab):
    """As after a sleep: the page's WebSocket is cut, things change, and it comes back by itself."""
    opened, is_away = [], []

    def pass_on(route):
        if is_away:
            route.close()
            return
        opened.append(route)
        route.connect_to_server()

    panel.page.route_web_socket("**/jupyter-localai/changes*", pass_on)
    ready(panel)
    is_away.append(True)
    opened[-1].close()
    index(lab, "away", "while away")
    panel.page.wait_for_timeout(1500)
    assert collection(panel, "while away").count() == 0
    is_away.clear()
    panel.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(collection(panel, "while away")).to_be_attached()
    assert len(opened) == 2
    asked = requests_of(panel)
    opened[-1].close()
    wait_until(lambda: panel.page.wait_for_timeout(100) or len(opened) == 3)
    panel.page.wait_for_timeout(500)
    assert ours(asked) == []  # nothing changed meanwhile

"""A citation opens the place it cites: from the panel, from notebooks, from the widget; and says so when it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Watched
from tests.browser.panel import Panel, make_lab, reset, send
from tests.ingest.office_files import make_docx, p
from tests.ingest.pdf_files import make_pdf
from tests.ollama import says

FILLER = "".join(f"Line {number} is about nothing in particular 😀.\n\n" for number in range(1, 150))
ODD = "it's # 100% %41? [日本] & é"

SELECTED = """() => {
  const { context, content, node } = window.jupyterapp.shell.currentWidget;
  const editor = content.editor ?? content.activeCell.editor;
  const { start, end } = editor.getSelection();
  const source = editor.model.sharedModel.getSource();
  const at = editor.getCoordinateForPosition(start);
  const box = node.getBoundingClientRect();
  return {
    path: context.path,
    text: source.slice(editor.getOffsetAt(start), editor.getOffsetAt(end)),
    line: start.line + 1,
    seen: Boolean(at) && at.top >= box.top && at.bottom <= box.bottom
  };
}"""


def sentence(word: str) -> str:
    return f"The {word} rule says that boats stay at the slipway in a storm."


def code(word: str) -> str:
    body = "".join(f"def filler_{number}():\n    return {number}\n\n\n" for number in range(60))
    return f"{body}def {word}_rule():\n    '''{sentence(word)}'''\n    return '{word}'\n"


def book(word: str) -> str:
    cells = [nbformat.v4.new_markdown_cell(f"## Part {number}\n\n" + "Some words. " * 40) for number in range(30)]
    said = sentence(word) if word != "okapi" else "Nothing."
    cells[20] = nbformat.v4.new_markdown_cell(f"## {word}\n\nBefore it. {said} After it.")
    shown = nbformat.v4.new_output("stream", name="stdout", text=f"{sentence(word)}\n" if word == "okapi" else "x")
    cells[25] = nbformat.v4.new_code_cell("print(find())", outputs=[shown], execution_count=1)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))


def rows(word: str) -> str:
    filler = [f'"Row {number}",{number},"nothing\nhere."\n' for number in range(2, 300)]
    filler[197] = f'"{sentence(word)}",199,x\n'
    return "name,number,note\n" + "".join(filler)


DOCUMENTS: dict[str, str | bytes] = {
    "tapir/notes.txt": (FILLER + sentence("tapir") + "\n").replace("\n", "\r\n").encode("utf-8-sig"),
    "lemur/gauge.py": code("lemur"),
    "heron/rules.md": f"# Rules\n\n{FILLER}## Heron\n\n{sentence('heron')}\n",
    "okapi/book.ipynb": book("okapi"),
    "bison/report.pdf": make_pdf("One.", "Two.", "Three.", sentence("bison"), "Five."),
    "otter/table.csv": rows("otter"),
    "gecko/letter.docx": make_docx(p("Gecko", "H1") + p(sentence("gecko"))),
    "skink/page.html": f"<html><body><h1>Skink</h1><p>{sentence('skink')}</p></body></html>",
    f"quail/{ODD}/{ODD}.md": f"{FILLER}{sentence('quail')}\n",
    "moose/moved.ipynb": book("moose"),
    "camel/short.pdf": make_pdf("One.", "Two.", "Three.", sentence("camel")),
    "viper/gone.md": f"{sentence('viper')}\n",
    "panda/draft.md": f"{FILLER}{sentence('panda')}\n",
}


def put(lab: Lab, name: str, content: str | bytes) -> None:
    file = lab.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def index(lab: Lab, folder: str) -> None:
    """Index a folder into the collection of its name, and wait for it."""
    started = send(lab, "POST", "jobs", {"kind": "index", "paths": [folder], "collection": folder})
    last = json.loads(send(lab, "GET", f"jobs/{json.loads(started)['id']}/events").strip().splitlines()[-1])
    assert last["type"] == "result" and not last["value"]["failed"], last


@pytest.fixture(scope="module")
def lab(browser, tiny):
    lab = make_lab(tiny)
    try:
        for name, content in DOCUMENTS.items():
            put(lab, name, content)
        for folder in dict.fromkeys(name.split("/")[0] for name in DOCUMENTS):
            index(lab, folder)
        lab.dark(False)
        yield lab
    finally:
        lab.stop()


@pytest.fixture(scope="module")
def shared(browser, lab):
    """One page with the panel for all tests; what it asked of others than its server fails them."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(20_000)
    panel = Panel(Watched(context.new_page(), lab)).open()
    yield panel
    context.close()
    assert panel.watched.outward == []


@pytest.fixture
def panel(shared, lab):
    """The panel without a conversation, and no document open."""
    reset(lab)
    close_all(shared)
    shared.button("New conversation").first.click()
    return shared


def close_all(panel: Panel) -> None:
    panel.page.evaluate(
        """async () => {
          for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
            widget.context?.model && (widget.context.model.dirty = false);
            widget.dispose();
          }
        }"""
    )


def ask(panel: Panel, word: str) -> Locator:
    """Ask the collection of that name, and return the answer with its one source."""
    panel.watched.lab.ollama.chatting = says(f"The {word} rule says that boats stay at the slipway [1].")
    panel.node.get_by_label("Collection").select_option(word)
    answer = panel.ask(f"What does the {word} rule say of boats at the slipway in a storm?")
    expect(answer.get_by_role("button", name="Source 1")).to_be_visible(timeout=20_000)
    return answer


def marker(answer: Locator) -> Locator:
    return answer.get_by_role("button", name=re.compile(r"^Source 1, "))


def card(answer: Locator) -> Locator:
    return answer.get_by_role("group", name=re.compile(r"^Source 1: "))


def quote(answer: Locator) -> str:
    return answer.locator(".jp-LocalAI-quote").first.text_content() or ""


def settled(panel: Panel, check: Callable[[dict], bool]) -> dict:
    """Wait until the document that is shown is as it should be."""
    state: dict = {}
    for _ in range(100):
        try:
            state = panel.page.evaluate(SELECTED)
        except Exception as error:  # no document yet
            state = {"error": str(error)}
        if "error" not in state and check(state):
            return state
        panel.page.wait_for_timeout(100)
    raise AssertionError(state)


@pytest.mark.parametrize("word", ["tapir", "lemur", "heron", "quail"], ids=["text", "code", "Markdown", "odd names"])
def test_text_is_selected(panel, word, picture):
    answer = ask(panel, word)
    marker(answer).click()
    cited = quote(answer)
    assert word in cited
    shown = settled(panel, lambda shown: shown["text"] == cited and shown["seen"])
    assert shown["path"] in DOCUMENTS
    assert shown["line"] > 50
    expect(answer.locator(".jp-LocalAI-told")).to_have_count(0)
    picture(panel.page, f"opening-{word}")


def test_enter_on_the_source_opens_it_too(panel):
    answer = ask(panel, "heron")
    button = card(answer).get_by_role("button", name=re.compile("^Open rules.md, line"))
    button.focus()
    panel.page.keyboard.press("Enter")
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["path"] == "heron/rules.md")


def test_a_notebook_is_shown_at_its_cell(panel, picture):
    answer = ask(panel, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["seen"])
    assert panel.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 20
    picture(panel.page, "opening-notebook")


def test_a_quote_of_an_output_shows_its_cell(panel):
    answer = ask(panel, "okapi")
    assert "okapi" in quote(answer)
    marker(answer).click()
    panel.page.wait_for_function("window.jupyterapp.shell.currentWidget?.content?.activeCellIndex === 25")
    output = panel.page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output")
    expect(output).to_contain_text("okapi")
    expect(output).to_be_in_viewport()
    expect(answer.locator(".jp-LocalAI-told")).to_have_count(0)


def pdf_page(panel: Panel, address: str) -> None:
    """Wait until the viewer that is shown has an address with this end."""
    panel.page.wait_for_function(
        """end => [...document.querySelectorAll('.jp-PDFContainer iframe')].some(
          frame => frame.contentDocument?.querySelector('object')?.data.endsWith(end))""",
        arg=address,
    )


def test_a_pdf_is_shown_at_its_page(panel, picture):
    answer = ask(panel, "bison")
    expect(card(answer)).to_contain_text("page 4")
    marker(answer).click()
    pdf_page(panel, "#page=4")
    panel.page.evaluate("window.jupyterapp.shell.currentWidget.setFragment('#page=2')")
    pdf_page(panel, "#page=2")
    marker(answer).click()  # it is open already, at another page
    pdf_page(panel, "#page=4")
    picture(panel.page, "opening-pdf")


def test_a_table_is_shown_at_its_row(panel, picture):
    answer = ask(panel, "otter")
    expect(card(answer)).to_contain_text("row 199")
    marker(answer).click()
    panel.page.wait_for_function(
        """() => {
          const [grid] = window.jupyterapp.shell.currentWidget?.content?.children?.() ?? [];
          const model = grid?.selectionModel;
          const row = model?.currentSelection()?.r1;
          if (row === undefined) return false;
          const seen = grid.rowOffset('body', row) - grid.scrollY;
          return String(grid.dataModel.data('body', row, 0)).includes('otter') && seen >= 0 && seen < grid.pageHeight;
        }"""
    )
    expect(answer.locator(".jp-LocalAI-told")).to_have_count(0)
    picture(panel.page, "opening-table")


def test_a_page_is_shown_in_its_viewer(panel):
    answer = ask(panel, "skink")
    marker(answer).click()
    expect(panel.page.locator("#jp-main-dock-panel iframe")).to_be_visible()
    expect(panel.page.frame_locator("#jp-main-dock-panel iframe").get_by_text("skink rule")).to_be_visible()


def test_what_jupyterlab_cannot_show_is_told_with_the_passage(panel, picture):
    answer = ask(panel, "gecko")
    marker(answer).click()
    told = card(answer).get_by_role("alert")
    expect(told).to_contain_text("JupyterLab cannot show this kind of file.")
    expect(card(answer)).to_be_focused()
    expect(card(answer).locator("mark")).to_contain_text("gecko rule")
    picture(panel.page, "opening-word")
    told.get_by_role("button", name="Show in the file browser").click()
    expect(panel.page.locator(".jp-DirListing-item.jp-mod-selected")).to_contain_text("letter.docx")
    panel.page.evaluate("window.jupyterapp.commands.execute('localai:open')")


def test_a_deleted_document(panel, lab, picture):
    answer = ask(panel, "viper")
    (lab.root / "viper" / "gone.md").unlink()
    marker(answer).click()
    told = card(answer).get_by_role("alert")
    expect(told).to_contain_text("There is no file “gone.md” any more.")
    expect(card(answer).locator("mark")).to_contain_text("viper rule")
    picture(panel.page, "opening-missing")
    assert panel.page.evaluate("[...window.jupyterapp.shell.widgets('main')].length") <= 1


def test_a_notebook_that_is_renamed(panel, lab):
    answer = ask(panel, "moose")
    (lab.root / "moose" / "moved.ipynb").rename(lab.root / "moose" / "now here.ipynb")
    marker(answer).click()
    expect(card(answer).get_by_role("alert")).to_contain_text("There is no file “moved.ipynb” any more.")
    index(lab, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["path"] == "moose/now here.ipynb" and shown["text"] == quote(answer))
    expect(card(answer).get_by_role("status")).to_contain_text("This is now in now here.ipynb, cell 20.")


def test_a_pdf_that_was_replaced_by_a_shorter_one(panel, lab):
    answer = ask(panel, "camel")
    expect(card(answer)).to_contain_text("page 4")
    (lab.root / "camel" / "short.pdf").write_bytes(make_pdf("Only one."))
    marker(answer).click()
    pdf_page(panel, "#page=4")
    expect(card(answer).get_by_role("status")).to_contain_text("“short.pdf” has changed since it was indexed.")


def test_a_document_that_is_open_with_changes_that_are_not_saved(panel):
    answer = ask(panel, "panda")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer))
    editor = panel.page.locator("#jp-main-dock-panel .cm-content")
    editor.fill(f"One more line.\n\n{sentence('panda')}\n")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["line"] == 3)
    editor.fill("Nothing of it.\n")
    marker(answer).click()
    expect(card(answer).get_by_role("status")).to_contain_text("This text is not in “draft.md” as it is open here.")


def test_a_document_outside_of_the_root(panel, lab, picture):
    folder = lab.home / "elsewhere"
    folder.mkdir()
    (folder / "far.md").write_text(sentence("hyena"))
    command = "import jupyter_localai as la; la.connect().index({!r}, 'hyena')".format(str(folder))
    run_python(lab, command)
    panel.page.evaluate("window.jupyterapp.commands.execute('localai:open')")
    panel.reload()
    panel.node.get_by_label("Collection").wait_for()
    answer = ask(panel, "hyena")
    marker(answer).click()
    told = card(answer).get_by_role("alert")
    expect(told).to_contain_text("“far.md” lies outside of the folder that JupyterLab shows.")
    expect(told).to_contain_text(str(folder / "far.md"))
    expect(told.get_by_role("button", name="Copy path")).to_be_visible()
    picture(panel.page, "opening-outside")


def run_python(lab: Lab, command: str) -> None:
    import subprocess
    import sys

    subprocess.run([sys.executable, "-c", command], env=lab.environment, cwd=lab.root, check=True)

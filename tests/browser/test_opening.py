"""A citation opens the place it cites: from the panel, from notebooks, from the widget; and says so when it cannot."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from jupyter_localai.results.mime import ANSWER as ANSWER_TYPE
from tests.browser.lab import Lab, Watched
from tests.browser.panel import Panel, make_lab, pdf_address, pdf_page, reset, send
from tests.support.office_files import make_docx, p
from tests.support.ollama import says
from tests.support.pdf_files import make_pdf

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
    seen: Boolean(at) && at.top >= box.top && at.bottom <= box.bottom,
    boxes: [at?.top, at?.bottom, box.top, box.bottom]
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
    expect(answer.get_by_role("button", name="Source 1")).to_be_visible()
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
    expect(answer.locator(".jp-LocalAI-openResult")).to_have_count(0)
    picture(panel.page, f"opening-{word}")


def test_enter_on_the_source_opens_it_too(panel):
    answer = ask(panel, "heron")
    button = card(answer).get_by_role("button", name=re.compile("^Open rules.md, line"))
    button.focus()
    panel.page.keyboard.press("Enter")
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["path"] == "heron/rules.md")


def test_a_passage_that_was_found_opens_too(panel):
    answer = ask(panel, "heron")
    answer.get_by_role("button", name=re.compile("^Show all")).click()
    button = answer.locator(".jp-LocalAI-card:not([role])").get_by_role("button", name=re.compile("^Open ")).last
    passage = answer.locator(".jp-LocalAI-card:not([role]) .jp-LocalAI-passage").last.text_content()
    button.click()
    settled(panel, lambda shown: shown["text"] == passage and shown["seen"])


def test_what_is_open_in_another_viewer_is_opened_as_its_source(panel):
    preview = (
        "window.jupyterapp.commands.execute('docmanager:open', { path: 'heron/rules.md', factory: 'Markdown Preview' })"
    )
    panel.page.evaluate(f"{preview}.then(() => true)")
    expect(panel.page.locator(".jp-MarkdownViewer")).to_be_visible()
    answer = ask(panel, "heron")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["seen"])
    marker(answer).click()  # again: no third tab
    settled(panel, lambda shown: shown["text"] == quote(answer))
    tabs = panel.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="rules.md")
    expect(tabs).to_have_count(2)


def test_a_notebook_is_shown_at_its_cell(panel, picture):
    answer = ask(panel, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["seen"])
    assert panel.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 20
    picture(panel.page, "opening-notebook")


def test_a_cell_that_late_drawing_moves_is_shown_again(panel):
    answer = ask(panel, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["seen"])
    panel.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[3].node.style.height = '3000px'")
    panel.page.evaluate("window.jupyterapp.shell.currentWidget.content.scrollToItem(0)")
    settled(panel, lambda shown: shown["seen"])


def test_a_reader_who_scrolls_away_from_the_cited_cell_is_left_there(panel):
    answer = ask(panel, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["text"] == quote(answer) and shown["seen"])
    panel.page.locator(".jp-Notebook .jp-WindowedPanel-outer, .jp-Notebook").first.hover()
    panel.page.mouse.wheel(0, -20_000)
    settled(panel, lambda shown: not shown["seen"])
    panel.page.wait_for_timeout(600)  # longer than two looks
    assert not panel.page.evaluate(SELECTED)["seen"]


def test_a_quote_of_an_output_shows_its_cell(panel):
    answer = ask(panel, "okapi")
    assert "okapi" in quote(answer)
    marker(answer).click()
    panel.page.wait_for_function("window.jupyterapp.shell.currentWidget?.content?.activeCellIndex === 25")
    output = panel.page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output")
    expect(output).to_contain_text("okapi")
    expect(output).to_be_in_viewport()
    expect(answer.locator(".jp-LocalAI-openResult")).to_have_count(0)


def test_a_pdf_is_shown_at_its_page(panel, picture):
    answer = ask(panel, "bison")
    expect(card(answer)).to_contain_text("page 4")
    marker(answer).click()
    pdf_address(panel, "#page=4")
    pdf_page(panel, 4)
    picture(panel.page, "opening-pdf")
    answer.get_by_role("button", name=re.compile("^Show all")).click()
    answer.get_by_role("button", name="Open report.pdf, page 2").click()  # it is open already, at another page
    pdf_address(panel, "#page=2")
    pdf_page(panel, 2)
    marker(answer).click()
    pdf_address(panel, "#page=4")
    pdf_page(panel, 4)
    assert panel.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="report.pdf").count() == 1


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
    expect(answer.locator(".jp-LocalAI-openResult")).to_have_count(0)
    picture(panel.page, "opening-table")


@pytest.mark.parametrize("word", ["skink", "gecko"], ids=["HTML", "Word"])
def test_what_no_viewer_marks_is_read_as_text_with_the_quote_marked(panel, word, picture):
    answer = ask(panel, word)
    marker(answer).click()
    text = panel.page.get_by_role("region", name="Text of")
    expect(text.locator("mark")).to_have_text(quote(answer))
    expect(text.locator("mark")).to_be_in_viewport()
    expect(panel.page.locator(".jp-LocalAI-readingHead:visible")).to_contain_text(word.title())  # the heading above it
    assert [found["id"] for found in Axe().run(panel.page, ".jp-LocalAI-reading").response["violations"]] == []
    picture(panel.page, f"opening-{word}")
    with panel.page.expect_response(lambda reply: '"text"' in (reply.request.post_data or "")):
        marker(answer).click()
    expect(card(answer).get_by_text("Opening…")).to_have_count(0)
    expect(panel.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="(text)")).to_have_count(1)


def test_where_the_browser_marks_nothing_the_pdf_is_shown_with_its_quote_marked(panel, picture):
    panel.page.evaluate("Object.defineProperty(navigator, 'pdfViewerEnabled', { value: false, configurable: true })")
    try:
        answer = ask(panel, "bison")
        marker(answer).click()
        page = panel.page.get_by_role("group", name="Page 4", exact=True)
        expect(page.locator("mark").first).to_be_in_viewport()
        assert "".join(page.locator("mark").all_text_contents()) == quote(answer)
        picture(panel.page, "opening-pdf-own")
        assert [found["id"] for found in Axe().run(panel.page, ".jp-LocalAI-pdf").response["violations"]] == []
        answer.get_by_role("button", name=re.compile("^Show all")).click()
        answer.get_by_role("button", name="Open report.pdf, page 2").click()
        expect(panel.page.get_by_role("group", name="Page 2", exact=True).locator("mark")).to_have_text("Two.")
        expect(page.locator("mark")).to_have_count(0)
        assert panel.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="report.pdf").count() == 1
    finally:
        panel.page.evaluate("delete navigator.pdfViewerEnabled")


def test_what_cannot_be_shown_is_told_with_the_passage(panel, picture):
    answer = ask(panel, "gecko")
    panel.page.evaluate("window.jupyterapp.shell.add = () => undefined")  # as where there is room for one document only
    try:
        marker(answer).click()
        told = card(answer).get_by_role("alert")
        expect(told).to_contain_text("JupyterLab cannot show this kind of file.")
    finally:
        panel.page.evaluate("delete window.jupyterapp.shell.add")
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
    expect(told).to_contain_text("The file “gone.md” no longer exists.")
    expect(card(answer).locator("mark")).to_contain_text("viper rule")
    picture(panel.page, "opening-missing")
    assert panel.page.evaluate("[...window.jupyterapp.shell.widgets('main')].length") <= 1


def test_a_notebook_that_is_renamed(panel, lab):
    answer = ask(panel, "moose")
    (lab.root / "moose" / "moved.ipynb").rename(lab.root / "moose" / "now here.ipynb")
    marker(answer).click()
    expect(card(answer).get_by_role("alert")).to_contain_text("The file “moved.ipynb” no longer exists.")
    index(lab, "moose")
    marker(answer).click()
    settled(panel, lambda shown: shown["path"] == "moose/now here.ipynb" and shown["text"] == quote(answer))
    expect(card(answer).get_by_role("status")).to_contain_text("This is now in now here.ipynb, cell 20.")


def test_a_pdf_that_was_replaced_by_a_shorter_one(panel, lab, picture):
    answer = ask(panel, "camel")
    expect(card(answer)).to_contain_text("page 4")
    (lab.root / "camel" / "short.pdf").write_bytes(make_pdf("Only one."))
    marker(answer).click()
    pdf_address(panel, "#page=4")
    pdf_page(panel, 1)  # the last it has
    told = card(answer).get_by_role("status")
    expect(told).to_contain_text("“short.pdf” has changed since it was indexed.")
    picture(panel.page, "opening-changed")
    told.get_by_role("button", name="Index it again").click()
    expect(told).to_contain_text("The document is indexed. Ask again.")
    expect(told.get_by_text("The document is indexed.")).to_be_focused()
    found = json.loads(send(lab, "POST", "search", {"query": "Only one", "collection": "camel"}))
    assert "Only one." in [hit["text"] for hit in found["hits"]], found


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
    expect(card(answer).get_by_role("status")).to_contain_text(
        "The open copy of “draft.md” does not contain this text."
    )


def test_a_document_outside_of_the_root(panel, lab, picture):
    folder = lab.home / "elsewhere"
    folder.mkdir()
    (folder / "far.md").write_text(sentence("hyena"))
    command = f"import jupyter_localai as la; la.connect().index({str(folder)!r}, 'hyena')"
    run_python(lab, command)
    panel.page.evaluate("window.jupyterapp.commands.execute('localai:open')")
    panel.reload()
    panel.node.get_by_label("Collection").wait_for()
    answer = ask(panel, "hyena")
    marker(answer).click()
    told = card(answer).get_by_role("alert")
    expect(told).to_contain_text("“far.md” is outside the folder that JupyterLab shows.")
    expect(told).to_contain_text(str(folder / "far.md"))
    expect(told.get_by_role("button", name="Copy path")).to_be_visible()
    picture(panel.page, "opening-outside")


def test_a_preview_by_the_pointer(panel, lab, picture):
    answer = ask(panel, "heron")
    preview = panel.page.get_by_role("tooltip")
    marker(answer).hover()
    expect(preview.locator("mark")).to_have_text(quote(answer))
    expect(preview).to_contain_text("rules.md")
    expect(preview).to_contain_text("line 303")
    box, window = preview.bounding_box(), panel.page.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"]
    on_top = "([x, y]) => document.elementFromPoint(x, y).closest('[role=tooltip]') !== null"
    for x in (box["x"] + 3, box["x"] + box["width"] - 3):  # all of it is seen, beside the panel, too
        assert panel.page.evaluate(on_top, [x, box["y"] + 3])
    picture(panel.page, "preview")
    preview.hover()  # where it stays
    panel.page.wait_for_timeout(400)
    expect(preview).to_be_visible()
    panel.page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    card(answer).get_by_role("button", name=re.compile("^Open rules.md")).hover()
    expect(preview).to_be_visible()
    panel.page.mouse.move(5, 5)
    expect(preview).to_have_count(0)


def test_a_preview_by_the_keyboard(panel):
    answer = ask(panel, "heron")
    preview = panel.page.get_by_role("tooltip")
    marker(answer).focus()
    panel.page.keyboard.press("Tab")
    source = card(answer).get_by_role("button", name=re.compile("^Open rules.md"))
    expect(source).to_be_focused()
    expect(source).to_have_accessible_description(re.compile("heron rule"))
    panel.page.keyboard.press("Shift+Tab")
    expect(marker(answer)).to_be_focused()
    expect(preview).to_have_count(1)
    panel.page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    expect(marker(answer)).to_be_focused()  # the panel was not left
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Tab")
    expect(preview).to_have_count(0)


SETUP = "%load_ext jupyter_localai\n%config LocalAI.collection = 'heron'"
QUESTION = "What does the heron rule say of boats at the slipway in a storm?"
SAID = says("The heron rule says:\n\n- that boats stay\n- at the **slipway** [1].\n\n```python\nx = 1\n```\n")


def output(page: Page) -> Locator:
    return page.locator(".jp-Notebook .jp-LocalAI-output").first


@pytest.fixture
def notebook(watched, lab):
    """A notebook in a page of its own that has asked."""
    reset(lab)
    lab.ollama.chatting = SAID
    lab.notebook("asks.ipynb", SETUP, f"%ask {QUESTION}")
    page = watched.open("asks.ipynb")
    watched.run_all(60)
    expect(output(page)).to_be_visible()
    return page


def opens(page: Page) -> None:
    """Follow the marker of the output, by a click and by Enter, and see the document at the quote."""
    panel = Panel.__new__(Panel)
    panel.page = page
    cited = quote(output(page))
    for follow in (lambda: marker(output(page)).click(), lambda: marker(output(page)).press("Enter")):
        follow()
        settled(panel, lambda shown: shown["text"] == cited and shown["path"] == "heron/rules.md" and shown["seen"])
        page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")
        page.locator(".jp-Notebook").wait_for()


def test_an_answer_in_a_notebook(notebook, watched, lab, picture):
    opens(notebook)
    marker(output(notebook)).hover()
    expect(notebook.get_by_role("tooltip").locator("mark")).to_have_text(quote(output(notebook)))
    picture(notebook, "output-preview")
    notebook.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => true)")
    file = lab.root / "asks.ipynb"
    kept = json.loads(file.read_text())["cells"][1]["outputs"][0]["data"]
    assert set(kept) >= {"text/plain", "text/html", "text/markdown", ANSWER_TYPE}
    lab.distrust("asks.ipynb")
    page = watched.open("asks.ipynb")
    expect(output(page)).to_be_visible()
    assert not page.evaluate(
        """window.jupyterapp.shell.currentWidget.context.ready.then(
          () => window.jupyterapp.shell.currentWidget.content.widgets[1].model.trusted)"""
    )
    opens(page)
    picture(page, "output-untrusted")


def test_an_answer_looks_as_it_did_while_it_was_written(notebook, lab, picture):
    """Nothing jumps: paragraphs, lists and code take the room that they took in the HTML of the draft."""
    heights = """node => {
      const top = node.getBoundingClientRect().top;
      return [...node.querySelectorAll('p, li, pre')].slice(0, 4).map(one => {
        const box = one.getBoundingClientRect();
        return [box.top - top, box.height];
      });
    }"""
    expect(output(notebook).locator(".jp-LocalAI-markdown p").first).to_be_visible()  # drawn by code that loads late
    is_done = output(notebook).locator(".jp-LocalAI-markdown").evaluate(heights)
    picture(notebook.locator(".jp-Notebook"), "output-done")
    notebook.evaluate(
        """() => {
          const { content } = window.jupyterapp.shell.currentWidget;
          const outputs = content.widgets[1].model.outputs;
          const { data, ...rest } = outputs.get(0).toJSON();
          window.answer = data;
          outputs.set(0, { ...rest, data: { 'text/html': data['text/html'] } });
        }"""
    )
    draft = notebook.locator(".jp-RenderedHTML .localai > div").first
    expect(draft).to_be_visible()
    picture(notebook.locator(".jp-Notebook"), "output-html")
    was = draft.evaluate(heights)
    frames = notebook.evaluate(
        """async () => {
          const { content } = window.jupyterapp.shell.currentWidget;
          const cell = content.widgets[1];
          const { data, ...rest } = cell.model.outputs.get(0).toJSON();
          cell.model.outputs.set(0, { ...rest, data: { ...data, ...window.answer } });
          const frames = [];
          for (let count = 0; count < 5; count++) {
            await new Promise(requestAnimationFrame);
            frames.push(cell.outputArea.node.offsetHeight);
          }
          return frames;
        }"""
    )
    expect(output(notebook)).to_be_visible()
    assert len(set(frames)) == 1  # it was never empty, not even for a moment
    assert len(was) == len(is_done) == 4
    for before, after in zip(was, is_done, strict=True):
        assert all(abs(a - b) <= 2 for a, b in zip(before, after, strict=True)), (was, is_done)


MALFORMED = [None, 1, "x", [], {}, {"text": 1}, {"mode": "llm", "text": "x", "citations": [[]]}]


def test_an_output_that_is_no_answer_shows_its_text(watched, lab, picture):
    deep = {"question": "q", "text": "> " * 3000 + "deep", "mode": "llm", "citations": [], "passages": []}
    forms = [*MALFORMED, {**deep, "warnings": [], "seconds": 1}]
    cells = []
    for number, form in enumerate(forms):
        data = {ANSWER_TYPE: form, "text/plain": f"The text of output {number}.", "text/html": "<b>HTML</b>"}
        shown = nbformat.v4.new_output("display_data", data)
        cells.append(nbformat.v4.new_code_cell("", outputs=[shown]))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    (lab.root / "bad.ipynb").write_text(nbformat.writes(book))
    page = watched.open("bad.ipynb")
    for number in range(len(MALFORMED)):
        expect(page.get_by_text(f"The text of output {number}.", exact=True)).to_be_visible()
    last = page.locator(".jp-LocalAI-output").last
    expect(last).to_contain_text(re.compile("deep|The text of output 7"))
    picture(page, "output-malformed")


def test_text_that_is_kept_out_of_notebooks_stays_out(watched, lab, picture):
    reset(lab)
    lab.ollama.chatting = SAID
    quiet = f"{SETUP}\n%config LocalAI.quotes = False"
    lab.notebook("quiet.ipynb", quiet, f"%ask {QUESTION}")
    page = watched.open("quiet.ipynb")
    watched.run_all(60)
    shown = output(page)
    expect(shown).to_contain_text("Notebooks do not show text of documents (quotes = false).")
    expect(shown).not_to_contain_text("in a storm")
    marker(shown).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("do not show text of documents")
    picture(page, "output-withheld")
    marker(shown).click()
    panel = Panel.__new__(Panel)
    panel.page = page
    state = settled(panel, lambda shown: shown["path"] == "heron/rules.md" and shown["text"] != "")
    assert state["text"] == sentence("heron") and state["seen"]


def test_places_in_the_widget_open_too(watched, lab, picture):
    reset(lab)
    lab.ollama.chatting = SAID
    lab.notebook("widget.ipynb", "import jupyter_localai as la\npanel = la.ChatPanel(collection='heron')\npanel")
    page = watched.open("widget.ipynb")
    watched.run_all(60)
    page.get_by_role("textbox", name="Question").first.fill(QUESTION)
    page.get_by_role("textbox", name="Question").first.press("Enter")
    panel = Panel.__new__(Panel)
    panel.page = page
    page.locator("sup[data-localai-place]").click()
    settled(panel, lambda shown: shown["path"] == "heron/rules.md" and "heron rule" in shown["text"])
    page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")
    page.get_by_text(re.compile(r"^Sources \(1\)")).click()
    place = page.locator("details [data-localai-place]").first
    expect(place).to_be_visible()
    picture(page, "widget-place")
    place.click()
    settled(panel, lambda shown: shown["path"] == "heron/rules.md" and "heron rule" in shown["text"])
    page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")
    page.get_by_text(re.compile(r"^Sources \(1\)")).focus()
    page.keyboard.press("Tab")
    expect(place).to_be_focused()
    file = lab.root / "heron" / "rules.md"
    text = file.read_text()
    file.unlink()
    page.keyboard.press("Enter")
    notice = page.get_by_role("dialog", name="rules.md")
    expect(notice).to_contain_text("The file “rules.md” no longer exists.")
    expect(notice).to_contain_text("heron rule")
    expect(notice).to_be_focused()
    picture(page, "widget-notice")
    page.keyboard.press("Escape")
    expect(notice).to_have_count(0)
    expect(place).to_be_focused()
    file.write_text(text)


@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_everybody_can_use_it(watched, lab, picture, theme):
    reset(lab)
    lab.set("@jupyterlab/apputils-extension/themes", {"theme": f"JupyterLab {theme}"})
    try:
        panel = Panel(watched).open()
        answer = ask(panel, "gecko")
        panel.page.evaluate("window.jupyterapp.shell.add = () => undefined")  # so that there is something to tell
        marker(answer).click()
        expect(card(answer).get_by_role("alert")).to_be_visible()
        panel.page.mouse.move(5, 5)  # a click has put the preview away
        marker(answer).hover()
        expect(panel.page.get_by_role("tooltip")).to_be_visible()
        picture(panel.page, f"opening-{theme}")
        serious(panel.page, "#jupyter-localai")
        lab.ollama.chatting = SAID
        lab.notebook("themes.ipynb", SETUP, f"%ask {QUESTION}")
        page = watched.open("themes.ipynb")
        watched.run_all(60)
        output(page).get_by_role("button", name=re.compile("^Show all")).click()
        marker(output(page)).hover()
        expect(page.get_by_role("tooltip")).to_be_visible()
        picture(page, f"output-{theme}")
        serious(page, ".jp-LocalAI-output")
    finally:
        lab.dark(False)


def serious(page: Page, where: str) -> None:
    found = Axe().run(page, context=where)
    assert found.response["passes"]
    told = [rule for rule in found.response["violations"] if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in told] == []


def run_python(lab: Lab, command: str) -> None:
    subprocess.run([sys.executable, "-c", command], env=lab.environment, cwd=lab.root, check=True)

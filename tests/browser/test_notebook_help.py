"""Help at the notebook: asking about a selection, a cell, an error, a notebook; inserting answers."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError, expect

from tests.browser.panel import index, send
from tests.support.hostile import HOST, PIECES
from tests.support.ollama import llama, says

ANSWER = "Boats must stay when the wind is above twelve metres per second [1]."
CELL = "boats = {'slipway': 12}\nboats['harbour']"


@pytest.fixture(scope="module")
def lab(station):
    return station


@pytest.fixture
def sent(watched):
    """The bodies of all requests with text that is to go to the engine only, by their address."""
    found = []

    def note(request):
        body = request.post_data or ""
        if "boats" in body and "/jupyter-localai/" not in request.url and "/api/contents/" not in request.url:
            found.append(request.url)

    watched.page.on("request", note)
    return found


def open_notebook(panel, lab, name, *cells, run=False):
    (lab.root / name).parent.mkdir(parents=True, exist_ok=True)
    lab.notebook(name, *cells)
    page = panel.watched.open(name)
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.wait_for()
    if run:
        panel.watched.run_all()
        page.locator(".jp-OutputArea-output").first.wait_for()
    else:  # a notebook takes the focus when its kernel is there
        page.evaluate(
            """async () => {
              const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
              await context.ready;
              await sessionContext.ready;
              await sessionContext.session.kernel.info;
            }"""
        )
    return page


def in_menu(page, target, name):
    """Choose an entry of the context menu."""
    target.click(button="right")
    our_menu(page)
    page.get_by_role("menuitem", name=name).click()


def our_menu(page):
    """Open the extension's part of a cell's context menu; that of a file has none."""
    entry = page.locator(".lm-Menu-item[data-type=submenu]", has_text="LocalAI")
    page.locator(".lm-Menu").first.wait_for()
    if entry.count():
        entry.hover()


def in_palette(page, name):
    """Choose a command by the palette, which takes the focus and with it the browser's selection."""
    item = page.locator(".jp-ModalCommandPalette .lm-CommandPalette-item:not(.lm-mod-disabled)", has_text=name).first
    for left in (2, 1, 0):  # a notebook that takes the focus a moment after a click closes it again
        page.keyboard.press("Control+Shift+C")
        try:
            page.locator(".jp-ModalCommandPalette input").fill(name, timeout=5000)
            item.click(timeout=5000)
            return
        except TimeoutError:
            if not left:
                raise


def index_log(lab):
    """Index a long text with one line that matters."""
    (lab.root / "log").mkdir(exist_ok=True)
    lines = [f"{number} A calm day.\n" for number in range(200)]
    lines[150] = "\nBoats must stay at the slipway when the wind is above twelve metres per second.\n\n"
    (lab.root / "log" / "wind #1.txt").write_text("".join(lines))
    index(lab, "log", "log")
    (lab.root / "log" / "boats.md").unlink()
    send(lab, "POST", "forget", {"paths": ["log/boats.md"]})


def attached(lab, chat=-1):
    """Return what the chat model was given as the text that the question is about, and the question."""
    asked = lab.ollama.chats[chat]["messages"][-1]["content"]
    return re.fullmatch(r"<attached>\n(.*)\n</attached>\n\n(.*)", asked, re.DOTALL).groups()


def test_an_error_is_explained(panel, lab, sent, picture):
    lab.ollama.chatting = says("There is no harbour among the boats, only a slipway [1].")
    page = open_notebook(panel, lab, "plan.ipynb", "x = 1", CELL, run=True)
    sent.clear()  # the kernel was given the cell
    assert not panel.field.is_visible()
    cell = page.locator(".jp-Notebook .jp-Cell").nth(1)
    in_menu(page, cell.locator(".jp-OutputArea-output").first, "Explain This Error")
    answer = panel.answers.last
    expect(answer.get_by_text("only a slipway")).to_be_visible(timeout=60_000)
    expect(answer.get_by_role("heading").first).to_have_text("Explain this error: KeyError: 'harbour'")
    text, question = attached(lab)
    assert question == "Explain this error: KeyError: 'harbour'"
    assert text.startswith(f"Cell 2 of plan.ipynb:\n\n{CELL}\n\nError:\n\nKeyError: 'harbour'\n\nTraceback:\n\n")
    assert "----> 2" in text and "\x1b" not in text
    assert sent == []
    assert not any(line for line in lab.log.read_text().splitlines() if "harbour" in line)
    shown = answer.get_by_role("group", name="Cell 2 of plan.ipynb")
    shown.get_by_role("button").click()
    expect(shown).to_contain_text("----> 2")
    picture(page, "help-error")


def test_a_cell_without_an_error_has_none_to_explain(panel, lab):
    page = open_notebook(panel, lab, "fine.ipynb", "print(1)", run=True)
    page.locator(".jp-Notebook .jp-Cell").first.click(button="right")
    our_menu(page)
    expect(page.get_by_role("menuitem", name="Ask About This Cell")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Explain This Error")).to_have_count(0)


def test_the_next_question_still_knows_the_error(panel, lab):
    lab.ollama.replies = [says("No harbour [1]."), says("How do I fix the KeyError?"), says("Add a harbour [1].")]
    page = open_notebook(panel, lab, "follow.ipynb", CELL, run=True)
    in_menu(page, page.locator(".jp-OutputArea-output").first, "Explain This Error")
    panel.says("Answer ready")
    answer = panel.ask("And how do I fix that?")
    expect(answer.get_by_text("Add a harbour")).to_be_visible(timeout=60_000)
    assert "KeyError: 'harbour'" in attached(lab)[0]


def test_a_cell_is_asked_about(panel, lab, picture):
    lab.ollama.chatting = says(ANSWER)
    page = open_notebook(panel, lab, "cell.ipynb", "boats = 12\nprint('slipway', boats)", run=True)
    in_menu(page, page.locator(".jp-Cell .cm-content").first, "Ask About This Cell")
    expect(panel.field).to_be_focused()
    chip = panel.node.get_by_role("group", name="Cell 1 of cell.ipynb")
    expect(chip).to_contain_text("boats = 12")
    chip.get_by_role("button", name="Cell 1 of cell.ipynb").first.click()
    expect(chip).to_contain_text("slipway 12")
    picture(page, "help-cell")
    panel.field.focus()
    page.keyboard.type("When must they stay?")
    page.keyboard.press("Enter")
    panel.says("Answer ready")
    text, question = attached(lab)
    assert text == "Cell 1 of cell.ipynb:\n\nboats = 12\nprint('slipway', boats)\n\nOutput:\n\nslipway 12"
    assert question == "When must they stay?"
    expect(panel.button("Remove Cell 1")).to_have_count(0)


def test_what_was_taken_away_is_not_sent(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    page = open_notebook(panel, lab, "away.ipynb", "secret = 12")
    in_menu(page, page.locator(".jp-Cell .cm-content").first, "Ask About This Cell")
    panel.button("Remove Cell 1 of away.ipynb").click()
    panel.ask()
    panel.says("Answer ready")
    assert "secret" not in json.dumps(lab.ollama.chats)


def test_it_is_there_again_after_a_reload(panel, lab):
    (lab.root / "again.py").write_text("boats = 12\n")
    page = panel.watched.open("again.py")
    page.locator(".jp-FileEditor .cm-line").first.click(click_count=3)
    in_palette(page, "Ask About Selection")
    panel.field.fill("half a quest")
    panel.reload()
    expect(panel.node.get_by_role("group", name="Selection of again.py")).to_be_visible(timeout=60_000)


def test_a_selection_in_a_cell(panel, lab):
    page = open_notebook(panel, lab, "select.ipynb", "first = 1\nsecond = 2\nthird = 3")
    page.locator(".jp-Cell .cm-line").nth(1).click(click_count=3)
    in_palette(page, "Ask About Selection")
    expect(panel.field).to_be_focused()
    chip = panel.node.get_by_role("group", name="Selection of select.ipynb")
    expect(chip).to_contain_text("second = 2")
    expect(chip).not_to_contain_text("third")


def test_a_selection_in_a_file(panel, lab):
    (lab.root / "boats.py").write_text("first = 1\nsecond = 2\nthird = 3\n")
    page = panel.watched.open("boats.py")
    page.locator(".jp-FileEditor .cm-line").nth(2).click(click_count=3)
    in_menu(page, page.locator(".jp-FileEditor .cm-line").nth(2), "Ask About Selection")
    chip = panel.node.get_by_role("group", name="Selection of boats.py")
    expect(chip).to_contain_text("third = 3")
    expect(chip).not_to_contain_text("second")


def test_a_selection_of_an_output(panel, lab):
    # in one piece: a second one would have the output drawn anew, without its selection
    page = open_notebook(panel, lab, "output.ipynb", "print('slipway harbour')", run=True)
    page.locator(".jp-OutputArea-output pre").first.dblclick(position={"x": 10, "y": 8})
    page.wait_for_function("document.getSelection().toString().trim() === 'slipway'")
    in_palette(page, "Ask About Selection")
    chip = panel.node.get_by_role("group", name="Selection of output.ipynb")
    expect(chip).to_contain_text("slipway")
    expect(chip).not_to_contain_text("harbour")
    page.locator(".jp-Cell .cm-line").first.click()
    page.locator(".jp-Cell").first.click(button="right")
    our_menu(page)
    expect(page.get_by_role("menuitem", name="Ask This Notebook")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Ask About Selection")).to_have_count(0)


@pytest.mark.parametrize("name", ["log.ipynb", "log #1? [1]* 日本.ipynb"], ids=["plain", "awkward"])
def test_a_notebook_is_asked_alone(panel, lab, picture, name):
    other = lab.root / "elsewhere" / name
    other.parent.mkdir(exist_ok=True)
    lab.notebook(f"elsewhere/{name}", "# Boats must stay at the slipway: elsewhere is red")
    index(lab, "elsewhere")
    page = open_notebook(panel, lab, f"mine/{name}", "# Boats must stay at the slipway: mine is green")
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# Boats at the slipway are also blue")
    in_palette(page, "Ask This Notebook")
    expect(page.get_by_text("was saved, so that questions use its current version")).to_be_visible(timeout=60_000)
    chip = panel.node.get_by_role("group", name=f"Only {name}")
    expect(chip).to_be_visible(timeout=60_000)
    expect(panel.field).to_be_focused()
    lab.ollama.chatting = says("They are green and blue [1].")
    answer = panel.ask("Which boats must stay at the slipway?")
    panel.says("Answer ready")
    rules = lab.ollama.chats[-1]["messages"][0]["content"]
    assert "mine is green" in rules and "also blue" in rules and "elsewhere" not in rules and "twelve" not in rules
    expect(answer).to_contain_text("green and blue")
    picture(panel.node, f"help-notebook-{len(name)}")
    panel.button("Ask all documents again").click()
    expect(chip).to_have_count(0)
    panel.ask("Which boats must stay at the slipway?")
    panel.says("Answering")
    panel.says("Answer ready")
    assert "elsewhere" in lab.ollama.chats[-1]["messages"][0]["content"]


def test_a_notebook_in_an_indexed_folder_gets_no_root_of_its_own(panel, lab):
    lab.notebook("station/inside.ipynb", "# Boats")
    index(lab)
    page = open_notebook(panel, lab, "station/new.ipynb", "# The tide turns twice a day")
    in_palette(page, "Ask This Notebook")
    expect(panel.node.get_by_role("group", name="Only new.ipynb")).to_be_visible(timeout=60_000)
    roots = json.loads(send(lab, "GET", "status"))["collections"][0]["roots"]
    assert str(lab.root / "station") in roots and not [root for root in roots if root.endswith("new.ipynb")]


def test_an_answer_becomes_a_cell_whose_link_opens_the_place(panel, lab, picture):
    index_log(lab)
    lab.ollama.chatting = says(f"# So\n\n- {ANSWER}\n- `x[1]`")
    page = open_notebook(panel, lab, "notes/plan.ipynb", "x = 1", "y = 2")
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Control+Shift+Y")
    panel.node.get_by_label("Collection").select_option("log")
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Insert as Markdown cell below").click()
    cell = page.locator(".jp-Notebook .jp-Cell").nth(1)
    expect(cell.locator(".jp-RenderedMarkdown")).to_contain_text("twelve metres per second [1]")
    expect(cell.locator("code")).to_have_text("x[1]")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)
    picture(page, "help-inserted")
    cell.get_by_role("link", name="wind #1.txt").click()
    line = page.locator(".jp-FileEditor .cm-line", has_text="above twelve metres")
    expect(line).to_be_in_viewport()


def test_after_a_reload_too_and_without_a_notebook_it_says_what_is_missing(panel, lab):
    lab.ollama.chatting = says(ANSWER)
    page = panel.open().page
    panel.ask()
    panel.says("Answer ready")
    button = panel.answers.last.get_by_role("button", name="Insert as Markdown cell")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "Insert as Markdown cell: open a notebook or a Markdown file first")
    panel.reload()
    expect(panel.answers.last.get_by_text("twelve metres").first).to_be_visible(timeout=60_000)
    lab.notebook("later.ipynb", "1")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:open', { path: 'later.ipynb' }).then(() => null)")
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.wait_for()
    expect(button).to_be_enabled()
    button.click()
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown").last).to_contain_text("twelve metres")


def test_into_a_markdown_file_at_the_cursor(panel, lab):
    (lab.root / "notes.md").write_text("Before.\n\nAfter.\n")
    lab.ollama.chatting = says(ANSWER)
    page = panel.watched.open("notes.md")
    page.locator(".jp-FileEditor .cm-line").nth(1).click()
    page.keyboard.press("Control+Shift+Y")
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Insert as Markdown at the cursor").click()
    lines = page.locator(".jp-FileEditor .cm-content")
    expect(lines).to_contain_text(
        re.compile(r"Before\..*twelve metres.*\(station/boats\.md#Boats\).*After\.", re.DOTALL)
    )


def test_code_brings_its_sources(panel, lab):
    lab.ollama.chatting = says(f"So:\n\n```python\nwind = limits[1]\n```\n\n{ANSWER}")
    page = open_notebook(panel, lab, "code.ipynb", "x = 1")
    page.keyboard.press("Control+Shift+Y")
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Insert code").click()
    source = page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()")
    assert source == "wind = limits[1]\n# Sources: boats.md, line 3"
    expect(page.locator(".jp-OutputArea-output")).to_have_count(0)


def test_nothing_of_a_hostile_answer_is_active_in_the_notebook(panel, lab, watched):
    safe = [piece for piece in PIECES if "\0" not in piece]
    pieces = "\n\n".join(safe).encode("utf-8", "replace").decode()
    lab.ollama.chatting = says(f"{ANSWER}\n\n{pieces}")
    page = open_notebook(panel, lab, "hostile.ipynb", "x = 1")
    page.keyboard.press("Control+Shift+Y")
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Insert as Markdown cell below").click()
    cell = page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-RenderedMarkdown")
    expect(cell).to_contain_text("twelve metres")
    page.wait_for_timeout(500)
    assert page.evaluate("window.owned") is None
    assert watched.dialogs == [] and watched.outward == []
    active = "img, iframe, script, style, link, form, input, button, svg, mjx-container, [data-commandlinker-command]"
    assert cell.locator(active).count() == 0
    targets = cell.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert [target for target in targets if HOST in target or "javascript" in target] == []
    assert 1 <= len([target for target in targets if "boats.md" in target]) <= 2  # of which the second is a copy
    kinds = "[...window.jupyterapp.shell.currentWidget.content.widgets].map(cell => cell.model.type)"
    assert page.evaluate(kinds) == ["code", "markdown"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_three_hundred_pixels_are_enough(panel, lab, picture, dark):
    lab.dark(dark)
    lab.ollama.models = [llama("qwen2.5-coder:7b-instruct-q4_K_M")]
    lab.ollama.chatting = says(ANSWER)
    name = "a rather long name of a notebook about boats.ipynb"
    page = open_notebook(panel, lab, name, CELL, run=True)
    in_menu(page, page.locator(".jp-OutputArea-output").first, "Explain This Error")
    panel.says("Answer ready")
    in_palette(page, "Ask This Notebook")
    expect(panel.button("Ask all documents again")).to_be_visible(timeout=60_000)
    in_palette(page, "Ask About This Cell")
    expect(panel.button("Remove Cell 1")).to_be_visible()
    box = panel.node.bounding_box()
    page.mouse.move(box["x"] - 2, box["y"] + 200)  # the handle beside the panel, which is wider at first
    page.mouse.down()
    page.mouse.move(box["x"] - 2 + box["width"] - 300, box["y"] + 200, steps=3)
    page.mouse.up()
    assert panel.node.bounding_box()["width"] <= 300
    wide = panel.node.evaluate(
        "node => [...node.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > "
        "node.getBoundingClientRect().right + 1 && !e.closest('pre, .jp-LocalAI-table, .jp-LocalAI-live')).length"
    )
    assert wide == 0
    tools = [panel.button(name).bounding_box()["y"] for name in ("Copy answer", "Answer again…", "Not useful")]
    assert len(set(tools)) == 1, "a button stands alone"
    panel.button("Cell 1 of a rather long").first.click()
    found = Axe().run(page, context="#jupyter-localai")
    assert [rule["id"] for rule in found.response["violations"] if rule["impact"] in ("serious", "critical")] == []
    picture(page, f"help-narrow-{'dark' if dark else 'light'}")

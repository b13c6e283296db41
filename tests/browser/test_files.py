"""Indexing where the files are: the file browser's menu, dropping, saving; and the documents of a collection."""

import json
import re
import shutil
import time
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from jupyter_localai.config import Config
from tests.browser.panel import TEXT, Panel, index, make_lab, reset, send
from tests.support.in_process import serve_in_process
from tests.support.ollama import says
from tests.support.pdf_files import make_pdf

AWKWARD = "a#b ?c %41 日本"


@pytest.fixture(scope="module")
def lab(browser, tiny):
    lab = make_lab(tiny)
    try:
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def panel(lab, watched):
    reset(lab)
    lab.dark(False)
    lab.set("jupyter-localai/panel", {})
    for folder in lab.root.iterdir():
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    for info in json.loads(send(lab, "GET", "collections"))["collections"]:
        send(lab, "POST", "forget", {"collection": info["name"]})
    return Panel(watched)


def write(lab, name, text=TEXT):
    path = lab.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text) if isinstance(text, bytes) else path.write_text(text)
    return path


def many(lab, folder, count=3000):
    for number in range(count):
        write(lab, f"{folder}/{number}.md", f"{TEXT}\n\nReport {number}: {number * 7919}.\n" * 3)


def documents(lab, collection="default", **asked):
    query = "".join(f"&{name}={quote(worth)}" for name, worth in asked.items())
    return json.loads(send(lab, "GET", f"documents?collection={quote(collection)}{query}"))


def entry(panel, name):
    page = panel.page
    return page.locator(".jp-FileBrowser .jp-DirListing-item").filter(has=page.get_by_text(name, exact=True))


def choose(panel, name, command):
    """Choose a command in the menu of an entry of the file browser."""
    entry(panel, name).click(button="right")
    panel.page.get_by_role("menuitem", name=command).click()


def index_by_menu(panel, name, collection=None):
    choose(panel, name, "Index with LocalAI…")
    with panel.dialog("Index with LocalAI") as box:
        if collection:
            box.get_by_label("Collection").select_option("New collection…")
            box.get_by_label("Name of the new collection").fill(collection)
        box.get_by_role("button", name="Index", exact=True).click()


def show_documents(panel):
    panel.node.get_by_role("button", name="Documents", exact=True).click()
    return panel.node.get_by_role("region", name="Documents")


def run_of(panel, name):
    return panel.node.get_by_role("group", name=name)


def test_a_folder_is_indexed_from_its_menu_into_a_new_collection(panel, lab, picture):
    write(lab, "papers/boats.md")
    panel.watched.open()
    choose(panel, "papers", "Index with LocalAI…")
    with panel.dialog("Index with LocalAI") as box:
        box.get_by_label("Collection").select_option("New collection…")
        box.get_by_label("Name of the new collection").fill("船 boats")
        picture(panel.page, "files-index-dialog")
        box.get_by_role("button", name="Index", exact=True).click()
    expect(run_of(panel, "papers").get_by_text("1 added")).to_be_visible(timeout=60_000)
    expect(panel.node.get_by_label("Collection")).to_have_value("named:船 boats")
    assert documents(lab, "船 boats")["roots"][0]["contents"] == "papers"


def test_several_files_with_awkward_names_are_indexed_and_removed(panel, lab):
    for name in (f"{AWKWARD}.md", "plain.md", f"{AWKWARD}/inside.md"):
        write(lab, name)
    panel.watched.open()
    entry(panel, f"{AWKWARD}.md").click()
    entry(panel, AWKWARD).click(modifiers=["Control"])
    choose(panel, AWKWARD, "Index with LocalAI…")
    with panel.dialog("Index with LocalAI") as box:
        expect(box).to_contain_text(AWKWARD)
        box.get_by_role("button", name="Index", exact=True).click()
    expect(panel.node.get_by_text("2 added")).to_be_visible(timeout=60_000)
    found = {item["contents"] for item in documents(lab)["items"]}
    assert found == {f"{AWKWARD}.md", f"{AWKWARD}/inside.md"}
    view = show_documents(panel)
    view.get_by_role("button", name="inside.md", exact=True).click()
    expect(panel.page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel", has_text="inside.md")).to_be_visible()
    view.get_by_role("button", name=f"Take {AWKWARD}.md out of the index").first.click()
    with panel.dialog("Remove from the index?") as box:
        box.get_by_role("button", name="Remove from index").click()
    expect(view.get_by_role("button", name=f"{AWKWARD}.md", exact=True)).to_have_count(0, timeout=60_000)
    assert [item["contents"] for item in documents(lab)["items"]] == [f"{AWKWARD}/inside.md"]
    assert (lab.root / f"{AWKWARD}.md").exists()


def test_indexing_shows_how_far_it_is_also_in_the_status_bar_and_is_cancelled(panel, lab, picture):
    many(lab, "papers")
    panel.watched.open()
    status = panel.page.locator(".jp-LocalAI-status")
    expect(status).to_be_hidden()
    index_by_menu(panel, "papers")
    expect(status).to_have_text(re.compile(r"Indexing \d+ %"), timeout=60_000)
    expect(run_of(panel, "papers").get_by_role("progressbar")).to_be_visible()
    expect(run_of(panel, "papers")).to_contain_text("of 3000 documents", timeout=60_000)
    status.click()
    expect(panel.node.get_by_role("heading", name="Documents")).to_be_visible()
    picture(panel.page, "files-indexing")
    panel.button("Cancel indexing papers").click()
    expect(run_of(panel, "papers")).to_have_count(0, timeout=60_000)
    expect(status).to_be_hidden()


def test_a_failed_document_is_told_mended_and_tried_again(panel, lab, picture):
    write(lab, "papers/boats.md")
    plan = write(lab, "papers/plan.pdf", b"%PDF-1.4 and no more")
    panel.watched.open()
    index_by_menu(panel, "papers")
    status = panel.page.locator(".jp-LocalAI-status")
    expect(status).to_have_text("⚠ 1 document failed", timeout=60_000)
    status.click()
    view = panel.node.get_by_role("region", name="Documents")
    failed = view.get_by_role("listitem").filter(has_text="plan.pdf")
    told = documents(lab, state="failed")["items"][0]
    expect(failed).to_contain_text(told["message"])
    expect(failed).to_contain_text(told["remedy"])
    view.get_by_label("Failed only").check()
    expect(view.get_by_text("boats.md")).to_have_count(0)
    picture(panel.page, "files-failed")
    plan.write_bytes(make_pdf("The plan is to paint the slipway green."))
    failed.get_by_role("button", name="Try plan.pdf again").click()
    expect(failed).to_have_count(0, timeout=60_000)
    view.get_by_label("Failed only").uncheck()
    expect(view.get_by_role("listitem").filter(has_text="plan.pdf")).to_contain_text("1 passage")
    assert documents(lab)["failed"] == 0
    assert [root["contents"] for root in documents(lab)["roots"]] == ["papers"]
    panel.button("Close the report on plan.pdf").click()
    panel.button("Close the report on papers").click()
    expect(status).to_be_hidden()


def test_a_file_is_summarised_from_its_menu_and_the_collection_from_the_list(panel, lab, picture):
    lab.ollama.chatting = says("Boats must stay at the slipway in wind [1].")
    index(lab, "station")
    panel.open()
    choose(panel, "station", "Summarise")
    panel.says("Answer ready, 1 source")
    answer = panel.answers.last
    expect(answer.get_by_role("heading", name="Summarise boats.md")).to_be_visible()
    expect(answer).to_contain_text("Boats must stay at the slipway in wind")
    panel.node.get_by_label("Chat model").select_option("None (extractive)")
    panel.button("Documents").click()
    expect(panel.button("Summarise boats.md")).to_be_visible()
    panel.node.get_by_role("button", name="Summarise “default”").click()
    expect(panel.node.get_by_role("heading", name="Summarise collection 'default'")).to_be_visible(timeout=60_000)
    expect(panel.answers.last.get_by_role("blockquote")).to_have_count(1)
    picture(panel.page, "files-summarise")


def test_what_is_removed_from_the_index_is_not_found_any_more(panel, lab, picture):
    index(lab, "station")
    write(lab, "other/a.md", "Tea is served at four.")
    job = json.loads(send(lab, "POST", "jobs", {"kind": "index", "paths": ["other"], "collection": "default"}))
    send(lab, "GET", f"jobs/{job['id']}/events")
    (lab.root / "loose.md").write_text("Not indexed.")
    panel.open()
    panel.node.get_by_label("Chat model").select_option("None (extractive)")
    answer = panel.ask()
    panel.says("Answer ready")
    # a quote is on the card of its source, and nowhere else
    expect(answer.get_by_text("twelve metres")).to_have_count(1)
    entry(panel, "loose.md").click(button="right")
    expect(panel.page.get_by_role("menuitem", name="Index with LocalAI…")).to_be_visible()
    expect(panel.page.get_by_role("menuitem", name="Remove from LocalAI’s Index…")).to_have_count(0)
    panel.page.keyboard.press("Escape")
    choose(panel, "station", "Remove from LocalAI’s Index…")
    with panel.dialog("Remove from the index?") as box:
        expect(box).to_contain_text("“station”")
        expect(box).to_contain_text("1 document leaves “default”.")
        picture(panel.page, "files-remove-dialog")
        box.get_by_role("button", name="Remove from index").click()
    expect(panel.node.get_by_text("1 document removed from the index")).to_be_visible(timeout=60_000)
    panel.button("New conversation").click()
    answer = panel.ask()
    expect(answer).to_contain_text(re.compile("nothing", re.IGNORECASE), timeout=60_000)
    expect(answer).not_to_contain_text("twelve metres")


def test_a_folder_is_dropped_onto_the_panel(panel, lab, picture):
    write(lab, "papers/boats.md")
    panel.open()
    expect(entry(panel, "papers")).to_be_visible()
    item, node = entry(panel, "papers").bounding_box(), panel.node.bounding_box()
    mouse = panel.page.mouse
    mouse.move(item["x"] + 30, item["y"] + 8)
    mouse.down()
    mouse.move(item["x"] + 80, item["y"] + 40, steps=4)
    mouse.move(node["x"] + 100, node["y"] + 200, steps=4)
    expect(panel.node).to_have_attribute("data-drop", "Index into “default”")
    picture(panel.page, "files-drop")
    mouse.move(node["x"] - 100, node["y"] + 200, steps=4)
    expect(panel.node).not_to_have_attribute("data-drop", re.compile("."))
    mouse.move(node["x"] + 100, node["y"] + 200, steps=4)
    mouse.up()
    expect(run_of(panel, "papers").get_by_text("1 added")).to_be_visible(timeout=60_000)
    assert (lab.root / "papers" / "boats.md").exists()


def test_files_of_the_desktop_are_refused_kindly(panel):
    panel.open()
    drop = """(node, type) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['text'], 'a.md'));
        node.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }"""
    panel.node.evaluate(drop, "dragover")
    expect(panel.node).to_have_attribute("data-drop", "Files from outside of JupyterLab")
    panel.node.evaluate(drop, "drop")
    expect(panel.page.get_by_text("Drop them onto the file browser first")).to_be_visible()
    expect(panel.node).not_to_have_attribute("data-drop", re.compile("."))


def test_much_is_asked_about_before_anything_is_read(panel, lab, picture):
    lab.set("jupyter-localai/panel", {"askAbove": 3})
    for number in range(5):
        write(lab, f"home/{number}.md", f"Report {number} of the station.")
    panel.watched.open()
    index_by_menu(panel, "home")
    run = run_of(panel, "home")
    expect(run).to_contain_text("This indexes 5 documents", timeout=60_000)
    expect(panel.page.locator(".jp-LocalAI-status")).to_have_text("Indexing waits for your confirmation")
    picture(panel.page, "files-asking")
    assert json.loads(send(lab, "GET", "collections"))["collections"] == []
    run.get_by_role("button", name="Cancel", exact=True).click()
    expect(run).to_have_count(0)
    index_by_menu(panel, "home")
    run.get_by_role("button", name="documents of").click()
    expect(run.get_by_text("5 added")).to_be_visible(timeout=60_000)
    run.get_by_role("button", name="Close the report").click()
    write(lab, "home/new.md", "One more.")
    index_by_menu(panel, "home")
    expect(run).to_contain_text("1 added", timeout=60_000)


def test_documents_are_filtered_by_name_and_come_a_page_at_a_time(panel, lab, picture):
    for number in range(130):
        write(lab, f"papers/{number:03}.md", f"Report {number}.")
    write(lab, "papers/100%_Ähnlich.md", "Similar.")
    index(lab, "papers")
    panel.open()
    view = show_documents(panel)
    items = view.get_by_role("list", name="Documents").get_by_role("listitem")
    expect(items).to_have_count(100)
    expect(view).to_contain_text("132 documents")
    view.get_by_role("button", name="Show more").click()
    expect(items).to_have_count(132)
    view.get_by_label("Filter by name").fill("%_äh")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("100%_Ähnlich.md")
    view.get_by_label("Filter by name").fill("no such")
    expect(items).to_have_count(0)
    expect(view).to_contain_text("0 documents")
    view.get_by_label("Filter by name").fill("")
    expect(items).to_have_count(100)
    picture(panel.page, "files-documents")
    view.get_by_role("button", name="Index papers again").click()
    expect(run_of(panel, "papers")).to_contain_text("132 unchanged", timeout=60_000)
    panel.field.press("Escape")
    expect(view).to_have_count(0)


def wait(panel, condition, seconds=60):
    """Wait for something that happens outside of the page, whose requests are let through meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        panel.page.wait_for_timeout(50)


def text_found(lab, text):
    return any(text in hit["text"] for hit in json.loads(send(lab, "POST", "search", {"query": text}))["hits"])


def test_a_saved_file_is_found_as_it_is_now(panel, lab):
    lab.set("jupyter-localai/panel", {"indexOnSave": True})
    index(lab, "station")
    write(lab, "loose.md", "Not indexed.")
    panel.open("station/boats.md")
    page = panel.page
    page.locator("#jp-main-dock-panel .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nThe kettle of the station is descaled on Fridays.\n")
    page.keyboard.press("Control+s")
    wait(panel, lambda: text_found(lab, "kettle of the station is descaled"))
    panel.node.get_by_label("Chat model").select_option("None (extractive)")
    answer = panel.ask("When is the kettle of the station descaled?")
    expect(answer).to_contain_text("on Fridays", timeout=60_000)
    contents = "window.jupyterapp.serviceManager.contents"
    page.evaluate(f"{contents}.rename('station/boats.md', 'station/ships.md')")
    wait(panel, lambda: [item["contents"] for item in documents(lab)["items"]] == ["station/ships.md"])
    saved = {"type": "file", "format": "text", "content": "Still not indexed."}
    page.evaluate(f"saved => {contents}.save('loose.md', saved)", saved)
    page.evaluate(f"{contents}.delete('station/ships.md')")
    wait(panel, lambda: documents(lab)["total"] == 0)
    assert [root["contents"] for root in documents(lab)["roots"]] == ["station"]
    expect(panel.node.locator(".jp-LocalAI-run")).to_have_count(0)


def test_a_saved_file_that_cannot_be_read_is_told(panel, lab):
    lab.set("jupyter-localai/panel", {"indexOnSave": True})
    write(lab, "station/plan.pdf", make_pdf("The plan is to paint the slipway."))
    index(lab, "station")
    panel.open()
    saved = {"type": "file", "format": "text", "content": "%PDF-1.4 and no more"}
    panel.page.evaluate("saved => window.jupyterapp.serviceManager.contents.save('station/plan.pdf', saved)", saved)
    expect(run_of(panel, "plan.pdf")).to_contain_text("1 failed", timeout=60_000)
    expect(panel.page.locator(".jp-LocalAI-status")).to_have_text("⚠ 1 document failed")


def test_files_are_not_followed_unless_that_is_wanted(panel, lab):
    index(lab, "station")
    panel.open()
    saved = {"type": "file", "format": "text", "content": "The kettle is descaled on Fridays."}
    with panel.page.expect_request(lambda request: "/api/contents/station/boats.md" in request.url):
        panel.page.evaluate("saved => window.jupyterapp.serviceManager.contents.save('station/boats.md', saved)", saved)
    panel.page.wait_for_timeout(1500)  # longer than saving rests
    assert not text_found(lab, "kettle is descaled")


def test_dark_and_narrow(panel, lab, picture):
    lab.dark()
    write(lab, "station/a much longer name of a document than fits into a narrow panel.md")
    write(lab, "station/deep/er/plan.pdf", b"%PDF-1.4 and no more")
    index(lab, "station")
    panel.open()
    panel.page.set_viewport_size({"width": 800, "height": 800})
    view = show_documents(panel)
    expect(view.get_by_role("listitem").filter(has_text="plan.pdf")).to_be_visible()
    assert panel.node.evaluate("node => node.scrollWidth <= node.clientWidth")
    picture(panel.node, "files-documents-dark")


def test_a_collection_follows_its_folders_by_itself(lab, panel, picture):
    write(lab, "plain/report.md")
    index(lab, "plain")
    panel.open()
    view = show_documents(panel)
    switch = view.get_by_role("checkbox", name="Follow changes in these folders")
    expect(switch).not_to_be_checked()
    switch.check()
    write(lab, "plain/second.md", "Kites fly over dunes.")
    expect(view.get_by_role("button", name="second.md", exact=True)).to_be_visible(timeout=30_000)
    picture(panel.page, "documents-followed")
    panel.reload()
    show_documents(panel)
    expect(switch).to_be_checked()
    switch.uncheck()
    expect(switch).not_to_be_checked()
    assert not json.loads(send(lab, "GET", "status"))["engine"]["watching"]


def test_a_project_and_a_bundle_are_taken_in_by_the_menu(panel, lab, tiny, tmp_path):
    write(lab, "team/boats.md")
    write(lab, "team/localai-project.toml", 'name = "crew"\n\n[[roots]]\npath = "boats.md"\n')
    with serve_in_process(Config(tmp_path / "store", embedder=str(tiny), precision="float32")) as other:
        other.index(lab.root / "team", "ship", include=["*.md"])
        other.export_bundle(lab.root / "team" / "ship.localai", "ship")
    panel.open()
    entry(panel, "team").dblclick()
    choose(panel, "boats.md", "Index This Project")
    expect(panel.node.get_by_text("1 added")).to_be_visible(timeout=60_000)
    assert [item["contents"] for item in documents(lab, "crew")["items"]] == ["team/boats.md"]
    choose(panel, "ship.localai", "Import into LocalAI")
    expect(panel.node.get_by_label("Collection")).to_have_value("named:ship", timeout=60_000)
    assert documents(lab, "ship")["total"] == 1

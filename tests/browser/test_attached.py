"""An attached collection in the panel: what it follows, Sync, and what cannot be done to its documents."""

import json

import pytest
from playwright.sync_api import expect

from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client
from tests.browser.lab import Lab
from tests.browser.panel import TEXT, index, send
from tests.support.chroma_server import ChromaServer, unused_name
from tests.support.in_process import serve_in_process


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team") / "chroma"
    folder.mkdir()
    server = ChromaServer(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def lab(browser, tiny, server):
    lab = Lab(
        {"LOCALAI_EMBEDDER": str(tiny), "LOCALAI_SHARED_HOST": server.address},
        ("--ServerApp.jpserver_extensions={'jupyter_localai': True}",),
    )
    try:
        index(lab)
        yield lab
    finally:
        lab.stop()


def test_an_attached_collection_is_marked_and_synced(panel, lab, server, tiny, tmp_path, picture):
    name, folder = unused_name(), tmp_path / "papers"
    folder.mkdir()
    (folder / "boats.md").write_text(TEXT)
    settings = {"embedder": str(tiny), "precision": "float32", "shared_host": server.address}
    with serve_in_process(Config(tmp_path / "store", **settings)) as other:
        other.index(folder, "papers")
        key = other.share("papers", name, yes_to=server.address).key_file
        member = Client(Config(lab.store, ollama_host=lab.ollama.address, **settings))
        member.attach(key, name, vectors="remote", yes_to=server.address)
        (folder / "kites.md").write_text("Kites fly over dunes.\n")
        other.index(folder, "papers")
        other.share("papers")
    panel.open()
    choice = panel.node.get_by_label("Documents of the collection")
    expect(choice.locator("option", has_text=f"{name} (shared, revision 1)")).to_be_attached()
    choice.select_option(f"named:{name}")
    panel.button("Documents").click()
    view = panel.node.get_by_role("region", name="Documents")
    expect(view.get_by_text("shared, revision 1 · synced")).to_be_visible()
    expect(view.get_by_text("boats.md", exact=True)).to_be_visible()
    expect(view.get_by_role("button", name="Add a folder…")).to_have_count(0)
    expect(view.get_by_role("button", name="Take boats.md out")).to_have_count(0)
    expect(view.get_by_role("checkbox", name="Follow changes")).to_have_count(0)
    view.get_by_role("button", name="Sync").click()
    expect(view.get_by_text("shared, revision 2 · synced")).to_be_visible()
    expect(view.get_by_text("kites.md", exact=True)).to_be_visible()
    expect(panel.node.get_by_text(f"Question’s vector to {server.address.removeprefix('http://')}")).to_be_visible()
    picture(panel.page, "attached")
    server.stop()
    view.get_by_role("button", name="Sync").click()
    expect(view.get_by_text("shared, revision 2 · server away · synced")).to_be_visible()
    picture(panel.page, "attached-away")
    (info,) = [each for each in json.loads(send(lab, "GET", "status"))["collections"] if each["name"] == name]
    assert info["shared"]["code"] == "shared_unreachable"

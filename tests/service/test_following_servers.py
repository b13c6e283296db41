"""Questions keep attached collections up to date, and do not wait for that."""

import pytest

from jupyter_localai.config import Config
from tests.support.chroma_server import unused_name
from tests.support.engines import wait_until
from tests.support.in_process import serve_in_process


@pytest.fixture
def clients(tmp_path, tiny, chroma_server):
    """A publisher and a member."""
    settings = {"embedder": str(tiny), "precision": "float32", "shared_host": chroma_server.address}
    with (
        serve_in_process(Config(tmp_path / "ann", **settings)) as publisher,
        serve_in_process(Config(tmp_path / "mei", **settings)) as member,
    ):
        yield publisher, member


def test_a_question_has_its_collection_followed_once_a_minute(clients, folder, chroma_server, monkeypatch):
    publisher, member = clients
    name, address = unused_name(), chroma_server.address
    publisher.index(folder, "handbook")
    member.attach(publisher.share("handbook", name, yes_to=address).key_file, yes_to=address)

    def revision():
        (info,) = member.collections()
        return info.shared.revision

    (folder / "kites.md").write_text("Kites fly over dunes.\n")
    publisher.index(collection="handbook")
    assert publisher.share("handbook").revision == 2
    member.search("kites", collection=name)
    assert member.jobs()[-1].kind == "attach" and revision() == 1
    monkeypatch.setattr("jupyter_localai.engine.attachments._FRESH_SECONDS", -1)
    member.ask("Where do kites fly?", collection=name, extractive=True)
    wait_until(lambda: revision() == 2)
    monkeypatch.undo()
    assert member.search("kites over dunes", 1, name)[0].text == "Kites fly over dunes."

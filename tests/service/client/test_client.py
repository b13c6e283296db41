"""What a client does when all is well, and what needs no engine at all."""

import os
import subprocess
import sys

import pytest

import jupyter_localai as la
from jupyter_localai.errors import ConfigError, ReadError
from jupyter_localai.service.client import sync_client as client_module


def test_clients_of_one_store_share_an_engine_that_outlives_them(tmp_path, tiny, folder):
    with la.connect(store=tmp_path / "store", embedder=str(tiny)) as ai:
        ai.index(folder)
        first = ai.status().engine["pid"]
    assert first != os.getpid()
    code = "import jupyter_localai as la; s = la.connect().status(); print(s.engine['pid'], s.documents)"
    environment = {**os.environ, "LOCALAI_STORE": str(tmp_path / "store"), "LOCALAI_EMBEDDER": str(tiny)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == [str(first), "3"]
    told = client_module.engine_status(tmp_path / "store")
    assert (told["running"], told["pid"]) == (True, first)
    assert client_module.stop_engine(tmp_path / "store") is True
    assert client_module.stop_engine(tmp_path / "store") is False
    assert client_module.engine_status(tmp_path / "store")["running"] is False


def test_a_closed_client_can_be_used_again(tmp_path, tiny, folder):
    ai = la.connect(store=tmp_path / "store", embedder=str(tiny))
    ai.close()
    assert ai.index(folder).added == 3


def test_a_store_reached_by_a_link_is_the_same_store(tmp_path, tiny, folder):
    ai = la.connect(store=tmp_path / "store", embedder=str(tiny))
    (tmp_path / "link").symlink_to(tmp_path / "store")
    linked = la.connect(store=tmp_path / "link", embedder=str(tiny))
    assert linked.status().engine["pid"] == ai.status().engine["pid"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_goes_on_with_its_parents_client(tmp_path, tiny, folder):
    ai = la.connect(store=tmp_path / "store", embedder=str(tiny))
    ai.index(folder)
    child = os.fork()
    if child == 0:
        found = False
        try:
            found = all(ai.search("annual leave", k=1)[0].document == "Handbook" for _ in range(20))
        finally:
            os._exit(0 if found else 1)
    assert all(ai.search("annual leave", k=1)[0].document == "Handbook" for _ in range(20))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="Did you mean 'device'"):
        la.connect(devise="cpu")


def test_read_needs_no_store(tmp_path, home):
    (tmp_path / "a.md").write_text("# Title\n\nText.\n")
    document = client_module.read(tmp_path / "a.md")
    assert (document.kind, document.title) == ("markdown", "Title")
    with pytest.raises(ReadError) as caught:
        client_module.read(tmp_path / "b.md")
    assert caught.value.code == "not_found"
    assert not list(home.rglob("catalogue.sqlite"))

import gc
import subprocess
import sys

import pytest

import jupyter_localai as la
from jupyter_localai.errors import ConfigError, ReadError, StoreBusyError
from jupyter_localai.schema import Answer, Passages
from jupyter_localai.service import client as client_module
from jupyter_localai.service.ownership import Ownership


@pytest.fixture
def ai(tmp_path, embedder):
    with la.connect(store=tmp_path / "store") as ai:
        ai._engine._loaded_embedder = embedder
        yield ai


def test_the_python_interface_from_end_to_end(ai, folder):
    seen = []
    report = ai.index(folder, collection="handbook", progress=seen.append)
    assert report.added == 3 and seen
    assert ai.search("annual leave", k=1, collection="handbook")[0].document == "Handbook"
    answer = ai.ask("Why was the gauge offline?", collection="handbook", file="*.txt")
    assert answer.mode == "extractive"
    kinds = [type(event) for event in ai.stream("annual leave", "handbook")]
    assert kinds == [Passages, Answer]
    assert ai.status().documents == 3
    assert [c.name for c in ai.collections()] == ["handbook"]


def test_clients_of_one_store_share_the_engine(ai, tmp_path):
    other = la.connect(store=tmp_path / "store")
    assert other._engine is ai._engine
    other.close()
    assert ai.status().documents == 0


def test_another_process_is_told_who_holds_the_store(ai, tmp_path):
    code = (
        "import jupyter_localai as la\ntry: la.connect()\nexcept Exception as error: print(error.code, error.message)"
    )
    environment = {"LOCALAI_STORE": str(tmp_path / "store"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    import os

    assert done.stdout.startswith("store_busy")
    assert f"process {os.getpid()}" in done.stdout


def test_the_store_is_free_again_after_close_and_after_a_lost_client(tmp_path):
    la.connect(store=tmp_path / "s").close()
    gc.collect()
    Ownership(tmp_path / "s").release()
    lost = la.connect(store=tmp_path / "s")
    assert lost
    del lost
    gc.collect()
    Ownership(tmp_path / "s").release()


def test_a_dead_owner_leaves_no_lock(tmp_path):
    code = f"import jupyter_localai as la, os; ai = la.connect(store={str(tmp_path / 's')!r}); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with la.connect(store=tmp_path / "s") as ai:
        assert ai.status().documents == 0


def test_a_held_store_is_busy_in_this_process_too(tmp_path):
    held = Ownership(tmp_path / "s")
    with pytest.raises(StoreBusyError):
        la.connect(store=tmp_path / "s")
    held.release()


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

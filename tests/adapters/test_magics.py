"""The magics in a real kernel, with real engines, small weights and a stand-in for Ollama."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from tests.engines import end_engines, running, wait_until
from tests.kernels import Kernel, kernel
from tests.ollama import StandIn, llama, qwen, says

HEAVY = ("torch", "chromadb", "ollama", "sentence_transformers", "httpx", "transformers", "huggingface_hub")
ANSWER = "No boat may sail when the wind exceeds 21 knots [1]."


@pytest.fixture(scope="module")
def runtime():
    folder = Path(tempfile.mkdtemp(prefix="rt-", dir="/tmp"))
    yield folder
    end_engines(folder)


@pytest.fixture(scope="module")
def shared_ollama():
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def ollama(shared_ollama):
    """The chat model as it is when nothing was changed about it."""
    shared_ollama.models, shared_ollama.running, shared_ollama.chatting = [llama(), qwen()], [], says(ANSWER)
    shared_ollama.pause, shared_ollama.first_pause, shared_ollama.left_after = 0.0, None, None
    shared_ollama.broken, shared_ollama.replies, shared_ollama.drops_after, shared_ollama.pulling = {}, [], None, []
    shared_ollama.requests.clear()
    return shared_ollama


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of the notebook, with documents beside it."""
    place = tmp_path_factory.mktemp("notebook")
    documents = place / "my documents"
    documents.mkdir()
    (documents / "boats.md").write_text("# Boats\n\nNo boat may sail when the wind exceeds 21 knots.\n")
    (documents / "gauge.txt").write_text("The Gull Rock gauge was offline in March because of lightning.\n")
    (place / "Bob's.txt").write_text("Bob's boat is blue.\n")
    return place


@pytest.fixture(scope="module")
def notebook(tmp_path_factory, runtime, shared_ollama, tiny, place):
    """A kernel with the magics loaded and the documents indexed into `handbook`."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LOCALAI_", "XDG_"))},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(home / "ipython"),
        "LOCALAI_STORE": str(home / "store"),
        "LOCALAI_EMBEDDER": str(tiny),
        "LOCALAI_PRECISION": "float32",
        "OLLAMA_HOST": shared_ollama.address,
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    }
    with kernel(environment, str(place)) as started:
        done = started.run("%load_ext jupyter_localai")
        assert not done.outputs
        done = started.run('report = %localai index "my documents" -c handbook')
        assert not done.error, done.error
        yield started


def test_loading_is_quick_and_nothing_heavy_is_ever_in_the_kernel(notebook: Kernel, ollama):
    assert not notebook.run("%ask -c handbook What is the wind limit?").error
    assert not notebook.run("%localai search -c handbook wind").error
    assert notebook.value(f"[name for name in {HEAVY!r} if name in __import__('sys').modules]") == []


def test_index_returns_its_report_and_leaves_no_bar(notebook: Kernel):
    done = notebook.run('%localai index "my documents" -c handbook')
    assert done.reply["status"] == "ok"
    assert done.outputs[-1]["data"]["text/plain"].startswith("Indexed into 'handbook': 2 unchanged")
    assert all("progress" not in output["data"].get("text/html", "") for output in done.outputs)
    assert notebook.value("(report.added, report.chunks)") == (2, 2)

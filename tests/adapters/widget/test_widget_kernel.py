"""The chat panel in a real kernel: what an interrupt, a restart and a cell do to it, and what it prints."""

import os
import textwrap
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

import jupyter_localai as la
from tests.support.engines import wait_until
from tests.support.panels import QUESTION, SAID

ROOT = Path(__file__).parents[3]


class Kernel:
    """A kernel with a panel in it."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.streams = []

    def begin(self, code):
        return self.client.execute(textwrap.dedent(code))

    def end(self, number, seconds=60):
        """Return the reply to an execution, and keep what it printed."""
        while True:
            reply = self.client.get_shell_msg(timeout=seconds)
            if reply["parent_header"].get("msg_id") == number:
                break
        while True:
            told = self.client.get_iopub_msg(timeout=seconds)
            if told["msg_type"] == "stream":
                self.streams.append(told["content"]["text"])
            mine = told["parent_header"].get("msg_id") == number
            if mine and told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return reply["content"]

    def run(self, code):
        reply = self.end(self.begin(code))
        assert reply["status"] == "ok", reply
        return reply

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(ollama, tmp_path, tiny, folder, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    with la.connect() as ai:
        ai.index(folder)
    kernel = Kernel()
    kernel.run("import jupyter_localai as la\npanel = la.ChatPanel()\npanel.wait(60)")
    yield kernel
    kernel.stop()


def test_an_interrupt_is_the_cells_and_the_answer_goes_on_in_silence(kernel, ollama):
    ollama.holds_after = 1
    running = kernel.begin(f"import time\npanel.question = {QUESTION!r}\npanel.send()\ntime.sleep(600)")
    wait_until(lambda: ollama.chats)
    kernel.manager.interrupt_kernel()
    assert kernel.end(running)["ename"] == "KeyboardInterrupt"
    ollama.holds_after = None
    kernel.run("assert panel.wait(60)\nprint(panel.answers[0].text)")
    assert kernel.streams == [SAID + "\n"]


def test_the_end_of_the_kernel_ends_the_answer(kernel, ollama):
    ollama.holds_after = 0
    kernel.run(f"panel.question = {QUESTION!r}\npanel.send()")
    wait_until(lambda: ollama.chats)
    kernel.manager.shutdown_kernel(now=True)
    wait_until(lambda: ollama.left)


def test_a_cell_that_runs_it_puts_the_conversation_below(kernel, ollama):
    kernel.run(f"panel.question = {QUESTION!r}\npanel.send()\npanel.wait(60)")
    (payload,) = kernel.run("panel.to_cell()")["payload"]
    assert payload["source"] == "set_next_input" and not payload["replace"]
    assert payload["text"].startswith("%%markdown\n") and QUESTION in payload["text"]


def test_nothing_heavy_is_loaded_into_the_kernel(kernel, ollama):
    heavy = ("torch", "chromadb", "onnxruntime", "sentence_transformers", "ollama", "httpx", "transformers", "lxml")
    kernel.run(f"panel.question = {QUESTION!r}\npanel.send()\npanel.wait(60)")
    kernel.run(f"import sys\nprint([name for name in {heavy!r} if name in sys.modules])")
    assert kernel.streams[-1] == "[]\n"

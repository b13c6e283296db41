"""Everything a user does, in one run, for `tests/privacy/test_offline.py` to look at from outside.

    python -m tests.support.offline FOLDER WEIGHTS [leak]

Indexes FOLDER, searches and asks, from Python, from the command line, in a notebook and by a Jupyter server, with a
stand-in for Ollama on loopback. With ``leak`` it does what must be noticed, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.ollama import StandIn, llama, says


def main(folder: str, weights: str, leak: str = "") -> None:
    """Do it all, and print what came of it as JSON."""
    if leak == "leak":
        reach_beyond()
        print("{}")
        return
    socket.getfqdn = lambda name="": name  # Python's HTTP server looks up its own name
    ollama = StandIn()
    ollama.models = [llama()]
    ollama.chatting = says("The gauge was offline because of lightning [1].")
    os.environ["OLLAMA_HOST"] = ollama.address
    if weights:
        os.environ["LOCALAI_EMBEDDER"] = weights
    from jupyter_localai.service.client.sync_client import stop_engine

    try:
        told = in_python(folder)
        on_the_command_line(folder)
        in_notebook(folder)
        in_the_server(folder)
        print(json.dumps(told))
    finally:
        stop_engine()  # or whoever traces us waits for it
        ollama.stop()


def reach_beyond() -> None:
    """Try to reach another machine and a name, here and in a process below; there is no network to reach them."""
    code = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.create_connection(("192.0.2.1", 80), 1)
with contextlib.suppress(OSError):
    socket.getaddrinfo("secret.example.org", 443)
"""
    exec(code, {})
    subprocess.run([sys.executable, "-c", code.replace("192.0.2.1", "192.0.2.2")], check=True)


def in_python(folder: str) -> dict[str, Any]:
    """Do it with a client, and return what came of it."""
    import jupyter_localai as la

    with la.connect() as ai:
        report = ai.index(folder)
        hits = ai.search("lightning", k=3)
        answers = [ai.ask("Why was the Gull Rock gauge offline in March?", extractive=way) for way in (False, True)]
        status = ai.status()
        ai.models()
    loaded = Path(f"/proc/{status.engine['pid']}/maps").read_text()
    libraries = [name for name in ("libopenvino", "onnxruntime", "chromadb") if name in loaded]
    told = {"libraries": libraries, "added": report.added, "hits": len(hits), "modes": [a.mode for a in answers]}
    return {**told, "enforcement": status.privacy["enforcement"], "engine": status.engine["pid"]}


def on_the_command_line(folder: str) -> None:
    """Do it in processes of their own."""
    file = str(Path(folder) / "leave.md")
    for words in (["index", folder], ["search", "annual leave"], ["ask", "Who may sail?"], ["status"], ["read", file]):
        command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", *words, "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def in_notebook(folder: str) -> None:
    """Do it in a kernel, by magics; `jupyter execute` is Jupyter's own part."""
    import nbformat

    lines = ["%load_ext jupyter_localai", f"%localai index {folder}", "%localai search lightning", "%localai status"]
    lines += ["%ask Why was the Gull Rock gauge offline in March?"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in lines])
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "done.ipynb"
        nbformat.write(notebook, file)
        execute = "from nbclient.cli import main; main()"  # jupyter execute
        command = [sys.executable, "-c", execute, "--inplace", "--kernel_name=python3", str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        done = nbformat.read(file, as_version=4)
    assert all(cell.outputs for cell in done.cells[1:])


def in_the_server(folder: str) -> None:
    """Do it as the panel does, by a Jupyter server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=known"]
    command += ["--ServerApp.jpserver_extensions={'jupyter_localai': True}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path: str, body: dict[str, Any] | None = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "token known", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/jupyter-localai/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    try:
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError):
                ask("version")
                break
            time.sleep(0.1)
        assert "gauge.txt" in ask("search", {"query": "lightning"})
        assert '"answer"' in ask("ask", {"question": "Why was the Gull Rock gauge offline in March?"})
        assert "enforcement" in ask("status")
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Everything a user does, in one run, for `tests/test_offline.py` to look at from outside.

    python -m tests.offline FOLDER WEIGHTS [leak]

Indexes FOLDER, searches and asks, from Python and from the command line, with a stand-in for Ollama on loopback. With
``leak`` it also does what must be noticed.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.ollama import StandIn, llama, says


def main(folder: str, weights: str, leak: str = "") -> None:
    """Do it all, and print what came of it as JSON."""
    socket.getfqdn = lambda name="": name  # Python's HTTP server looks up its own name
    ollama = StandIn()
    ollama.models = [llama()]
    ollama.chatting = says("The gauge was offline because of lightning [1].")
    os.environ["OLLAMA_HOST"] = ollama.address
    if weights:
        os.environ["LOCALAI_EMBEDDER"] = weights
    import jupyter_localai as la
    from jupyter_localai.service.client import stop_engine

    with la.connect() as ai:
        report = ai.index(folder)
        hits = ai.search("lightning", k=3)
        answers = [ai.ask("Why was the Gull Rock gauge offline in March?", extractive=way) for way in (False, True)]
        status = ai.status()
        ai.models()
    for words in (
        ("index", folder),
        ("search", "annual leave"),
        ("ask", "Who may sail?"),
        ("status",),
        ("read", folder),
    ):
        target = [str(Path(folder) / "leave.md")] if words[0] == "read" else list(words[1:])
        command = [sys.executable, "-m", "jupyter_localai.adapters.cli", words[0], *target, "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if leak == "leak":
        with contextlib.suppress(OSError):
            socket.create_connection(("192.0.2.1", 80), 1)
        with contextlib.suppress(OSError):
            socket.getaddrinfo("secret.example.org", 443)
    loaded = Path(f"/proc/{status.engine['pid']}/maps").read_text()
    libraries = [name for name in ("libtorch_cpu", "onnxruntime", "chromadb") if name in loaded]
    told = {
        "libraries": libraries,
        "added": report.added,
        "hits": len(hits),
        "modes": [answer.mode for answer in answers],
    }
    print(json.dumps({**told, "enforcement": status.privacy["enforcement"], "engine": status.engine["pid"]}))
    stop_engine()
    ollama.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A Chroma server as people run it: ``chroma run`` of this environment, on a free port of loopback."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

COMMAND = (sys.executable, "-c", "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(sys.argv)")
"""What the command ``chroma`` does, without first loading Chroma's client, which takes seconds."""
_START_SECONDS = 120
_numbers = itertools.count(1)


def free_port() -> int:
    """Return a port of loopback that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class ChromaServer:
    """A server with a folder of its own.

    Attributes
    ----------
    process : Popen
        To be killed, stopped and continued by tests; `start` starts it again, at the same port.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start the server and wait until it listens."""
        command = [*COMMAND, "run", "--path", self.folder, "--host", "127.0.0.1", "--port", str(self.port)]
        with (self.folder.parent / "chroma.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError((self.folder.parent / "chroma.log").read_text(errors="replace")[-2000:])

    def collections(self) -> list[str]:
        """Return the names of its collections."""
        path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        return [one["name"] for one in self.asked(path)]

    def asked(self, path: str) -> Any:
        """Return the JSON that it answers at a path."""
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """End the server at once."""
        self.process.kill()
        self.process.wait()


def unused_name() -> str:
    """Return a name of a collection that no other test of this process has."""
    return f"test-{next(_numbers)}"


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory):
    """The one server of a test run; tests take collections of their own (`unused_name`) and leave it running."""
    folder = tmp_path_factory.mktemp("server") / "chroma"
    folder.mkdir()
    server = ChromaServer(folder)
    yield server
    server.stop()

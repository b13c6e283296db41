"""A Jupyter server with the extension in the test's event loop; behind it a real engine that a module's tests share."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403  - fixtures, and the hooks that run coroutines, for these tests alone

from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe
from tests.support.engines import SHORT, end_engines
from tests.support.ollama import StandIn, llama

TEXT = "# Boats\n\nBoats must stay at the slipway when the wind is above twelve metres per second.\n"
QUESTION = "When must boats stay at the slipway?"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def ollama(stand_in: StandIn) -> StandIn:
    """The chat model as it is when nothing was changed about it."""
    stand_in.reset(llama())
    return stand_in


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory, tiny: Path, stand_in: StandIn) -> Iterator[Path]:
    """A store whose engine runs as long as the module's tests."""
    runtime = Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    store = tmp_path_factory.mktemp("server") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        config = Config(store, embedder=str(tiny), precision="float32", ollama_host=stand_in.address)
        probe.open_engine(Client(config))
    yield store
    end_engines(runtime)


@pytest.fixture
def store(shared_store: Path) -> Path:
    return shared_store


@pytest.fixture
def settings(store: Path, tiny: Path, ollama: StandIn, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of the Jupyter server."""
    monkeypatch.setenv("LOCALAI_STORE", str(store))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    return monkeypatch


@pytest.fixture
def jp_server_config(settings: pytest.MonkeyPatch) -> dict:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_localai": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        }
    }


class Server:
    """What a browser does: requests, and streams that it may leave."""

    def __init__(self, fetch, port: int, base: str, root: Path, header: dict[str, str]) -> None:
        self._fetch, self._port, self._base, self.root, self._header = fetch, port, base, root, header

    async def call(self, method: str, route: str, body=None, lines: bool = False, **keywords):
        """Return status and JSON of a reply, or of its `lines`; a text or bytes as the body are sent as they are."""
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        reply = await self._fetch(
            "jupyter-localai",
            route,
            method=method,
            body=data,
            raise_error=False,
            allow_nonstandard_methods=True,
            **keywords,
        )
        if lines:
            return reply.code, [json.loads(line) for line in reply.body.splitlines() if line.strip()]
        return reply.code, json.loads(reply.body) if reply.body else None

    async def get(self, route: str, **query: str):
        status, value = await self.call("GET", route, params=query)
        assert status == 200, value
        return value

    @asynccontextmanager
    async def stream(self, method: str, route: str, body=None) -> AsyncIterator["Stream"]:
        """Send a request whose reply is read line by line; leaving the block closes the connection."""
        data = b"" if body is None else json.dumps(body).encode()
        fields = {**self._header, "Content-Length": str(len(data))}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"{method} {self._base}jupyter-localai/{route} HTTP/1.0\r\n{head}\r\n".encode() + data)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            yield Stream(head, reader)
        finally:
            writer.close()

    async def events(self, method: str, route: str, body=None) -> list[dict]:
        """Return all lines of a stream."""
        async with self.stream(method, route, body) as stream:
            return [event async for event in stream]

    async def index(self, collection: str, files: dict[str, str] | None = None, folder: str = "docs") -> dict:
        """Write a folder of documents, and return the report of indexing it."""
        (self.root / folder).mkdir(exist_ok=True)
        for name, text in (files or {"boats.md": TEXT}).items():
            (self.root / folder / name).write_text(text)
        asked = {"kind": "index", "paths": [folder], "collection": collection}
        status, job = await self.call("POST", "jobs", asked)
        assert (status, job["kind"]) == (202, "index")
        *_, last = await self.events("GET", f"jobs/{job['id']}/events")
        assert last["type"] == "result", last
        return last["value"]


class Stream:
    """A reply that is being received."""

    def __init__(self, head: str, reader: asyncio.StreamReader) -> None:
        first, *rest = head.strip().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest if ": " in line)}
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[dict]:
        while line := await self._reader.readline():
            yield json.loads(line)

    async def until(self, kind: str) -> dict:
        """Return the first event of a type."""
        seen = []
        async for event in self:
            if event["type"] == kind:
                return event
            seen.append(event)
        raise AssertionError(f"no {kind}, but {seen}")


@pytest.fixture
def server(jp_fetch, http_server_client, jp_base_url, jp_root_dir, jp_auth_header) -> Server:
    return Server(jp_fetch, http_server_client.get_http_port(), jp_base_url, jp_root_dir, jp_auth_header)


async def until(condition, seconds: float = 60) -> None:
    """Wait for something that happens in another process or thread, while this loop goes on."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)

"""A server on loopback that speaks Ollama's documented protocol, so far as it is used."""

from __future__ import annotations

import json
import select
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import ollama_embed


def llama(name: str = "llama3.1:8b", **changes: Any) -> dict[str, Any]:
    """Return one model: its entry in the list, and under ``show`` what is told of it alone."""
    details = {
        "parent_model": "",
        "format": "gguf",
        "family": "llama",
        "families": ["llama"],
        "parameter_size": "8.0B",
        "quantization_level": "Q4_0",
    }
    show = {
        "license": "\n  LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\nLlama 3.1 Version Release Date: July 23, 2024",
        "details": details,
        "model_info": {
            "general.architecture": "llama",
            "general.parameter_count": 8030261248,
            "llama.attention.head_count": 32,
            "llama.attention.head_count_kv": 8,
            "llama.block_count": 32,
            "llama.context_length": 131072,
            "llama.embedding_length": 4096,
        },
        "capabilities": ["completion", "tools"],
    }
    model = {"name": name, "model": name, "size": 4_661_000_000, "digest": "0" * 64, "details": details, "show": show}
    return {**model, **changes}


class StandIn:
    """Serves `models` until `stop`; every request is written down in `requests`.

    `broken` maps a path to ``(status, body)`` that is sent instead of the right answer.
    """

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = []
        self.running: list[dict[str, Any]] = []
        self.broken: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        self.pause = 0.0  # seconds before each line of a chat
        self.left_after: float | None = None  # seconds of a chat after which the client was gone
        self.chatting: list[dict[str, Any]] = []
        self.pulling: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if (method, path) == ("GET", "/api/version"):
            return 200, {"version": "0.12.3"}
        if (method, path) == ("GET", "/api/tags"):
            return 200, {"models": [{k: v for k, v in model.items() if k != "show"} for model in self.models]}
        if (method, path) == ("GET", "/api/ps"):
            return 200, {"models": self.running}
        if (method, path) == ("POST", "/api/chat"):
            return 200, self.chatting
        if (method, path) == ("POST", "/api/embed"):
            return ollama_embed.answer(self.models, body)
        if (method, path) == ("POST", "/api/pull"):
            return 200, self.pulling
        if (method, path) == ("POST", "/api/show"):
            found = next((model["show"] for model in self.models if model["name"] == body.get("model")), None)
            return (200, found) if found else (404, {"error": f"model '{body.get('model')}' not found"})
        return 404, {"error": "404 page not found"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve(None)

            def do_POST(self) -> None:
                self._serve(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0))))

            def _serve(self, body: Any) -> None:
                stand_in.requests.append((self.command, self.path, body))
                if self.path in stand_in.broken:
                    status, data = stand_in.broken[self.path]
                else:
                    status, value = stand_in.answer(self.command, self.path, body)
                    lines = value if isinstance(value, list) else [value]
                    data = "\n".join(map(json.dumps, lines)).encode()
                if self.path == "/api/chat" and stand_in.pause:
                    self._chat_slowly(data.splitlines(keepends=True))
                    return
                self.send_response(status)
                for name, value in stand_in.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _chat_slowly(self, lines: list[bytes]) -> None:
                self.close_connection = True
                begun = time.monotonic()
                for number, line in enumerate(lines):
                    if select.select([self.connection], [], [], stand_in.pause)[0]:  # readable: closed by the client
                        stand_in.left_after = time.monotonic() - begun
                        return
                    if number == 0:
                        self.send_response(200)
                        self.send_header("Content-Type", "application/x-ndjson")
                        self.end_headers()
                    self.wfile.write(line)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

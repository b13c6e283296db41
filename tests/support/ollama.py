"""A server on loopback that speaks Ollama's documented protocol, so far as it is used.

Its shapes and words are those of a real server: ``tests/data/ollama`` has what that one answered.
"""

from __future__ import annotations

import contextlib
import json
import re
import selectors
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support import ollama_embed


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


def qwen(name: str = "qwen3:8b") -> dict[str, Any]:
    """Return a model that can think."""
    info = {
        "general.architecture": "qwen3",
        "qwen3.attention.head_count": 32,
        "qwen3.attention.head_count_kv": 8,
        "qwen3.attention.key_length": 128,
        "qwen3.block_count": 36,
        "qwen3.context_length": 40960,
        "qwen3.embedding_length": 4096,
    }
    details = {"family": "qwen3", "families": ["qwen3"], "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}
    show = {
        "license": "Apache License\nVersion 2.0",
        "details": details,
        "model_info": info,
        "capabilities": ["completion", "tools", "thinking"],
    }
    return llama(name, size=5_225_388_164, digest="1" * 64, details=details, show=show)


def gpt_oss(name: str = "gpt-oss:20b") -> dict[str, Any]:
    """Return a model whose thinking has levels and cannot be switched off."""
    info = {
        "general.architecture": "gptoss",
        "gptoss.attention.head_count": 64,
        "gptoss.attention.head_count_kv": [8] * 24,
        "gptoss.attention.key_length": 64,
        "gptoss.block_count": 24,
        "gptoss.context_length": 131072,
        "gptoss.expert_count": 32,
    }
    details = {"family": "gptoss", "families": ["gptoss"], "parameter_size": "20.9B", "quantization_level": "MXFP4"}
    show = {"details": details, "model_info": info, "capabilities": ["completion", "tools", "thinking"]}
    return llama(name, size=13_793_441_244, digest="2" * 64, details=details, show=show)


def nomic(name: str = "nomic-embed-text:latest") -> dict[str, Any]:
    """Return a model that embeds and cannot chat."""
    info = {"general.architecture": "nomic-bert", "nomic-bert.context_length": 2048, "nomic-bert.block_count": 12}
    details = {
        "family": "nomic-bert",
        "families": ["nomic-bert"],
        "parameter_size": "137M",
        "quantization_level": "F16",
    }
    show = {"details": details, "model_info": info, "capabilities": ["embedding"]}
    return llama(name, size=274_302_450, digest="3" * 64, details=details, show=show)


def says(*parts: str, **last: Any) -> list[dict[str, Any]]:
    """Return the reports of an answer in these parts; `last` goes into the one that ends it."""
    said = [{"message": {"role": "assistant", "content": part}, "done": False} for part in parts]
    return [*said, {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", **last}]


def thinks(*parts: str) -> list[dict[str, Any]]:
    """Return reports of thinking."""
    return [{"message": {"role": "assistant", "content": "", "thinking": part}, "done": False} for part in parts]


OVERFLOW = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)
"""How a prompt is refused that is neither to be cut nor to be refused with its number of tokens."""
DEFAULT_CONTEXT = 4096
LOAD_NS, READY_NS = 800_000_000, 2_000_000
THINK_VALUES = (None, True, False, "high", "medium", "low", "max")


def overflow(tokens: int, context: int) -> str:
    """Return how a prompt is refused that must not be cut: the runner's JSON, as a text."""
    told = {
        "code": 400,
        "message": f"request ({tokens} tokens) exceeds the available context size ({context} tokens), "
        "try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": context,
    }
    return json.dumps({"error": told}, separators=(",", ":"))


Script = list[dict[str, Any]] | Callable[[dict[str, Any]], list[dict[str, Any]]]


def is_readable(connection: Any, seconds: float) -> bool:
    """Whether there is something to read, or the other side has closed, within that time; any descriptor will do."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(seconds))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        self._connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def end_connections(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class StandIn:
    """Serves `models` until `stop`; every request is written down in `requests`.

    Attributes
    ----------
    broken : dict
        Maps a path to ``(status, body)`` that is sent instead of the right answer.
    chatting : list, or a function of the request's body
        The reports of every chat.
    replies : list
        The reports of the next chats, before `chatting` counts.
    characters_per_token : float
        What the server's tokeniser makes of the messages.
    pause : float
        Seconds before each report of a chat.
    holds_after : int
        After so many reports a chat stands still until its client leaves or this is changed.
    drops_after : int
        After so many reports the connection of a chat is lost.
    obeys_truncate : bool
        An older server knows nothing of it, and cuts.
    tells_numbers : bool
        An older server refuses a prompt without saying how many tokens it has.
    is_old : bool
        As version 0.12 it knows no ``/api/status``, and tells no window of a loaded model.
    cloud : dict
        What ``/api/status`` tells of models on other machines.
    loads : list
        The name and the window of each model that was loaded, as often as it was.
    left : list
        The bodies of the requests whose client was gone before the end of their answer.
    """

    def __init__(self) -> None:
        self.reset()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def reset(self, *models: dict[str, Any]) -> None:
        """Forget what it was told and asked; what an earlier chat does from now on is not noted."""
        self.models = list(models)
        self.running: list[dict[str, Any]] = []
        self.broken: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        self.pause = 0.0
        self.holds_after: int | None = None
        self.drops_after: int | None = None
        self.obeys_truncate = True
        self.tells_numbers = True
        self.is_old = False
        self.cloud: dict[str, Any] = {"disabled": False, "source": "none"}
        self.loads: list[tuple[str, int]] = []
        self._loaded: dict[str, tuple[int, Any]] = {}
        self.characters_per_token = 4.0
        self.left: list[dict[str, Any]] = []
        self.chatting: Script = []
        self.replies: list[Script] = []
        self.pulling: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def chats(self) -> list[dict[str, Any]]:
        """The bodies of all chats, without those that only load a model."""
        return [body for _, path, body in self.requests if path == "/api/chat" and body["messages"]]

    def asked(self, path: str) -> int:
        return sum(asked == path for _, asked, _ in self.requests)

    def stop(self) -> None:
        """End as a process does that is ended: its connections, too."""
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._thread.join(5)

    def count(self, body: dict[str, Any]) -> int:
        """Return the tokens of a chat's messages."""
        return round(sum(len(message["content"]) for message in body["messages"]) / self.characters_per_token)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if (method, path) == ("GET", "/api/version"):
            return 200, {"version": "0.12.3"}
        if (method, path) == ("GET", "/api/tags"):
            return 200, {"models": [_listed(model) for model in self.models]}
        if (method, path) == ("GET", "/api/ps"):
            return 200, {"models": self.running}
        if (method, path) == ("GET", "/api/status") and not self.is_old:
            return 200, {"cloud": self.cloud}
        if (method, path) == ("POST", "/api/chat"):
            return self.chat(body)
        if (method, path) == ("POST", "/api/embed"):
            status, embedded = ollama_embed.answer(self.models, body)
            if status == 200 and (model := self._model(body)):
                self.load(model, {})
            return status, embedded
        if (method, path) == ("POST", "/api/pull"):
            return 200, self.pulling
        if (method, path) == ("POST", "/api/show"):
            found = self._model(body)
            if found is None or found.get("missing"):
                return 404, {"error": f"model '{_full(str(body.get('model')))}' not found"}
            return 200, found["show"]
        return 404, {"error": "404 page not found"}

    def _model(self, body: dict[str, Any]) -> dict[str, Any] | None:
        wanted = (body.get("model"), f"{body.get('model')}:latest")
        return next((model for model in self.models if model["name"] in wanted), None)

    def chat(self, body: dict[str, Any]) -> tuple[int, Any]:
        model = self._model(body)
        refused = self._refusal(model, body)
        if model is None or refused is not None:
            return refused or (404, {})
        is_new, context = self.load(model, body)
        if not body["messages"]:
            return 200, {
                **_stamp(body),
                "message": {"role": "assistant", "content": ""},
                "done": True,
                "done_reason": "load",
            }
        counted = self.count(body)
        if counted > context:
            if body.get("truncate") is False and self.obeys_truncate:
                return 400, {"error": overflow(counted, context) if self.tells_numbers else OVERFLOW}
            if body.get("shift") is False and self.obeys_truncate:
                return 400, {"error": OVERFLOW}
            counted = context // 2 + 2
        return 200, self.reports(body, counted, LOAD_NS if is_new else READY_NS)

    def reports(self, body: dict[str, Any], counted: int, load_ns: int) -> Iterable[dict[str, Any] | None]:
        """Return what is sent for a chat whose prompt has so many tokens; None each time that nothing has come."""
        script = self.replies.pop(0) if self.replies else self.chatting
        reports = script(body) if callable(script) else script
        counts = {
            "total_duration": LOAD_NS * 2,
            "load_duration": load_ns,
            "prompt_eval_count": counted,
            "prompt_eval_duration": counted * 1_000_000,
            "eval_count": len(reports),
            "eval_duration": len(reports) * 1_000_000,
        }
        return [{**_stamp(body), **report, **_missing(report, counts)} for report in reports]

    def _refusal(self, model: dict[str, Any] | None, body: dict[str, Any]) -> tuple[int, Any] | None:
        """Return how a chat is refused before the model is loaded."""
        name, keep, think = body.get("model"), body.get("keep_alive", 0), body.get("think")
        if str(name).endswith(("-cloud", ":cloud")) and self.cloud["disabled"]:
            return 403, {"error": "ollama cloud is disabled: remote model is unavailable"}
        if not (isinstance(keep, (int, float)) or re.fullmatch(r"-?(\d+(\.\d+)?(ms|s|m|h))+", str(keep))):
            return 400, {"error": f'time: invalid duration "{keep}"'}
        if think not in THINK_VALUES:
            told = '(must be "high", "medium", "low", "max", true, or false)'
            return 400, {"error": f'invalid think value: "{think}" {told}'}
        if model is None:
            return 404, {"error": f"model '{name}' not found"}
        capabilities = model["show"].get("capabilities")
        if capabilities is not None and "completion" not in capabilities:
            return 400, {"error": f'"{name}" does not support chat'}
        if think and "thinking" not in (capabilities or ()):
            return 400, {"error": f'"{name}" does not support thinking'}
        return None

    def load(self, model: dict[str, Any], body: dict[str, Any]) -> tuple[bool, int]:
        """Load a model if it is not in memory just so; return whether it was, and its window."""
        info, name = model["show"].get("model_info") or {}, model["name"]
        trained = info.get(f"{info.get('general.architecture')}.context_length") or DEFAULT_CONTEXT
        context = max(4, min(body.get("options", {}).get("num_ctx") or DEFAULT_CONTEXT, trained))
        wanted = context, body.get("shift")
        is_new = self._loaded.get(name) != wanted
        if is_new:
            self._loaded[name] = wanted
            self.loads.append((name, context))
            entry = {key: model[key] for key in ("name", "model", "size", "digest", "details")}
            entry |= {"expires_at": "2026-01-01T00:10:00Z", "size_vram": 0}
            entry |= {} if self.is_old else {"context_length": context}
            self.running = [entry, *(other for other in self.running if other.get("name") != name)]
        return is_new, context

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
                    if isinstance(value, (list, Iterator)) and status == 200:
                        self._stream(value, body)
                        return
                    data = json.dumps(value).encode()
                self.send_response(status)
                for name, value in stand_in.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _stream(self, reports: Iterable[dict[str, Any] | None], body: dict[str, Any]) -> None:
                """Send headers with the first report, as the server does, and see when the client leaves."""
                self.close_connection = True
                is_chat, left = self.path == "/api/chat", stand_in.left
                number = 0
                for report in reports:
                    if is_chat and self._is_left(number):
                        left.append(body)
                        return
                    if report is None:
                        continue
                    if is_chat and number == stand_in.drops_after:
                        return
                    number += 1
                    if number == 1:
                        self.send_response(200)
                        self.send_header("Content-Type", "application/x-ndjson")
                        self.send_header("Transfer-Encoding", "chunked")
                        self.end_headers()
                    line = json.dumps(report).encode() + b"\n"
                    try:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    except OSError:
                        left.append(body)
                        return
                if not number:
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                self.wfile.write(b"0\r\n\r\n")

            def _is_left(self, number: int) -> bool:
                """Wait as a chat does before that report, and return whether the client closed it meanwhile."""
                if stand_in.pause and is_readable(self.connection, stand_in.pause):
                    return True
                if is_readable(self.connection, 0):
                    return True
                while number == stand_in.holds_after:
                    if is_readable(self.connection, 0.02):
                        return True
                return False

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _listed(model: dict[str, Any]) -> dict[str, Any]:
    """Return a model's entry in the list, which says "completion" of every model."""
    info = model["show"].get("model_info") or {}
    sizes = ("context_length", "embedding_length")
    known = {name: info.get(f"{info.get('general.architecture')}.{name}") for name in sizes}
    known = {} if "bert" in model["details"]["family"] else {name: size for name, size in known.items() if size}
    entry = {key: value for key, value in model.items() if key != "show"}
    more = {"modified_at": "2026-01-01T00:00:00Z", "capabilities": ["completion"]}
    return {**more, **entry, "details": {**model["details"], **known}}


def _missing(report: dict[str, Any], counts: dict[str, int]) -> dict[str, int]:
    """Return what the last report of a chat has and a script left out."""
    return {name: value for name, value in counts.items() if name not in report} if report.get("done") else {}


def _stamp(body: dict[str, Any]) -> dict[str, Any]:
    return {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}


def _full(name: str) -> str:
    return name if ":" in name else f"{name}:latest"

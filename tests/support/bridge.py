"""Ollama's routes over a chat model that really reads and writes: the stand-in, with `runner` behind its chats."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.ollama import StandIn, llama
from tests.support.runner import Runner

_TICK = 0.05  # seconds after which a client that has left is noticed
_THOUGHT_TOKENS = 12


def smol(name: str = "smollm2:135m", *more: str) -> dict[str, Any]:
    """Return the model that is behind every name, with further capabilities."""
    info = {
        "general.architecture": "llama",
        "general.parameter_count": 134515008,
        "llama.attention.head_count": 9,
        "llama.attention.head_count_kv": 3,
        "llama.block_count": 30,
        "llama.context_length": 8192,
        "llama.embedding_length": 576,
    }
    details = {"family": "llama", "families": ["llama"], "parameter_size": "134.52M", "quantization_level": "Q4_1"}
    show = {"license": "Apache License", "details": details, "model_info": info, "capabilities": ["completion", *more]}
    return llama(name, size=98_362_432, digest=str(len(more)) * 64, details=details, show=show)


class Bridge(StandIn):
    """Serves the model as ``smollm2:135m``, and as ``thinker`` with thoughts before its answers.

    Attributes
    ----------
    runner : Runner or None
        What has the model in memory.
    most_tokens : int
        Of an answer, whatever is asked for.
    """

    most_tokens = 1 << 20

    def __init__(self) -> None:
        self.runner: Runner | None = None
        self._loading = threading.Lock()
        super().__init__()

    def reset(self, *models: dict[str, Any]) -> None:
        super().reset(*(models or (smol(), smol("thinker:latest", "thinking"))))
        self._end_runner()

    def stop(self) -> None:
        super().stop()
        self._end_runner()

    def _end_runner(self) -> None:
        if self.runner is not None:
            self.runner.stop()
        self.runner = None

    def load(self, model: dict[str, Any], body: dict[str, Any]) -> tuple[bool, int]:
        with self._loading:
            if self.runner is not None and self.runner.process.poll() is not None:
                self._loaded.clear()
            is_new, context = super().load(model, body)
            if is_new and "completion" in model["show"]["capabilities"]:
                self._end_runner()
                self.runner = Runner(context)
            return is_new, context

    def count(self, body: dict[str, Any]) -> int:
        assert self.runner is not None
        return self.runner.count(body["messages"])

    def reports(self, body: dict[str, Any], counted: int, load_ns: int) -> Iterator[dict[str, Any] | None]:
        assert self.runner is not None
        stamp = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}
        asked = _asked(body)
        asked["max_tokens"] = min(asked.get("max_tokens", self.most_tokens), self.most_tokens)
        if body.get("think"):
            for chunk in _chunks(self.runner, {**asked, "max_tokens": _THOUGHT_TOKENS}):
                if piece := _said(chunk):
                    yield {**stamp, "message": {"role": "assistant", "content": "", "thinking": piece}, "done": False}
                elif chunk is None:
                    yield None
        reason = "stop"
        for chunk in _chunks(self.runner, asked):
            if chunk is None:
                yield None
                continue
            if piece := _said(chunk):
                yield {**stamp, "message": {"role": "assistant", "content": piece}, "done": False}
            reason = next((c["finish_reason"] for c in chunk["choices"] if c.get("finish_reason")), reason)
            if timings := chunk.get("timings"):
                counts = {
                    "total_duration": load_ns + _ns(timings["prompt_ms"] + timings["predicted_ms"]),
                    "load_duration": load_ns,
                    "prompt_eval_count": timings["cache_n"] + timings["prompt_n"],
                    "prompt_eval_duration": _ns(timings["prompt_ms"]),
                    "eval_count": timings["predicted_n"],
                    "eval_duration": _ns(timings["predicted_ms"]),
                }
                end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason}
                yield {**stamp, **end, **counts}
                return


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """Return a chat as llama.cpp's server wants it."""
    options = body.get("options") or {}
    named = {"temperature": "temperature", "seed": "seed", "num_predict": "max_tokens"}
    sampling = {there: options[here] for here, there in named.items() if here in options}
    return {"messages": body["messages"], "stream": True, **sampling}


def _said(chunk: dict[str, Any] | None) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in chunk["choices"]) if chunk else ""


def _ns(milliseconds: float) -> int:
    return round(milliseconds * 1e6)


def _chunks(runner: Runner, body: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Yield what the runner sends, and None whenever nothing came for a moment; ends when the runner does."""
    url = runner.http.base_url
    connection = http.client.HTTPConnection(url.host, url.port)
    lines: queue.Queue[bytes | None] = queue.Queue()

    def read() -> None:
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
            for line in connection.getresponse():
                lines.put(line)
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the runner was killed, or nobody wants the rest
        lines.put(None)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield from _parsed(lines)
    finally:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        connection.close()


def _parsed(lines: queue.Queue[bytes | None]) -> Iterable[dict[str, Any] | None]:
    while True:
        try:
            line = lines.get(timeout=_TICK)
        except queue.Empty:
            yield None
            continue
        if line is None or line.strip() == b"data: [DONE]":
            return
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))

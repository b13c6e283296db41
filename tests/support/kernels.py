"""A real kernel of a test, spoken to as JupyterLab does: requests, outputs, interrupts, completion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from jupyter_client.manager import KernelManager


class Done(NamedTuple):
    """An executed cell: its outputs as they are at the end, every message about them, and how it ended."""

    outputs: list[dict[str, Any]]
    messages: list[tuple[str, dict[str, Any]]]
    reply: dict[str, Any]

    @property
    def text(self) -> str:
        """All plain text of the outputs."""
        return "\n".join(_text(output) for output in self.outputs)

    @property
    def error(self) -> str:
        """What is shown of the error, empty when there was none."""
        return "\n".join(line for output in self.outputs for line in output.get("traceback", ()))

    @property
    def updates(self) -> int:
        return sum(kind == "update_display_data" for kind, _ in self.messages)


def _text(output: dict[str, Any]) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or "")


class Kernel:
    """One kernel; `run` executes a cell and waits for its end."""

    def __init__(self, manager: KernelManager) -> None:
        self._manager = manager
        self._client = manager.client()
        self._seen: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self._client.start_channels()
        self._client.wait_for_ready(60)

    def close(self) -> None:
        self._client.stop_channels()

    def run(self, code: str, watched: bool = True, seconds: float = 90) -> Done:
        return self.finish(self.start(code, watched), seconds)

    def start(self, code: str, watched: bool = True) -> str:
        """Send a cell; ``watched`` as a person at JupyterLab would."""
        return self._client.execute(code, allow_stdin=watched)

    def finish(self, request: str, seconds: float = 90) -> Done:
        outputs: list[dict[str, Any]] = []
        shown: dict[str, dict[str, Any]] = {}
        for _ in self._messages(request, seconds):
            pass
        messages = self._seen.pop(request)
        for kind, content in messages:
            name = content.get("transient", {}).get("display_id")
            if kind == "update_display_data":
                shown[name]["data"] = content["data"]
            elif kind in ("display_data", "execute_result", "error", "stream"):
                outputs.append(dict(content))
                if name:
                    shown[name] = outputs[-1]
        return Done(outputs, messages, self._reply(request, seconds))

    def wait_for(self, request: str, text: str, seconds: float = 60) -> None:
        """Wait until an output of the cell shows some text."""
        for _, content in self._messages(request, seconds):
            if text in _text(content):
                return
        raise AssertionError(f"{text!r} was not shown")

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def complete(self, code: str, at: int | None = None) -> tuple[list[str], str]:
        """Return what the cell's text could become, and the part that would be replaced."""
        request = self._client.complete(code, len(code) if at is None else at)
        reply = self._reply(request, 30)
        return reply["matches"], code[reply["cursor_start"] : reply["cursor_end"]]

    def value(self, expression: str) -> Any:
        """Return a value from the kernel's namespace, of a type that can be written as a literal."""
        import ast

        done = self.run(f"print(repr(({expression})))")
        assert not done.error, done.error
        return ast.literal_eval(done.text)

    def _messages(self, request: str, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
        end = time.monotonic() + seconds
        while True:
            message = self._client.get_iopub_msg(timeout=max(end - time.monotonic(), 0.1))
            if message["parent_header"].get("msg_id") != request:
                continue
            self._seen.setdefault(request, []).append((message["msg_type"], message["content"]))
            yield self._seen[request][-1]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return

    def _reply(self, request: str, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while True:
            message = self._client.get_shell_msg(timeout=max(end - time.monotonic(), 0.1))
            if message["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = message["content"]
                return content


@contextmanager
def kernel(environment: Mapping[str, str], folder: str) -> Iterator[Kernel]:
    """Start a kernel in a folder and end it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=dict(environment), cwd=folder)
    started = None
    try:
        started = Kernel(manager)
        yield started
    finally:
        if started is not None:
            started.close()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        manager.context.destroy()

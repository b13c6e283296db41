"""The engine's end of its socket to the gate: when it breaks, the remaining process ends, too."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

_ANSWER_SECONDS = 2.0
_END_SECONDS = 15.0


class Lifeline:
    """Watches over the gate.

    Parameters
    ----------
    line : int or None
        Descriptor of the socket that the gate shares with us; without one, standard input is watched.
    """

    def __init__(self, line: int | None) -> None:
        self._line: socket.socket | None = None
        if line is not None:
            os.set_inheritable(line, False)  # a child of ours must not keep it open
            self._line = socket.socket(fileno=line)
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._asking = threading.Lock()

    def start(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the gate ends, and end this process by force if that does not do it."""
        threading.Thread(target=self._watch, args=(stop,), name="localai-lifeline", daemon=True).start()

    def ask(self, word: str) -> None:
        """Send one word."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.sendall(f"{word}\n".encode("ascii"))

    def counters(self) -> dict[str, Any]:
        """Return what the gate has counted, by the name of its socket; nothing when there is nothing in between."""
        if self._line is None:
            return {}
        with self._asking:
            self.ask("counters")
            try:
                return self._answers.get(timeout=_ANSWER_SECONDS)
            except queue.Empty:
                return {}

    def _watch(self, stop: Callable[[], None]) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._line is None:
                sys.stdin.read()
            else:
                for line in self._line.makefile("r", encoding="ascii"):
                    self._answers.put(json.loads(line))
        force = threading.Timer(_END_SECONDS, os._exit, (1,))
        force.daemon = True
        force.start()
        stop()

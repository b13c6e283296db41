"""A call in progress: the thread that runs it, and its events for the client."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...config import Config
from ...errors import Cancelled, LocalAIError, to_wire
from ...results.codec import event_to_json
from ..protocol.failures import internal
from .operations import Operations

_AHEAD = 256  # events that a call may be ahead of its reader; then it waits
_POLL_SECONDS = 0.1
Line = dict[str, Any]


class Call:
    """Runs one operation; its events, then its result or error, are lines to be read.

    Parameters
    ----------
    operations, name, config, arguments
        As `Operations.call` takes them.
    notify : callable
        Called, from the call's thread, when there is something to read.
    """

    def __init__(
        self,
        operations: Operations,
        name: str,
        config: Config,
        arguments: Mapping[str, Any],
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        self._lines: queue.Queue[Line] = queue.Queue(_AHEAD)
        self._notify = notify
        self._stop = threading.Event()
        work = (operations, name, config, arguments)
        threading.Thread(target=self._run, args=work, name=f"localai-call-{name}", daemon=True).start()

    def stop(self) -> None:
        """Have it stopped, because nobody reads any more; after its end it does nothing."""
        self._stop.set()

    def waiting(self) -> list[Line]:
        """Return the lines that are there now."""
        lines = []
        while True:
            try:
                lines.append(self._lines.get_nowait())
            except queue.Empty:
                return lines

    def read(self, until: threading.Event | None = None) -> Iterator[Line]:
        """Yield each line when it is there, the last one is the result or an error; fewer after `stop`.

        Raises
        ------
        Cancelled
            Soon after `until` was set.
        """
        try:
            while not self._stop.is_set():
                if until is not None and until.is_set():
                    raise Cancelled()
                try:
                    line = self._lines.get(timeout=_POLL_SECONDS)  # without one, Windows cannot interrupt the wait
                except queue.Empty:
                    continue
                yield line
                if is_last(line):
                    return
        finally:
            self.stop()

    def _run(self, operations: Operations, name: str, config: Config, arguments: Mapping[str, Any]) -> None:
        try:
            value = operations.call(name, config, arguments, lambda event: self._put(event_to_json(event)), self._stop)
            line = {"type": "result", "value": value}
        except LocalAIError as error:
            line = {"type": "error", **to_wire(error)}
        except BaseException as error:
            line = {"type": "error", **to_wire(internal(error))}
        with contextlib.suppress(Cancelled):  # no client is left to receive it
            self._put(line)

    def _put(self, line: Line) -> None:
        while not self._stop.is_set():
            try:
                self._lines.put(line, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            self._notify()
            return
        raise Cancelled()


def is_last(line: Line) -> bool:
    """Whether nothing comes after this line."""
    return line.get("type") in ("result", "error")

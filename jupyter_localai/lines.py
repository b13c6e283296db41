"""Answers that come as JSON objects, one per line: what conversations with the engine and with Ollama share.

Their transports differ: a light one in kernels, one that is awaited, one that can be stopped before the first byte.
Each hands on the bytes as they come, and ends by one of these errors.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

Line = dict[str, Any]
Errors = tuple[type[Exception], ...]


class NotReached(Exception):
    """Nobody listens there, or nobody took the request: it can be sent again."""


class Silent(Exception):
    """The other side is there and says nothing."""


class Broken(Exception):
    """The answer has no end, because the connection was lost."""


class NotTheProtocol(Broken):
    """What came is no JSON object in a line, or a line that is too long."""


class Lines:
    """Cuts an answer into its lines.

    Parameters
    ----------
    max_bytes : int
        Of a line.

    Attributes
    ----------
    line_bytes : int
        Length of the line that came last.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._begun: list[bytes] = []
        self._begun_bytes = self.line_bytes = 0

    def feed(self, piece: bytes) -> Iterator[Line | None]:
        """Yield each line that ends in the next piece; None for a blank one, which says that the other side is well.

        Raises
        ------
        NotTheProtocol
        """
        *whole, rest = piece.split(b"\n")
        for part in whole:
            self._add(part)
            yield self._take()
        self._add(rest)

    def end(self) -> Line | None:
        """Return the last line, where nothing ended it."""
        return self._take()

    def _add(self, part: bytes) -> None:
        self._begun.append(part)
        self._begun_bytes += len(part)
        if self._begun_bytes > self._max_bytes:
            raise NotTheProtocol(f"a line of more than {self._max_bytes} bytes")

    def _take(self) -> Line | None:
        line = b"".join(self._begun)
        self.line_bytes = len(line)
        self._begun, self._begun_bytes = [], 0
        return parsed(line) if line.strip() else None


def parsed(line: bytes | str) -> Line:
    """Return the JSON object in a line.

    Raises
    ------
    NotTheProtocol
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotTheProtocol("no JSON object")
    return value


@contextlib.contextmanager
def named_errors(silences: Errors, failures: Errors, is_taken: Callable[[], bool]) -> Iterator[None]:
    """Turn a transport's errors into those above.

    Parameters
    ----------
    silences, failures : tuple of type
        What the transport raises when it waited long enough, and else.
    is_taken : callable
        Whether somebody took the request.

    Raises
    ------
    Silent, Broken, NotReached
    """
    try:
        yield
    except silences as error:
        raise Silent(type(error).__name__) from None
    except failures as error:
        raise (Broken if is_taken() else NotReached)(type(error).__name__) from None

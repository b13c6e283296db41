"""What a server sends, read in parts of a bearable size: it may be broken, or somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator

MAX_BODY_BYTES = 8 * 2**20
MAX_LINE_BYTES = 2**20
IDENTITY = {"Accept-Encoding": "identity"}
"""Has the body come as it is: what is compressed has no size before it is unpacked."""


class TooLong(Exception):
    """A body or a line has no end in sight."""


class Lines:
    """Splits what comes, block by block, into lines; nothing beyond one line is kept."""

    def __init__(self, most: int = MAX_LINE_BYTES) -> None:
        self._most = most
        self._begun = bytearray()

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield each line that ends in this block, blank ones left out.

        Raises
        ------
        TooLong
        """
        *ended, rest = block.split(b"\n")
        for part in ended:
            line = bytes(self._begun + part)
            self._begun.clear()
            if len(line) > self._most:
                raise TooLong
            if line.strip():
                yield line
        self._begun += rest
        if len(self._begun) > self._most:
            raise TooLong

    def end(self) -> Iterator[bytes]:
        """Yield what came behind the last line's end."""
        yield from self.feed(b"\n")


class Body:
    """Gathers a whole body."""

    def __init__(self, most: int = MAX_BODY_BYTES) -> None:
        self._most = most
        self._bytes = bytearray()

    def feed(self, block: bytes) -> None:
        """Take the next block.

        Raises
        ------
        TooLong
        """
        self._bytes += block
        if len(self._bytes) > self._most:
            raise TooLong

    def parsed(self) -> object:
        return parsed(bytes(self._bytes))


def is_packed(encoding: str) -> bool:
    """Whether a ``Content-Encoding`` says that the body is compressed, though `IDENTITY` was asked for."""
    return encoding.strip().lower() not in ("", "identity")


def parsed(text: bytes) -> object:
    """Return what a JSON text says; None when it is none, or nested beyond all reason."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

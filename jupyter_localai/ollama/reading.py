"""What a server sends, read in parts of a bearable size: it may be broken, or somebody else's."""

from __future__ import annotations

import contextlib

from ..lines import NotTheProtocol, parsed

MAX_BODY_BYTES = 8 * 2**20
MAX_LINE_BYTES = 2**20
IDENTITY = {"Accept-Encoding": "identity"}
"""Asks for the body as it is: what is compressed has no size before it is unpacked."""


class Body:
    """Gathers a whole body of at most `MAX_BODY_BYTES`."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, block: bytes) -> None:
        """Take the next block.

        Raises
        ------
        NotTheProtocol
        """
        self._bytes += block
        if len(self._bytes) > MAX_BODY_BYTES:
            raise NotTheProtocol(f"a body of more than {MAX_BODY_BYTES} bytes")

    def parsed(self) -> object:
        """Return the JSON object that the body is; None when it is none."""
        with contextlib.suppress(NotTheProtocol):
            return parsed(bytes(self._bytes))
        return None


def check_encoding(encoding: str) -> None:
    """Refuse a ``Content-Encoding`` that says the body is compressed, though `IDENTITY` was asked for.

    Raises
    ------
    NotTheProtocol
    """
    if encoding.strip().lower() not in ("", "identity"):
        raise NotTheProtocol("a compressed body")

"""The process that reads one bundle, as `privacy.confined` has it: ``python -m jupyter_localai.bundle.worker BYTES 0``.

The first request names the file, all of which is then checked; the next ones get its content in pieces.
"""

from __future__ import annotations

import base64
import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import BundleError, to_wire
from ..privacy.confined import serve
from ..results.base import to_json
from . import refusals
from .content import Content

_PIECE_CHARS = 4_000_000


class Worker:
    """Answers requests about one bundle."""

    def __init__(self) -> None:
        self._pieces: dict[str, Iterator[Any]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer ``{"open": path}``, ``{"next": "vectors"}`` or ``{"next": "documents"}``."""
        try:
            return self._answer(request)
        except BundleError as error:
            return {"error": to_wire(error)}
        except MemoryError:
            return {"error": to_wire(refusals.sizes("it needs too much memory"))}
        except OSError as error:
            return {"error": to_wire(refusals.missing(f"the file cannot be read ({error.strerror})"))}

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "open" in request:
            content = Content(open(request["open"], "rb"))  # noqa: SIM115  # until this process ends
            for _ in content.vectors():
                pass
            for _ in content.documents():
                pass
            self._pieces = {"vectors": content.vectors(), "documents": _batches(content)}
            return {"manifest": to_json(content.manifest), "lock": to_json(content.lock)}
        with contextlib.suppress(StopIteration):
            piece = next(self._pieces[request["next"]])
            if request["next"] == "vectors":
                return {"piece": base64.b64encode(piece.tobytes()).decode("ascii")}
            return {"piece": piece}
        return {"piece": None}


def _batches(content: Content) -> Iterator[list[Any]]:
    """Yield documents with their chunks, some at a time."""
    batch, size = [], 0
    for document, chunks in content.documents():
        batch.append([document, chunks])
        size += sum(len(chunk.get("text", "")) + 200 for chunk in chunks)
        if size > _PIECE_CHARS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


if __name__ == "__main__":
    serve(Worker().answer, *map(int, sys.argv[1:3]))

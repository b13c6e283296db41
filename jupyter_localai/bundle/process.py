"""A bundle as the engine sees it: read and checked by a confined process, and handed over in pieces."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import from_wire
from ..privacy.confined import Confined, Ended
from ..results.codec import from_json
from ..results.projects import Lock
from . import refusals
from .content import Array, Line
from .form import Manifest

_MEMORY_BYTES = 2 * 2**30  # of address space, of which libraries reserve most
_SECONDS, _BYTES_PER_SECOND = 60, 1 << 20  # many times slower than a slow machine


class Bundle:
    """A bundle whose content was checked when it was opened; `close` ends the process that reads it.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    manifest : Manifest
    lock : Lock
    size : int
        Of the file, in bytes.

    Raises
    ------
    BundleError
    """

    def __init__(self, path: str) -> None:
        try:
            self.size = os.stat(path).st_size
        except OSError as error:
            raise refusals.missing(f"{path} cannot be read ({error.strerror})") from None
        if not os.path.isfile(path):
            raise refusals.missing(f"{path} is no file")
        self._seconds = _SECONDS + self.size / _BYTES_PER_SECOND
        self._process = Confined("jupyter_localai.bundle.worker", _MEMORY_BYTES)
        try:
            told = self._ask({"open": path})
        except BaseException:
            self.close()
            raise
        self.manifest: Manifest = from_json(Manifest, told["manifest"])
        self.lock: Lock = from_json(Lock, told["lock"])

    def vectors(self) -> Iterator[Array]:
        """Yield (n, dimension) float32 vectors of unit length, until there are no more."""
        while (piece := self._ask({"next": "vectors"})["piece"]) is not None:
            yield np.frombuffer(base64.b64decode(piece), np.float32).reshape(-1, self.manifest.dimension)

    def documents(self) -> Iterator[list[tuple[Line, list[Line]]]]:
        """Yield documents with their chunks, some at a time, until there are no more."""
        while (piece := self._ask({"next": "documents"})["piece"]) is not None:
            yield piece

    def close(self) -> None:
        """End the process."""
        self._process.end()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._process.ask(request, self._seconds)
        except Ended as end:
            if end.is_late or end.lacked_memory:
                raise refusals.sizes("reading it takes too long, or too much memory") from None
            raise refusals.damaged("the process that read it has ended") from None
        if "error" in answer:
            raise from_wire(answer["error"])
        return answer

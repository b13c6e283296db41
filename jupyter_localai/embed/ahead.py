"""Embedding in a thread of its own, so that what was embedded is stored, and what comes next is cut, meanwhile."""

from __future__ import annotations

import bisect
import itertools
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from .base import Array, Embedder

_AT_FIRST = 64
"""Texts in the first part; the others have as many letters as take about a second. So progress shows, an interrupt
waits no longer, and little is lost."""

_Part = tuple[Sequence[str], Array]


class Embedding:
    """Some texts on their way through the embedding model.

    Parameters
    ----------
    thread : ThreadPoolExecutor
        Of one thread: who comes first is embedded first.
    embedder : Embedder
        The model.
    texts : sequence of str
        They are embedded by their length: less padding.
    coming : int
        How many texts will follow, as `Embedder.embed` takes it.
    """

    def __init__(self, thread: ThreadPoolExecutor, embedder: Embedder, texts: Sequence[str], coming: int) -> None:
        self._embedder = embedder
        self._texts = sorted(texts, key=len)
        self._coming = coming
        self._parts: queue.SimpleQueue[_Part | BaseException | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._running = thread.submit(self._run)

    def parts(self) -> Iterator[_Part]:
        """Yield texts and their vectors as they come; raises what the embedding model has raised."""
        while (part := self._parts.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part

    def stop(self) -> None:
        """Embed no more, and wait until that is so; `parts` then ends with what is there."""
        self._stopped.set()
        if self._running.cancel():
            self._parts.put(None)
        else:
            wait([self._running])

    def _run(self) -> None:
        try:
            letters = list(itertools.accumulate(map(len, self._texts)))
            at, end = 0, _AT_FIRST
            while at < len(self._texts) and not self._stopped.is_set():
                part = self._texts[at:end]
                began = time.perf_counter()
                vectors = self._embedder.embed(part, self._coming + len(self._texts) - at - len(part))
                self._parts.put((part, vectors))
                at += len(part)
                a_second = sum(map(len, part)) / (time.perf_counter() - began)
                end = max(at + _AT_FIRST, bisect.bisect(letters, letters[at - 1] + a_second))
        except BaseException as error:
            self._parts.put(error)
        else:
            self._parts.put(None)

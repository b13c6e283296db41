"""Read files in processes that can be ended; each has limits of time and memory and knows no secrets.

A file that hangs, crashes or floods its reader fails with an error that says so, and the reader is
replaced. Files are read ahead of their consumer, but not far.
"""

from __future__ import annotations

import dataclasses
import os
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..errors import ReadError
from ..privacy.confined import Confined, Ended
from ..results.passages import Anchor, Document, Place
from .worker import too_much_memory

_MEMORY_BYTES = 2 * 2**30  # of address space
_ENOUGH_BYTES = 512 * 2**20  # a reader that took so much is replaced, since Python gives little back
_MOST_FILES = 500  # after so many, too: libraries leak
_AHEAD_FILES, _AHEAD_BYTES = 32, 64 * 2**20


@dataclasses.dataclass(frozen=True)
class FileToRead:
    """A file to be read; `known` is the SHA-256 of the content that need not be read again. `size` is a guess.

    Below `root` no link is followed to it.
    """

    path: str
    size: int = 0
    known: str = ""
    root: str = ""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one file may take: seconds to read it, and bytes of its own."""

    seconds: int
    max_bytes: int


@dataclasses.dataclass(frozen=True)
class Reading:
    """The outcome for a file: its document, unless its content is the `known` one, or an error.

    ``digest`` is the content's SHA-256, empty when the content could not be had.
    """

    digest: str
    document: Document | None = None
    error: ReadError | None = None


class Readers:
    """Some reading processes, started when needed and used again.

    Parameters
    ----------
    count : int, optional
        Files read at once; half of the cores, 2 to 4, when left out.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count or max(2, min(4, (os.cpu_count() or 2) // 2))
        self._idle: queue.LifoQueue[_Reader] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._busy: dict[_Reader, threading.Event] = {}  # each with what says that nobody waits for it any more

    def read(self, file: FileToRead, limits: Limits) -> Reading:
        """Read one file; errors are those of `read.load` and `read.read`, and those that end a process."""
        return self._read(file, limits, threading.Event())

    def _read(self, file: FileToRead, limits: Limits, given_up: threading.Event) -> Reading:
        for attempt in (1, 2):
            reader = self._take(given_up)
            try:
                return _reading(reader.read(file, limits))
            except ReadError as error:
                # a process may be ended by something else than its file
                if attempt == 2 or error.code != "reader_crashed" or reader.was_stopped:
                    return Reading("", error=error)
            finally:
                self._give_back(reader)
        raise AssertionError("the second attempt returns")

    def read_ahead(self, files: Iterable[FileToRead], limits: Limits) -> Generator[Reading, None, None]:
        """Yield the outcome for each file, in order, while the next ones are being read.

        Closing the iterator ends the reading.
        """
        waiting: deque[tuple[Future[Reading], int]] = deque()
        given_up = threading.Event()
        ahead, threads = 0, ThreadPoolExecutor(self._count, thread_name_prefix="localai-reader")
        try:
            for file in files:
                while waiting and (len(waiting) >= _AHEAD_FILES or ahead + file.size > _AHEAD_BYTES):
                    future, size = waiting.popleft()
                    yield future.result()
                    ahead -= size
                waiting.append((threads.submit(self._read, file, limits, given_up), file.size))
                ahead += file.size
            while waiting:
                yield waiting.popleft()[0].result()
        finally:
            for future, _ in waiting:
                future.cancel()
            given_up.set()
            self._stop(given_up)
            threads.shutdown()

    def tried(self) -> dict[str, Any]:
        """Have a reader ask for a way out; return what `privacy.tried` reports there, nothing when it crashed."""
        reader = self._take(threading.Event())
        try:
            return reader.tried()
        finally:
            self._give_back(reader)

    def close(self) -> None:
        """End all processes; the next file starts new ones."""
        self._stop()
        while True:
            try:
                self._idle.get_nowait().end()
            except queue.Empty:
                return

    def _take(self, given_up: threading.Event) -> _Reader:
        try:
            reader = self._idle.get_nowait()
        except queue.Empty:
            reader = _Reader()
        with self._lock:
            self._busy[reader] = given_up
            if given_up.is_set():  # while it was started
                reader.stop()
        return reader

    def _give_back(self, reader: _Reader) -> None:
        with self._lock:
            del self._busy[reader]
        if reader.is_worn():
            reader.end()
        else:
            self._idle.put(reader)

    def _stop(self, given_up: threading.Event | None = None) -> None:
        """Stop what is being read, all of it or what was given up."""
        with self._lock:
            for reader, its in self._busy.items():
                if given_up in (None, its):
                    reader.stop()


class _Reader(Confined):
    """One process."""

    def __init__(self) -> None:
        super().__init__("jupyter_localai.ingest.worker", _MEMORY_BYTES)
        self._files = self._peak = 0
        self.was_stopped = False

    def read(self, file: FileToRead, limits: Limits) -> dict[str, Any]:
        """Return the answer for one file.

        Raises
        ------
        ReadError
            ``timeout``, ``too_much_memory``, ``reader_crashed``; then the process is of no more use.
        """
        request = {"path": file.path, "known": file.known, "root": file.root, "max_bytes": limits.max_bytes}
        try:
            answer = self.ask(request, limits.seconds)
        except Ended as end:
            raise _why(end, limits) from None
        self._files += 1
        self._peak = max(self._peak, int(answer.get("peak_bytes", 0)))
        return answer

    def is_worn(self) -> bool:
        """Whether it should be replaced."""
        return self.is_broken or self.was_stopped or self._files >= _MOST_FILES or self._peak > _ENOUGH_BYTES

    def stop(self) -> None:
        """Give up what it reads."""
        self.was_stopped = True
        self.kill()


def _why(end: Ended, limits: Limits) -> ReadError:
    """Return why a file has ended its reader."""
    if end.is_late:
        return ReadError(
            f"Reading took longer than {limits.seconds} s.",
            "Raise the setting reader_timeout_s, or split the file.",
            code="timeout",
        )
    if end.lacked_memory:
        return too_much_memory()
    return ReadError(
        "The reader crashed on this file.",
        "It may be damaged: open it with its own program and save it again. Then run: jupyter localai index --retry",
        code="reader_crashed",
    )


def _reading(answer: dict[str, Any]) -> Reading:
    failure = answer.get("error")
    error = ReadError(failure["message"], failure["remedy"], code=failure["code"]) if failure else None
    return Reading(answer["digest"], _document(answer.get("document")), error)


def _document(fields: dict[str, Any] | None) -> Document | None:
    if fields is None:
        return None
    places = tuple(Place(start, end, Anchor(**anchor)) for start, end, anchor in fields["places"])
    return Document(**{**fields, "places": places, "warnings": tuple(fields["warnings"])})

"""Read files in processes that can be ended; each has limits of time and memory and knows no secrets.

A file that hangs, crashes or floods its reader fails with an error that says so, and the reader is
replaced. Files are read ahead of their consumer, but not far.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from ..errors import ReadError
from ..privacy.confined import Confined, Ended
from ..results.codec import from_json
from ..results.passages import Anchor, Document, Place
from ..results.references import Reference
from .formats.parts.recognised import PageText
from .worker import too_much_memory

_MEMORY_BYTES = 2 * 2**30  # of address space
_OCR_MEMORY_BYTES = 3 * 2**30  # its libraries and models reserve 1.9 GiB for a page
_OCR_NICENESS = 10  # a search must not wait for it
_OCR_ENOUGH_BYTES = 3 * 2**29
_ENOUGH_BYTES = 512 * 2**20  # a reader that took so much is replaced, since Python gives little back
_MOST_FILES = 500  # after so many, too: libraries leak
_AHEAD_FILES, _AHEAD_BYTES = 32, 64 * 2**20


@dataclasses.dataclass(frozen=True)
class FileToRead:
    """A file to be read; `known` is the SHA-256 of the content that need not be read again. `size` is a guess.

    Below `root` no link is followed to it. `recognised` is what OCR has read of its pages, `page` the one that OCR is
    to read; 0 to read the file. `about` asks only for what the file says of itself.
    """

    path: str
    size: int = 0
    known: str = ""
    root: str = ""
    recognised: Mapping[int, PageText] = dataclasses.field(default_factory=dict)
    page: int = 0
    about: bool = False


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one file may take: seconds to read it, and bytes of its own."""

    seconds: int
    max_bytes: int


@dataclasses.dataclass(frozen=True)
class Reading:
    """The outcome for a file: its document, unless its content is the `known` one, or an error.

    ``digest`` is the content's SHA-256, empty when the content could not be had. ``page`` is what OCR has read of the
    page that was asked for; ``needs_ocr`` are the pages that only OCR can read. ``about`` is what the file says of
    itself, where only that was asked for.
    """

    digest: str
    document: Document | None = None
    error: ReadError | None = None
    page: PageText | None = None
    needs_ocr: tuple[int, ...] = ()
    about: Reference | None = None


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
        self._ocr: queue.LifoQueue[_Reader] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._busy: dict[_Reader, threading.Event] = {}  # each with what says that nobody waits for it any more

    def read(self, file: FileToRead, limits: Limits) -> Reading:
        """Read one file; errors are those of `read.load` and `read.read`, and those that end a process."""
        return self._read(file, limits, threading.Event())

    def _read(self, file: FileToRead, limits: Limits, given_up: threading.Event) -> Reading:
        for attempt in (1, 2):
            reader = self._take(given_up, file.page > 0)
            try:
                return _reading(reader.read(file, limits))
            except ReadError as error:
                # a process may be ended by something else than its file
                if attempt == 2 or error.code != "reader_crashed" or reader.was_stopped:
                    return Reading("", error=error)
            finally:
                self._give_back(reader)
        raise AssertionError("the second attempt returns")

    def recognise(
        self, file: FileToRead, pages: Iterable[int], limits: Limits
    ) -> Generator[tuple[int, Reading] | None, None, None]:
        """Have OCR read pages of a file, one after the other, in a process of its own that gives way to others.

        Closing the iterator ends the reading at once.

        Yields
        ------
        (int, Reading) or None
            A page and its outcome; None about once a second while one is being read.
        """
        given_up = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="localai-ocr") as thread:
            try:
                for page in pages:
                    wanted = dataclasses.replace(file, page=page)
                    for reading in _awaited(thread.submit(self._read, wanted, limits, given_up)):
                        yield None if reading is None else (page, reading)
            finally:
                given_up.set()
                self._stop(given_up)

    def read_ahead(self, files: Iterable[FileToRead], limits: Limits) -> Generator[Reading | None, None, None]:
        """Read files, in order, while what was read is used.

        Closing the iterator ends the reading.

        Yields
        ------
        Reading or None
            The outcome for each file; None before one that has to be waited for, and about once a second meanwhile.
        """
        waiting: deque[tuple[Future[Reading], int]] = deque()
        given_up = threading.Event()
        ahead, threads = 0, ThreadPoolExecutor(self._count, thread_name_prefix="localai-reader")
        try:
            for file in files:
                while waiting and (len(waiting) >= _AHEAD_FILES or ahead + file.size > _AHEAD_BYTES):
                    future, size = waiting.popleft()
                    yield from _awaited(future)
                    ahead -= size
                waiting.append((threads.submit(self._read, file, limits, given_up), file.size))
                ahead += file.size
            while waiting:
                yield from _awaited(waiting.popleft()[0])
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
        self.end_ocr()
        while True:
            try:
                self._idle.get_nowait().end()
            except queue.Empty:
                return

    def end_ocr(self) -> None:
        """End the process that OCR ran in, which takes much memory."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._ocr.get_nowait().end()

    def _take(self, given_up: threading.Event, for_ocr: bool = False) -> _Reader:
        try:
            reader = (self._ocr if for_ocr else self._idle).get_nowait()
        except queue.Empty:
            reader = _Reader(for_ocr)
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
            (self._ocr if reader.for_ocr else self._idle).put(reader)

    def _stop(self, given_up: threading.Event | None = None) -> None:
        """Stop what is being read, all of it or what was given up."""
        with self._lock:
            for reader, its in self._busy.items():
                if given_up in (None, its):
                    reader.stop()


def _awaited(future: Future[Reading]) -> Iterator[Reading | None]:
    """Yield None before and about once a second while the outcome has to be waited for, and then the outcome."""
    while not future.done():
        yield None
        wait([future], 1.0)
    yield future.result()


class _Reader(Confined):
    """One process; one `for_ocr` may take more memory, and gives way to others."""

    def __init__(self, for_ocr: bool = False) -> None:
        memory_bytes, niceness = (_OCR_MEMORY_BYTES, _OCR_NICENESS) if for_ocr else (_MEMORY_BYTES, 0)
        super().__init__("jupyter_localai.ingest.worker", memory_bytes, niceness)
        self.for_ocr = for_ocr
        self._files = self._peak = 0
        self.was_stopped = False

    def read(self, file: FileToRead, limits: Limits) -> dict[str, Any]:
        """Return the answer for one file.

        Raises
        ------
        ReadError
            ``timeout``, ``too_much_memory``, ``reader_crashed``; then the process is of no more use.
        """
        request = {**_request(file), "max_bytes": limits.max_bytes}
        try:
            answer = self.ask(request, limits.seconds)
        except Ended as end:
            raise _why(end, limits) from None
        self._files += 1
        self._peak = max(self._peak, int(answer.get("peak_bytes", 0)))
        return answer

    def is_worn(self) -> bool:
        """Whether it should be replaced."""
        enough_bytes = _OCR_ENOUGH_BYTES if self.for_ocr else _ENOUGH_BYTES
        return self.is_broken or self.was_stopped or self._files >= _MOST_FILES or self._peak > enough_bytes

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


def _request(file: FileToRead) -> dict[str, Any]:
    recognised = {str(number): [page.text, page.confidence] for number, page in file.recognised.items()}
    asked = {"path": file.path, "known": file.known, "root": file.root, "page": file.page, "about": file.about}
    return {**asked, "recognised": recognised}


def _reading(answer: dict[str, Any]) -> Reading:
    failure = answer.get("error")
    error = ReadError(failure["message"], failure["remedy"], code=failure["code"]) if failure else None
    document, page = _document(answer.get("document")), answer.get("page")
    needs_ocr = document.needs_ocr if document else tuple(answer.get("needs_ocr", ()))
    about = answer.get("about") and from_json(Reference, answer["about"])
    return Reading(answer["digest"], document, error, page and PageText(**page), needs_ocr, about)


def _document(fields: dict[str, Any] | None) -> Document | None:
    if fields is None:
        return None
    places = tuple(Place(start, end, Anchor(**anchor)) for start, end, anchor in fields["places"])
    listed = {name: tuple(fields[name]) for name in ("warnings", "needs_ocr")}
    return Document(**{**fields, "places": places, **listed})

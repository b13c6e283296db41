"""A process that reads documents for the engine; a file that crashes its reader ends only this process.

``python -m jupyter_localai.ingest.worker BYTES NICENESS`` may take so much memory, and gives way to others by its
niceness. It takes requests on standard input and
answers on standard output, each a JSON text behind its length. It holds no lock and no file of the index, knows no
setting, opens no socket, and ends when its input does, whatever it is doing then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import queue
import struct
import sys
import threading
from typing import IO, Any

from ..errors import ReadError
from ..privacy import guard, seccomp
from ..results.passages import Document
from .formats.parts.recognised import NeedsOcrError, PageText
from .read import load, read

_LENGTH = struct.Struct(">I")
_MOST_BYTES = 512 * 2**20  # of one message: more than a reader's memory has room for beside the file
_SPARE_SECONDS = 5


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message).encode("ascii")  # escapes are safe for file names that are no valid text
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the next message; None when the other side has ended, or sends what is none."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _MOST_BYTES:
        return None
    data = stream.read(length)
    if len(data) < length:
        return None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def main(memory_bytes: int, niceness: int) -> None:
    """Answer requests until the engine ends."""
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    guard.refuse_sockets()
    guard.enforce("auto", but_unix=False)
    seccomp.leave_no_image()
    _limit_memory(memory_bytes)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = requests.get()
        if request.get("try"):
            send(answers, guard.tried())
            continue
        _limit_time(request["seconds"])
        send(answers, {**_answer(request), "peak_bytes": _peak_bytes()})


def _listen(requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    while (request := receive(sys.stdin.buffer)) is not None:
        requests.put(request)
    os._exit(0)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    digest = ""
    try:
        data = load(request["path"], request["max_bytes"], request["root"])
        digest = hashlib.sha256(data).hexdigest()
        if request["page"]:
            return {"digest": digest, "page": dataclasses.asdict(_read_page(data, request["page"]))}
        seen = {int(number): PageText(*page) for number, page in request["recognised"].items()}
        document = None if digest == request["known"] else read(request["path"], data, seen)
        return {"digest": digest, "document": document and _plain(document)}
    except NeedsOcrError as error:
        return {"digest": digest, "error": error.to_dict(), "needs_ocr": error.pages}
    except ReadError as error:
        failure = error
    except MemoryError:
        failure = too_much_memory()
    except Exception as error:  # of a library, on a file that nobody thought of
        failure = ReadError(
            f"The reader failed on this file ({type(error).__name__}).",
            "It may be damaged: open it with its own program and save it again.",
            code="reader_failed",
        )
    return {"digest": digest, "error": failure.to_dict()}


def _read_page(data: bytes, number: int) -> PageText:
    from .ocr import pages  # its libraries are large

    return pages.read_page(data, number)


def too_much_memory() -> ReadError:
    """Return the error for a file that takes more memory than a reader may have."""
    return ReadError("Reading this file takes too much memory.", "Split it into smaller files.", code="too_much_memory")


def _plain(document: Document) -> dict[str, Any]:
    places = [[place.start, place.end, _given(place.anchor)] for place in document.places]
    return {**_given(document), "places": places}


def _given(value: Any) -> dict[str, Any]:
    parts = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    return {name: part for name, part in parts if part is not None}


def _limit_memory(memory_bytes: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; a lower limit is there already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _limit_time(seconds: int) -> None:
    """Have the system end this process when it computes much longer than it may, should the engine be gone."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds + _SPARE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _peak_bytes() -> int:
    """Return the most memory this process has had; 0 where the system does not tell.

    What getrusage tells is never less than what the engine had when it started this process.
    """
    with contextlib.suppress(OSError, ValueError), open("/proc/self/status", encoding="ascii") as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return 0


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""A process that reads documents for the engine; a file that crashes its reader ends only this process.

``python -m jupyter_localai.ingest.worker BYTES NICENESS`` is a process as `privacy.confined` has it. It holds no file
of the index.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import sys
from typing import Any

from ..errors import ReadError
from ..privacy.confined import serve
from ..results.base import to_json
from ..results.passages import Document
from .about import about
from .formats.parts.recognised import NeedsOcrError, PageText
from .read import load, read


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    return {**_read(request), "peak_bytes": _peak_bytes()}


def _read(request: dict[str, Any]) -> dict[str, Any]:
    digest = ""
    try:
        data = load(request["path"], request["max_bytes"], request["root"])
        digest = hashlib.sha256(data).hexdigest()
        if request["page"]:
            return {"digest": digest, "page": dataclasses.asdict(_read_page(data, request["page"]))}
        if request["about"]:
            return {"digest": digest, "about": to_json(about(request["path"], data))}
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


def _peak_bytes() -> int:
    """Return the most memory this process has had; 0 where the system does not tell.

    What getrusage tells is never less than what the engine had when it started this process.
    """
    with contextlib.suppress(OSError, ValueError), open("/proc/self/status", encoding="ascii") as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return 0


if __name__ == "__main__":
    serve(_answer, *map(int, sys.argv[1:3]))

"""A `Progress` in words and numbers."""

from __future__ import annotations

import time
from typing import NamedTuple

from ..results.reports import Progress

_LABELS = {
    "start": "Starting the engine",
    "wait": "Waiting for another change of the index",
    "list": "Looking for documents",
    "load": "Loading the embedding model",
    "index": "Indexing",
    "check": "Checking the index after an interruption",
    "rebuild": "Building the vector index",
    "scrub": "Removing what was forgotten",
    "pull": "Ollama downloads",
    "model": "Waiting for the chat model",
    "think": "The chat model thinks",
    "fetch": "Downloading",
    "evaluate": "Asking",
}


class Step(NamedTuple):
    """What is being done, how much of it is done, and a detail; `total` is None while it is not known."""

    label: str
    done: int
    total: int | None
    detail: str


class Steps:
    """Tells each `Progress` of a run; knows how fast it indexes."""

    def __init__(self) -> None:
        self._started = 0.0

    def __call__(self, progress: Progress) -> Step:
        done, total, detail = progress.done_bytes, progress.total_bytes, ""
        if progress.stage == "list":
            detail = f"{progress.files:,} found"
        elif progress.stage == "rebuild":
            done, total = progress.chunks, progress.total_chunks
            detail = f"{progress.chunks:,}/{total:,} chunks" if total else ""
        elif progress.stage == "evaluate":
            done, total = progress.files, progress.total_files
            detail = f"{progress.files:,}/{total:,} questions" if total else ""
        elif progress.stage in ("pull", "fetch") and total:
            detail = f"{done / 1e9:,.2f} of {total / 1e9:,.2f} GB"
        elif progress.stage == "index":
            self._started = self._started or time.monotonic()
            speed = progress.chunks / max(time.monotonic() - self._started, 0.1)
            files = f"{progress.files:,}/{progress.total_files or 0:,} files"
            detail = f"{files}, {progress.chunks:,} chunks, {speed:,.0f}/s"
        return Step(_LABELS[progress.stage], done, total, detail)

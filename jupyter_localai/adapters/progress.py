"""A progress line on standard error, when somebody is looking at it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from ..schema import Progress

_TOLD = {
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


class ProgressLine:
    """Shows files, chunks per second and time left; silent when standard error is not a terminal.

    It appears with the first `Progress`.
    Use as a context manager and call with each `Progress`.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._started = 0.0

    def __enter__(self) -> ProgressLine:
        return self

    def _show(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(),
        )
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        bar.start()
        self._task = bar.add_task("Starting", total=None, detail="")
        return bar

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            if not sys.stderr.isatty():
                return
            self._bar = self._show()
        done, total, detail = progress.done_bytes, progress.total_bytes, ""
        if progress.stage == "list":
            detail = f"{progress.files:,} found"
        elif progress.stage == "rebuild":
            done, total = progress.chunks, progress.total_chunks
            detail = f"{progress.chunks:,}/{progress.total_chunks or 0:,} chunks"
        elif progress.stage == "evaluate":
            done, total = progress.files, progress.total_files
            detail = f"{progress.files:,}/{progress.total_files or 0:,} questions"
        elif progress.stage in ("pull", "fetch") and total:
            detail = f"{done / 1e9:,.2f} of {total / 1e9:,.2f} GB"
        elif progress.stage == "index":
            self._started = self._started or time.monotonic()
            speed = progress.chunks / max(time.monotonic() - self._started, 0.1)
            detail = (
                f"{progress.files:,}/{progress.total_files or 0:,} files, {progress.chunks:,} chunks, {speed:,.0f}/s"
            )
        self._bar.update(self._task, description=_TOLD[progress.stage], completed=done, total=total, detail=detail)

    def hide(self) -> None:
        """Make room for other output; the next `Progress` shows the line again."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()

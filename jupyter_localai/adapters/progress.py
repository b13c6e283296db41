"""A progress line on standard error, when somebody is looking at it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from ..schema import Progress


class ProgressLine:
    """Shows files, chunks per second and time left; silent when standard error is not a terminal.

    Use as a context manager and call with each `Progress`.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._started = 0.0

    def __enter__(self) -> ProgressLine:
        if sys.stderr.isatty():
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
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("Starting", total=None, detail="")
        return self

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            return
        if progress.stage == "list":
            self._bar.update(self._task, description="Looking for documents", detail=f"{progress.files:,} found")
        elif progress.stage == "load":
            self._bar.update(self._task, description="Loading the embedding model", detail="")
        else:
            self._started = self._started or time.monotonic()
            speed = progress.chunks / max(time.monotonic() - self._started, 0.1)
            detail = (
                f"{progress.files:,}/{progress.total_files or 0:,} files, {progress.chunks:,} chunks, {speed:,.0f}/s"
            )
            self._bar.update(
                self._task,
                description="Indexing",
                completed=progress.done_bytes,
                total=progress.total_bytes,
                detail=detail,
            )

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

"""A progress line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from ...results.reports import Progress
from ..steps import step


class ProgressLine:
    """Shows what is being done, how much of it, and the time left; silent when standard error is not a terminal.

    It appears with the first `Progress`.
    Use as a context manager and call with each `Progress`.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

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
        now = step(progress)
        self._bar.update(self._task, description=now.label, completed=now.done, total=now.total, detail=now.detail)

    def hide(self) -> None:
        """Hide the line for other output; the next `Progress` shows it again."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()

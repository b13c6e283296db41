"""A progress bar in a notebook cell."""

from __future__ import annotations

import html
from types import TracebackType

from ...results.reports import Progress
from ..steps import Step, step
from .cell import Display


class ProgressCell:
    """Shows a bar during work and removes it at the end. Use as a context manager and call with each `Progress`."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._stage = ""

    def __enter__(self) -> ProgressCell:
        return self

    def __call__(self, progress: Progress) -> None:
        begins, self._stage = progress.stage != self._stage, progress.stage  # a new stage may last long
        if self._display.watched and (begins or self._display.is_due()):
            now = step(progress)
            self._display.show({"text/plain": _text(now), "text/html": _html(now)})

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.clear()


def _text(now: Step) -> str:
    return f"{now.label} …{f' {now.share:.0%}' if now.share is not None else ''} {now.detail}".rstrip()


def _html(now: Step) -> str:
    value = f' value="{now.share:.3f}"' if now.share is not None else ""
    return (
        f'<div role="status"><progress max="1"{value} style="width: 16em; vertical-align: middle"></progress>'
        f"&ensp;{html.escape(now.words)}</div>"
    )

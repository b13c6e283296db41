"""A progress bar in a notebook cell."""

from __future__ import annotations

import html
from types import TracebackType

from ...results.reports import Progress
from ..steps import Step, Steps
from .cell import Display


class ProgressCell:
    """Shows a bar during work and removes it at the end. Use as a context manager and call with each `Progress`."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._steps = Steps()
        self._stage = ""

    def __enter__(self) -> ProgressCell:
        return self

    def __call__(self, progress: Progress) -> None:
        step = self._steps(progress)
        begins, self._stage = progress.stage != self._stage, progress.stage  # a new stage may last long
        if self._display.watched and (begins or self._display.is_due()):
            self._display.show({"text/plain": _text(step), "text/html": _html(step)})

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.clear()


def _share(step: Step) -> float | None:
    return min(step.done / step.total, 1.0) if step.total else None


def _text(step: Step) -> str:
    share = _share(step)
    return f"{step.label} …{f' {share:.0%}' if share is not None else ''} {step.detail}".rstrip()


def _html(step: Step) -> str:
    share = _share(step)
    value = f' value="{share:.3f}"' if share is not None else ""
    label = html.escape(f"{step.label} … {step.detail}".rstrip())
    return (
        f'<div role="status"><progress max="1"{value} style="width: 16em; vertical-align: middle"></progress>'
        f"&ensp;{label}</div>"
    )

"""Errors as a notebook shows them: what happened and what to do, without a traceback; the cell has failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ...errors import LocalAIError
from ...results.base import printable

STOPPED = "Stopped."
KEPT = "Stopped. What is done so far is kept; run the cell again to go on."


@contextlib.contextmanager
def calm(stopped: str = STOPPED) -> Iterator[None]:
    """Let our errors and an interrupt leave without their traceback; others are bugs and keep theirs.

    IPython asks an exception for ``_render_traceback_``, in a kernel as in a terminal.
    """
    try:
        yield
    except LocalAIError as error:
        told = [f"{type(error).__name__}: {printable(error.message)}"]
        _told_as(error, told + ([printable(error.remedy)] if error.remedy else []))
        raise
    except KeyboardInterrupt as interrupt:
        if not hasattr(interrupt, "_render_traceback_"):
            interrupt.args = (stopped,)
            _told_as(interrupt, [stopped])
        raise


def _told_as(error: BaseException, told: list[str]) -> None:
    error._render_traceback_ = lambda: told  # type: ignore[attr-defined]

"""Errors as a notebook shows them: what happened and what to do, without a traceback; the cell has failed."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator

from ..errors import LocalAIError
from ..schema import printable

STOPPED = "Stopped."
KEPT = "Stopped. What is done so far is kept; run the cell again to go on."
_COLUMNS = 80  # JupyterLab breaks longer lines within words


@contextlib.contextmanager
def calm(stopped: str = STOPPED) -> Iterator[None]:
    """Let our errors and an interrupt leave without their traceback; others are bugs and keep theirs.

    IPython asks an exception for ``_render_traceback_``, in a kernel as in a terminal.
    """
    try:
        yield
    except LocalAIError as error:
        told = [f"{type(error).__name__}: {error.message}", error.remedy]
        _told_as(error, [_wrapped(part) for part in told if part])
        raise
    except KeyboardInterrupt as interrupt:
        if not hasattr(interrupt, "_render_traceback_"):
            interrupt.args = (stopped,)
            _told_as(interrupt, [stopped])
        raise


def _wrapped(told: str) -> str:
    lines = printable(told).splitlines()
    return "\n".join(textwrap.fill(line, _COLUMNS, break_long_words=False, break_on_hyphens=False) for line in lines)


def _told_as(error: BaseException, told: list[str]) -> None:
    error._render_traceback_ = lambda: told  # type: ignore[attr-defined]

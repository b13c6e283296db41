"""Shows errors of a failed cell as message and remedy, without a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ...errors import LocalAIError
from ...results.base import printable

STOPPED = "Stopped."
KEPT = "Stopped. Finished work is kept; run the cell again to continue."


@contextlib.contextmanager
def short_errors(stopped: str = STOPPED) -> Iterator[None]:
    """Replace the traceback of our errors and interrupts by their message; other exceptions keep theirs.

    IPython calls ``_render_traceback_`` of an exception, both in a kernel and in a terminal.
    """
    try:
        yield
    except LocalAIError as error:
        lines = [f"{type(error).__name__}: {printable(error.message)}"]
        _replace_traceback(error, lines + ([printable(error.remedy)] if error.remedy else []))
        raise
    except KeyboardInterrupt as interrupt:
        if not hasattr(interrupt, "_render_traceback_"):
            interrupt.args = (stopped,)
            _replace_traceback(interrupt, [stopped])
        raise


def _replace_traceback(error: BaseException, lines: list[str]) -> None:
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]

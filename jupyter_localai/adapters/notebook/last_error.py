"""The last error of a notebook's kernel, as text to ask about."""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from ...errors import UsageError
from ...text.clip import without_middle
from ...text.terminal import without_codes

_SOURCE_CHARS = _TRACEBACK_CHARS = 8_000
_MESSAGE_CHARS = 2_000
_TRACEBACK_BEGINNING = 0.1  # the error stands at its end
_TITLE_CHARS = 200


def last_error(shell: Any) -> tuple[str, str]:
    """Return a question about the last error, and the text to attach to it.

    Parameters
    ----------
    shell : InteractiveShell

    Raises
    ------
    UsageError
        ``no_error``.
    """
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException):
        raise UsageError("No cell has failed yet.", "Run the cell that fails, then ask.", code="no_error")
    name = without_codes("".join(traceback.format_exception_only(type(error), error))).strip()
    message = f"{type(error).__name__}: {without_codes(str(error))}".strip().removesuffix(":")
    parts = [
        "The cell that failed:" if (source := _source(error)) else "",
        without_middle(source, _SOURCE_CHARS),
        f"Error:\n\n{without_middle(name, _MESSAGE_CHARS)}",
        f"Traceback:\n\n{without_middle(_traceback(shell, error), _TRACEBACK_CHARS, _TRACEBACK_BEGINNING)}",
    ]
    title = message.split("\n")[0][:_TITLE_CHARS]
    return f"Explain this error: {title}", "\n\n".join(part for part in parts if part)


def _source(error: BaseException) -> str:
    """Return the source of the cell that raised the error; empty if no cell did."""
    frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    cells = [name for name in frames if not os.path.exists(name) and linecache.getlines(name)]
    return "".join(linecache.getlines(cells[0])).strip() if cells else ""


def _traceback(shell: Any, error: BaseException) -> str:
    """Return IPython's traceback, which shows cell numbers."""
    try:
        lines: Sequence[str] = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    except Exception:  # IPython's formatter may fail, for example when source files are gone
        lines = traceback.format_exception(type(error), error, error.__traceback__)
    return without_codes("\n".join(lines)).strip()

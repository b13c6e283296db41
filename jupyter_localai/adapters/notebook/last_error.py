"""The last error of a notebook's kernel, as text to ask about."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from ...errors import UsageError

_TERMINAL_CODES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b")
_SOURCE_CHARS = _TRACEBACK_CHARS = 8_000
_MESSAGE_CHARS = 2_000
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
    name = _plain("".join(traceback.format_exception_only(type(error), error))).strip()
    message = f"{type(error).__name__}: {_plain(str(error))}".strip().removesuffix(":")
    parts = [
        "The cell that failed:" if (source := _source(error)) else "",
        _ends(source, _SOURCE_CHARS, 0.4),
        f"Error:\n\n{_ends(name, _MESSAGE_CHARS, 0.4)}",
        f"Traceback:\n\n{_ends(_traceback(shell, error), _TRACEBACK_CHARS, 0.1)}",
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
    return _plain("\n".join(lines)).strip()


def _ends(text: str, limit: int, beginning: float) -> str:
    """Shorten a text to about `limit` characters; `beginning` is the share taken from its beginning."""
    if len(text) <= limit:
        return text
    first = int(limit * beginning)
    return f"{text[:first]}\n[…]\n{text[first - limit :]}"


def _plain(text: str) -> str:
    return _TERMINAL_CODES.sub("", text)

"""The output of a notebook cell: one display that is updated in place.

A notebook that runs unattended (nbconvert, papermill, nbclient) shows only final states.
"""

from __future__ import annotations

import time
from typing import Any

from IPython.display import display

PAUSE_S = 0.1  # between two updates
_BLANK = {"text/plain": "", "text/html": ""}


def is_cell(shell: Any) -> bool:
    """Whether the shell belongs to a kernel, not to a terminal."""
    return getattr(shell, "kernel", None) is not None


def is_watched(shell: Any) -> bool:
    """Whether a person watches the running cell.

    Programs that run notebooks unattended send requests with ``allow_stdin = False``; JupyterLab, Notebook and VS Code
    send True.
    """
    try:
        content = shell.kernel.get_parent("shell")["content"]
    except (AttributeError, KeyError, TypeError):  # a kernel other than ipykernel, or no request
        return True
    return bool(content.get("allow_stdin", True))


class Display:
    """One output of the cell, which appears with the first `show`.

    Attributes
    ----------
    watched : bool
        Whether to show intermediate states.
    """

    def __init__(self, watched: bool) -> None:
        self.watched = watched
        self._handle: Any = None
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether an intermediate state may be shown now."""
        return self.watched and time.monotonic() >= self._next

    def show(self, bundle: dict[str, Any], took_s: float = 0.0) -> None:
        """Replace the shown state; the next one is due after a pause, which grows with `took_s`."""
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)
        self._next = time.monotonic() + max(PAUSE_S, 4 * took_s)

    def clear(self) -> None:
        """Remove the output."""
        if self._handle is not None:
            self._handle.update(_BLANK, raw=True)

"""A notebook cell as a place to show things: one display that is updated in place.

Where a notebook is executed with nobody looking (nbconvert, papermill, nbclient), only what is final is shown.
"""

from __future__ import annotations

import time
from typing import Any

from IPython.display import display

PAUSE_S = 0.1  # between two updates
_BLANK = {"text/plain": "", "text/html": ""}


def is_cell(shell: Any) -> bool:
    """Whether the shell belongs to a kernel, and not to a terminal."""
    return getattr(shell, "kernel", None) is not None


def is_watched(shell: Any) -> bool:
    """Whether somebody looks at the cell that is being executed.

    Whoever executes notebooks without a person says in each request that nobody can be asked (``allow_stdin``);
    JupyterLab, Notebook and VS Code say that somebody can.
    """
    try:
        content = shell.kernel.get_parent("shell")["content"]
    except (AttributeError, KeyError, TypeError):  # another kernel than ipykernel, or no request
        return True
    return bool(content.get("allow_stdin", True))


class Display:
    """One output of the cell. It appears with the first `show`.

    Attributes
    ----------
    watched : bool
        Whether intermediate states are worth showing.
    """

    def __init__(self, watched: bool) -> None:
        self.watched = watched
        self._handle: Any = None
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether an intermediate state may be shown now."""
        return self.watched and time.monotonic() >= self._next

    def show(self, bundle: dict[str, Any], took_s: float = 0.0) -> None:
        """Show a state in the place of the one before; the next is due after a pause, longer when it took long."""
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)
        self._next = time.monotonic() + max(PAUSE_S, 4 * took_s)

    def clear(self) -> None:
        """Leave nothing to see."""
        if self._handle is not None:
            self._handle.update(_BLANK, raw=True)

"""The list of questions and answers in the panel: a widget for each of the latest turns."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import ipywidgets

from .parts import Message, button, show
from .turn import Turn

STEP = 20
"""The number of turns to show at first, and to add on each request for earlier ones."""
_LINE = "1px solid rgba(128, 128, 128, 0.3)"


class Log:
    """Shows turns in a scrolling box that stays at its end.

    Only changed turns are sent to the front end, and only shown turns have widgets.

    Parameters
    ----------
    welcome : str
        HTML to show without turns.
    """

    def __init__(self, welcome: str) -> None:
        self._lock = threading.RLock()
        self._turns: Sequence[Turn] = ()
        self._first = 0
        self._widgets: dict[Turn, Message] = {}
        self._earlier = button("", "Show earlier questions", self.show_earlier, "chevron-up")
        self._welcome = Message(welcome, "8px 2px")
        self._inside = ipywidgets.VBox([self._welcome], layout={"flex": "0 0 auto"})
        # a reversed column stays scrolled to its end when it grows
        self.view = ipywidgets.Box(
            [self._inside],
            layout={
                "display": "flex",
                "flex_flow": "column-reverse",
                "max_height": "36em",
                "margin": "4px 0",
                "padding": "4px 0",
                "border_top": _LINE,
                "border_bottom": _LINE,
                "overflow": "hidden auto",
                "flex": "0 0 auto",
            },
        )

    def draw(self, turn: Turn) -> None:
        """Update the widget of a turn, if it is shown."""
        value = turn.html()
        with self._lock:
            if (widget := self._widgets.get(turn)) is not None:
                widget.set(value)

    def show(self, turns: Sequence[Turn]) -> None:
        """Show these turns; hide earlier ones if there are many."""
        with self._lock:
            same = bool(self._turns) and bool(turns) and turns[0] is self._turns[0]
            self._turns = turns
            if not same:
                self._first = max(0, len(turns) - STEP)
            elif len(turns) - self._first > 2 * STEP:  # in steps, because each change rebuilds the box
                self._first = len(turns) - STEP
            self._arrange()

    def show_earlier(self) -> None:
        """Show more of the earlier turns."""
        with self._lock:
            self._first = max(0, self._first - STEP)
            self._arrange()

    def _arrange(self) -> None:
        shown = self._turns[self._first :]
        for turn in [turn for turn in self._widgets if turn not in shown]:
            self._widgets.pop(turn).close()
        for turn in shown:
            if turn not in self._widgets:
                self._widgets[turn] = Message(turn.html(), "2px 2px 14px 2px")
        if self._earlier.description != (label := f"Show earlier ({self._first})"):
            self._earlier.description = label
        show(self._earlier, self._first > 0)
        wanted = tuple(self._widgets[turn] for turn in shown)
        children = (self._earlier, *wanted) if wanted else (self._welcome,)
        if self._inside.children != children:
            self._inside.children = children

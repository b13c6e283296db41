"""The widgets the panel is put together from: plain ipywidgets, themed by JupyterLab, that wrap in narrow cells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

_ENTER_SECONDS = 0.3


def chooser(name: str, tooltip: str, offered: Mapping[str, str]) -> ipywidgets.Dropdown:
    """Return a labelled list to choose from; `offered` has the label of each value."""
    return ipywidgets.Dropdown(
        options=[(label, value) for value, label in offered.items()],
        description=name,
        tooltip=tooltip,
        style={"description_width": "initial"},
        layout={"flex": "1 1 13em", "width": "auto", "min_width": "11em"},
    )


def button(name: str, tooltip: str, pressed: Callable[[], object], icon: str = "", **more: Any) -> ipywidgets.Button:
    """Return a button as wide as its name."""
    made = ipywidgets.Button(
        description=name, tooltip=tooltip, icon=icon, layout={"width": "auto", "flex": "0 0 auto"}, **more
    )
    made.on_click(lambda _: pressed())
    return made


def row(*widgets: ipywidgets.Widget) -> ipywidgets.Box:
    """Return widgets beside each other, on more lines where there is no room."""
    return ipywidgets.Box(
        widgets, layout={"display": "flex", "flex_flow": "row wrap", "align_items": "center", "flex": "0 0 auto"}
    )


def wide_text(placeholder: str, tooltip: str, **more: Any) -> ipywidgets.Text:
    return ipywidgets.Text(
        placeholder=placeholder,
        tooltip=tooltip,
        continuous_update=False,
        layout={"flex": "1 1 14em", "width": "auto", "min_width": "8em"},
        **more,
    )


def show(widget: ipywidgets.Widget, shown: bool) -> None:
    """Show or hide; nothing is sent when nothing changes."""
    wanted = None if shown else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


class Entered:
    """Calls back when Enter is pressed in a `Text`, with what was typed there.

    The front end tells of Enter before it sends the text, and sends no text that it has sent before (when the field
    lost the focus). So what comes after Enter counts, or what is there when nothing comes.
    """

    def __init__(self, text: ipywidgets.Text, entered: Callable[[], object]) -> None:
        self._entered = entered
        self._waiting = threading.Event()
        text.on_msg(self._on_message)
        text.observe(lambda _: self._take(), "value")

    def _on_message(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("event") == "submit":
            self._waiting.set()
            timer = threading.Timer(_ENTER_SECONDS, self._take)
            timer.daemon = True
            timer.start()

    def _take(self) -> None:
        if self._waiting.is_set():
            self._waiting.clear()
            self._entered()

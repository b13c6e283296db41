"""The widgets the panel is put together from: plain ipywidgets, themed by JupyterLab, that wrap in narrow cells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import ipywidgets

_Widget = TypeVar("_Widget", bound=ipywidgets.Widget)
_ENTER_SECONDS = 0.3


class Told(ipywidgets.HTML):  # type: ignore[misc]
    """What we have to tell, as HTML from `render`, set like the outputs of cells; hidden while it is nothing."""

    def __init__(self, inside: str = "", margin: str = "2px") -> None:
        super().__init__(layout={"margin": margin})
        self._told = ""
        self.tell(inside)

    def tell(self, inside: str) -> None:
        """Show this instead; nothing is sent when nothing changes."""
        # the class is JupyterLab's and sets tables, code and lines as in an output; widgets set lines far apart
        told = f'<div class="jp-RenderedHTMLCommon" style="line-height: 1.5">{inside}</div>' if inside else ""
        if told != self._told:
            self._told = self.value = told
        show(self, bool(told))


def while_busy(widget: _Widget) -> _Widget:
    """Let a widget be used while a cell runs, where the kernel and the front end can do that."""
    # ipykernel 7.4 sends a widget's messages to where it was last changed from, which for one made in a cell, or
    # changed by a thread, is the main thread: they wait until the cell ends. Without this method, they go to the
    # subshell that JupyterLab has for widgets.
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = None
    return widget


def chooser(name: str, tooltip: str, offered: Mapping[str, str]) -> ipywidgets.Dropdown:
    """Return a labelled list to choose from; `offered` has the label of each value."""
    made = ipywidgets.Dropdown(
        options=[(label, value) for value, label in offered.items()],
        description=name,
        tooltip=tooltip,
        style={"description_width": "initial"},
        layout={"flex": "1 1 13em", "width": "auto", "min_width": "11em"},
    )
    return while_busy(made)


def button(name: str, tooltip: str, pressed: Callable[[], object], icon: str = "", **more: Any) -> ipywidgets.Button:
    """Return a button as wide as its name."""
    made = ipywidgets.Button(
        description=name, tooltip=tooltip, icon=icon, layout={"width": "auto", "flex": "0 0 auto"}, **more
    )
    made.on_click(lambda _: pressed())
    return while_busy(made)


def row(*widgets: ipywidgets.Widget) -> ipywidgets.Box:
    """Return widgets beside each other, on more lines where there is no room."""
    return ipywidgets.Box(
        widgets, layout={"display": "flex", "flex_flow": "row wrap", "align_items": "center", "flex": "0 0 auto"}
    )


def wide_text(name: str, placeholder: str, tooltip: str) -> ipywidgets.Text:
    """Return a labelled line to type into, which is sent when Enter is pressed or it loses the focus."""
    made = ipywidgets.Text(
        description=name,
        placeholder=placeholder,
        style={"description_width": "initial"},
        tooltip=tooltip,
        continuous_update=False,
        layout={"flex": "1 1 14em", "width": "auto", "min_width": "8em"},
    )
    return while_busy(made)


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


def toggle(name: str, tooltip: str, icon: str, shown: ipywidgets.Widget) -> ipywidgets.ToggleButton:
    """Return a button that folds and unfolds a widget, which is folded at first."""
    layout = {"width": "auto", "flex": "0 0 auto"}
    made = ipywidgets.ToggleButton(description=name, tooltip=tooltip, icon=icon, layout=layout)
    show(shown, False)
    made.observe(lambda change: show(shown, change["new"]), "value")
    return while_busy(made)

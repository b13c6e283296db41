"""The panel's building blocks: plain ipywidgets with JupyterLab's theme, which wrap in narrow cells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import ipywidgets

_Widget = TypeVar("_Widget", bound=ipywidgets.Widget)
_ENTER_SECONDS = 0.3


class Message(ipywidgets.HTML):  # type: ignore[misc]
    """A message as HTML from `render`, styled like a cell output; hidden while empty."""

    def __init__(self, inside: str = "", margin: str = "2px") -> None:
        super().__init__(layout={"margin": margin})
        self._shown = ""
        self.set(inside)

    def set(self, inside: str) -> None:
        """Replace the message; send nothing to the front end if it is unchanged."""
        # JupyterLab's class styles tables and code as in an output; the line height of widgets is too large
        html = f'<div class="jp-RenderedHTMLCommon" style="line-height: 1.5">{inside}</div>' if inside else ""
        if html != self._shown:
            self._shown = self.value = html
        show(self, bool(html))


def while_busy(widget: _Widget) -> _Widget:
    """Make a widget usable while a cell runs, if the kernel and the front end support that."""
    # ipykernel 7.4 handles a widget's messages in the thread that last changed it. For a widget made in a cell or
    # changed by a thread, that is the main thread, so the messages wait until the cell ends. Without this method, they
    # go to JupyterLab's subshell for widgets.
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = None
    return widget


def chooser(name: str, tooltip: str, offered: Mapping[str, str]) -> ipywidgets.Dropdown:
    """Return a labelled dropdown; `offered` maps values to labels."""
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
    """Return widgets in a row that wraps."""
    return ipywidgets.Box(
        widgets, layout={"display": "flex", "flex_flow": "row wrap", "align_items": "center", "flex": "0 0 auto"}
    )


def wide_text(name: str, placeholder: str, tooltip: str) -> ipywidgets.Text:
    """Return a labelled text field, whose value is sent on Enter or when it loses the focus."""
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
    """Show or hide a widget; send nothing if that is unchanged."""
    wanted = None if shown else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


class EnterListener:
    """Calls back on Enter in a `Text`, once the text has arrived.

    The front end reports Enter before it sends the text, and sends no text if it already did (when the field lost the
    focus). So this class waits for the text after Enter, and uses the current one if none comes.
    """

    def __init__(self, text: ipywidgets.Text, entered: Callable[[], object]) -> None:
        self._on_enter = entered
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
            self._on_enter()


def toggle(name: str, tooltip: str, icon: str, shown: ipywidgets.Widget) -> ipywidgets.ToggleButton:
    """Return a button that shows and hides a widget, which is hidden at first."""
    layout = {"width": "auto", "flex": "0 0 auto"}
    made = ipywidgets.ToggleButton(description=name, tooltip=tooltip, icon=icon, layout=layout)
    show(shown, False)
    made.observe(lambda change: show(shown, change["new"]), "value")
    return while_busy(made)


class ConfirmButton:
    """A button for an action that cannot be undone, replaced on a click by two buttons that confirm or cancel.

    Attributes
    ----------
    buttons : tuple of Button
    """

    def __init__(self, name: str, tooltip: str, pressed: Callable[[], object]) -> None:
        self._offered = False
        self._pressed = pressed
        self._first = button(name, tooltip, lambda: self._ask(True), "trash")
        self._yes = button(f"Yes, {name.lower()} it", "This cannot be undone", self._do, button_style="danger")
        self._no = button("Keep it", "Change nothing", lambda: self._ask(False))
        self.buttons = (self._first, self._yes, self._no)
        self._ask(False)

    def offer(self, offered: bool) -> None:
        """Show the first button or none, and drop an open confirmation."""
        self._offered = offered
        self._ask(False)

    def _do(self) -> None:
        self._ask(False)
        self._pressed()

    def _ask(self, asking: bool) -> None:
        show(self._first, self._offered and not asking)
        show(self._yes, self._offered and asking)
        show(self._no, self._offered and asking)

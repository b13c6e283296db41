"""Chat panels of tests, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import ipywidgets

from jupyter_localai.adapters.widget.panel import ChatPanel
from tests.support.engines import wait_until

QUESTION = "Why was the Gull Rock gauge offline in March?"
SAID = "The gauge was offline in March because of lightning [1]."


def widgets(box: ipywidgets.Box) -> Iterator[ipywidgets.Widget]:
    """Yield everything in a box."""
    for child in box.children:
        yield child
        if isinstance(child, ipywidgets.Box):
            yield from widgets(child)


def shown(panel: ChatPanel) -> str:
    """Return the HTML of all that is in the panel."""
    return "\n".join(widget.value for widget in widgets(panel) if isinstance(widget, ipywidgets.HTML))


def is_shown(widget: ipywidgets.Widget) -> bool:
    return widget.layout.display != "none"


def button(panel: ChatPanel, name: str) -> ipywidgets.Button:
    (found,) = (w for w in widgets(panel) if isinstance(w, ipywidgets.Button) and w.description == name)
    return found


def press(panel: ChatPanel, name: str) -> None:
    found = button(panel, name)
    assert is_shown(found), f"{name} is not there to be pressed"
    found.click()


def ask(panel: ChatPanel, question: str) -> None:
    """Ask and wait for the end."""
    panel.question = question
    assert panel.send()
    wait_until(lambda: not panel.busy)


class Elements(HTMLParser):
    """The elements of HTML, and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attributes}

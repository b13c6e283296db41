"""How results look in a notebook and as text: a slot that the package fills, since `render` is above results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Renderer(Protocol):
    """What turns a result into forms that people see."""

    def bundle(self, result: Any) -> dict[str, Any]:
        """Return the forms of a result by MIME type."""

    def text(self, result: Any) -> str:
        """Return a result as text for a terminal."""

    def markdown(self, result: Any) -> str:
        """Return a result as inert Markdown."""

    def export(self, talk: Any, form: str, references: Any, folder: str) -> str:
        """Return a conversation in a form to hand in."""

    def form_of(self, path: Any) -> str:
        """Return the form that the suffix of a file's name stands for."""


renderer: Callable[[], Renderer]

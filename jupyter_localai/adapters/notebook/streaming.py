"""An answer in a notebook cell, while it is being made and when it is there."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from ...errors import LocalAIError
from ...render.bundle import bundle
from ...render.html import draft
from ...results.base import printable
from ...results.passages import Answer
from ...results.reports import Event
from ..steps import Draft
from .cell import Display


class AnswerCell:
    """What the cell shows of one answer.

    Parameters
    ----------
    display : Display
    model : str
        The chat model, as far as it is known before it answers.
    """

    def __init__(self, display: Display, model: str = "") -> None:
        self._display = display
        self._draft = Draft(model)

    def follow(self, events: Generator[Event, None, None]) -> Answer:
        """Show the events of an answer and return it; what there is when it breaks off stays.

        Raises
        ------
        LocalAIError
        """
        try:
            for event in events:
                if isinstance(event, Answer):
                    self._display.show(bundle(event))
                    return event
                self.take(event)
            raise AssertionError("the events of an answer end with it")
        except KeyboardInterrupt:
            self._leave("Stopped")
            raise
        except LocalAIError:
            self._leave("Not complete")
            raise
        finally:
            events.close()  # which ends the chat model's work

    def take(self, event: Event) -> None:
        """Go on with what is done for the answer, or before one can be made."""
        begins = self._draft.take(event)
        if self._display.watched and (begins or self._display.is_due()):
            self._draw(self._draft.words)

    def _leave(self, words: str) -> None:
        """Show the last of what is not an answer; nothing where there is nothing of it."""
        if self._draft.text:
            self._draw(words)
        else:
            self._display.clear()

    def _draw(self, words: str) -> None:
        begun = time.monotonic()
        text = self._draft.text
        plain = "\n\n".join(part for part in (printable(text).strip(), f"({words})") if part)
        state: dict[str, Any] = {"text/plain": plain, "text/html": draft(text, words, self._draft.query)}
        self._display.show(state, time.monotonic() - begun)

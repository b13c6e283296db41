"""Streams an answer into a notebook cell."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from ...errors import LocalAIError
from ...render.bundle import bundle
from ...render.html import draft
from ...results.answers import Answer
from ...results.base import printable
from ...results.reports import Event
from ..steps import Draft
from .cell import Display


class AnswerCell:
    """The output of one answer, from the first progress to its final form.

    Parameters
    ----------
    display : Display
    model : str
        The chat model, if known before it answers.
    """

    def __init__(self, display: Display, model: str = "") -> None:
        self._display = display
        self._draft = Draft(model)

    def follow(self, events: Generator[Event, None, None]) -> Answer:
        """Show the events of an answer and return it; partial text stays if it breaks off.

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
            raise AssertionError("the last event must be the answer")
        except KeyboardInterrupt:
            self._break_off("Stopped")
            raise
        except LocalAIError:
            self._break_off("Incomplete")
            raise
        finally:
            events.close()  # stops the chat model

    def take(self, event: Event) -> None:
        """Show what an event says before or within the answer."""
        begins = self._draft.take(event)
        if self._display.watched and (begins or self._display.is_due()):
            self._draw(self._draft.words)

    def _break_off(self, status: str) -> None:
        """Show the partial text with a final status; clear the output if there is no text."""
        if self._draft.text:
            self._draw(status)
        else:
            self._display.clear()

    def _draw(self, words: str) -> None:
        begun = time.monotonic()
        text = self._draft.text
        plain = "\n\n".join(part for part in (printable(text).strip(), f"({words})") if part)
        state: dict[str, Any] = {
            "text/plain": plain,
            "text/html": draft(text, words, self._draft.query, self._draft.passages),
        }
        self._display.show(state, time.monotonic() - begun)

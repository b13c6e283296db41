"""Streams an answer into a notebook cell."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from ...errors import LocalAIError
from ...render.bundle import bundle
from ...render.html import draft
from ...results.base import printable
from ...results.passages import Answer, Passages, Thinking, Token
from ...results.reports import Event, Progress
from ..steps import Steps
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
        self._model = model or "the chat model"
        self._text: list[str] = []
        self._steps = Steps()
        self._found = ""
        self._query: str | None = None
        self._stage = self._status = ""

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
                self._take(event)
            raise AssertionError("the last event must be the answer")
        except KeyboardInterrupt:
            self._break_off("Stopped")
            raise
        except LocalAIError:
            self._break_off("Incomplete")
            raise
        finally:
            events.close()  # stops the chat model

    def progress(self, progress: Progress) -> None:
        """Show the progress before the answer's text."""
        if progress.stage == "model":
            self._say("model", f"{self._found}waiting for {self._model} …")
        elif progress.stage == "think":
            self._say("think", f"{self._found}{self._model} is thinking …")
        else:
            step = self._steps(progress)
            self._say(progress.stage, f"{step.label} … {step.detail}".rstrip())

    def _take(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.progress(event)
        elif isinstance(event, Thinking):
            self.progress(Progress("think"))
        elif isinstance(event, Passages):
            count = len(event.passages)
            self._query = event.query
            self._found = f"Reading {count} passage{'s' if count != 1 else ''} · "
            self._say("passages", self._found.removesuffix(" · ") + " …")
        elif isinstance(event, Token):
            self._text.append(event.text)
            self._say("write", "Writing …")

    def _say(self, stage: str, status: str) -> None:
        begins, self._stage, self._status = stage != self._stage, stage, status
        if self._display.watched and (begins or self._display.is_due()):
            self._draw()

    def _break_off(self, status: str) -> None:
        """Show the partial text with a final status; clear the output if there is no text."""
        self._status = status
        if self._text:
            self._draw()
        else:
            self._display.clear()

    def _draw(self) -> None:
        begun = time.monotonic()
        text = "".join(self._text)
        plain = "\n\n".join(part for part in (printable(text).strip(), f"({self._status})") if part)
        state: dict[str, Any] = {"text/plain": plain, "text/html": draft(text, self._status, self._query)}
        self._display.show(state, time.monotonic() - begun)

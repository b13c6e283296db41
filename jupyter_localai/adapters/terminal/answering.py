"""Prints an answer in a terminal while it arrives."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Generator, Sequence

from ...render import text
from ...results.answers import Answer, Passages, Thinking, Token
from ...results.base import printable
from ...results.passages import Hit
from ...results.reports import Event, Progress
from .progress import ProgressLine
from .wrap import WrappedWriter


def follow(events: Generator[Event, None, None], line: ProgressLine, watched: bool) -> tuple[Answer, bool]:
    """Write an answer to standard output as it arrives, if `watched`, and return it.

    Returns
    -------
    Answer
    bool
        Whether its text was written.
    """
    writer = WrappedWriter(sys.stdout.write, min(text.WIDTH, shutil.get_terminal_size().columns))
    found: Sequence[Hit] = ()
    with contextlib.closing(events):  # closing stops the chat model
        for event in events:
            if found and watched and isinstance(event, (Progress, Thinking, Token)):
                line.hide()
                print(f"Reading\n{text.places_text(found)}\n", flush=True)  # a chat model does
                found = ()
            if isinstance(event, Passages):
                found = event.passages
            if isinstance(event, (Progress, Thinking)):
                line(event if isinstance(event, Progress) else Progress("think"))
            elif isinstance(event, Passages) and event.query and watched:
                print(f"Understood as: {printable(event.query)}\n")
            elif isinstance(event, Token) and watched:
                line.hide()
                writer.add(printable(event.text))
                sys.stdout.flush()
            elif isinstance(event, Answer):
                writer.end()
                return event, watched and event.mode == "llm"
    raise AssertionError("the last event must be the answer")

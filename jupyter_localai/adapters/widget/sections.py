"""The sections below the conversation: indexing a folder and exporting the conversation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import ipywidgets

from ...errors import Cancelled, LocalAIError, UsageError
from ...render import bundle
from ...render.html import error as as_error
from ...render.html import status_line
from ...results.answers import Answer
from ...results.reports import Progress
from ...service.client.sync_client import Client
from ..steps import step
from . import files
from .parts import EnterListener, Message, button, row, show, wide_text
from .work import Work

_PAUSE_SECONDS = 0.2


class IndexSection:
    """Indexes a folder in a thread with progress; cancelling keeps finished work.

    Parameters
    ----------
    client : Client
    collection : callable
        Returns the selected collection.
    done : callable
        Called with the collection after indexing.
    """

    def __init__(self, client: Client, collection: Callable[[], str], done: Callable[[str], None]) -> None:
        self._client, self._chosen, self._done = client, collection, done
        self._work: Work | None = None
        self.folder = wide_text(
            "Folder", "such as ~/papers", "Folder or file to index; empty refreshes what is indexed"
        )
        self.collection = wide_text(
            "Into", "the collection above", "Collection to index into; empty means the one selected above"
        )
        EnterListener(self.folder, self.start)
        EnterListener(self.collection, self.start)
        self._go = button("Index", "Index the folder", self.start, "plus")
        self._cancel = button("Cancel", "Stop indexing; finished work is kept", self.cancel, "stop")
        self._bar = ipywidgets.FloatProgress(max=1.0, layout={"width": "auto", "flex": "1 1 auto", "margin": "4px 2px"})
        self.message = Message()
        show(self._cancel, False)
        show(self._bar, False)
        self.view = ipywidgets.VBox(
            [row(self.folder, self.collection, self._go, self._cancel), self._bar, self.message],
            layout={"flex": "0 0 auto"},
        )

    @property
    def is_busy(self) -> bool:
        return self._work is not None and self._work.is_busy

    def start(self) -> None:
        """Start indexing, unless it is running."""
        if self.is_busy:
            return
        folder, name = self.folder.value.strip(), self.collection.value.strip() or self._chosen()
        self._work = Work(lambda stop: self._index(stop, folder, name), self._fail, "index")
        self._show(True)
        self.message.set(status_line("Starting …"))
        self._work.start()

    def cancel(self) -> None:
        """Stop indexing."""
        if self._work is not None and self._work.is_busy:
            self._work.stop.set()
            self.message.set(status_line("Stopping …"))

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, up to `seconds`; return whether it has ended."""
        return self._work is None or self._work.wait(seconds)

    def _index(self, stop: threading.Event, folder: str, name: str) -> None:
        shown = 0.0

        def progress(event: Progress) -> None:
            nonlocal shown
            if stop.is_set():
                raise Cancelled()
            now = time.monotonic()
            if now - shown < _PAUSE_SECONDS:
                return
            shown = now
            now_done = step(event)
            self._bar.value = now_done.share or 0.0
            self.message.set(status_line(now_done.words))

        report = self._client.until(stop).index(folder or (), name, progress=progress)
        self._show(False)
        self.message.set(bundle.html(report))
        self._done(name)

    def _fail(self, error: LocalAIError) -> None:
        self._show(False)
        if isinstance(error, Cancelled):
            self.message.set(status_line("Stopped. Finished work is kept; index again to continue."))
        else:
            self.message.set(as_error(error))

    def _show(self, busy: bool) -> None:
        self._bar.value = 0.0
        show(self._bar, busy)
        show(self._cancel, busy)
        show(self._go, not busy)


class ExportSection:
    """Exports the conversation as a Markdown file or as text to copy.

    Parameters
    ----------
    answers : callable
        Returns the answers of the conversation.
    """

    def __init__(self, answers: Callable[[], tuple[Answer, ...]]) -> None:
        self._answers = answers
        self.text = ipywidgets.Textarea(
            tooltip="Text to copy", rows=8, layout={"width": "auto", "flex": "0 0 auto"}, disabled=False
        )
        self.message = Message()
        show(self.text, False)
        self.view = ipywidgets.VBox(
            [
                row(
                    button("Write a Markdown file", "Write a new file beside the notebook", self.write, "file-text-o"),
                    button("Text of a cell", "Show the source of a cell with the conversation", self.cell, "code"),
                ),
                self.message,
                self.text,
            ],
            layout={"flex": "0 0 auto"},
        )

    def write(self) -> None:
        """Write the conversation to a new file and show its text."""
        try:
            answers = self._answers()
            text = files.markdown(answers)
            self._offer(text)
            path = files.write(text, answers[0].question, files.here())
            self.message.set(status_line(f"Saved as {path.name} beside the notebook. Text to copy:"))
        except LocalAIError as error:
            self.message.set(as_error(error))

    def cell(self) -> None:
        """Show the source of a cell with the conversation."""
        try:
            self._offer(files.cell(files.markdown(self._answers())))
            self.message.set(status_line("Copy this into a cell, or call to_cell() of this panel:"))
        except UsageError as error:
            self.message.set(as_error(error))

    def _offer(self, text: str) -> None:
        self.text.value = text
        show(self.text, True)

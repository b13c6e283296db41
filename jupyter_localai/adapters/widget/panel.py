"""The chat panel: its widgets and their actions."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import ipywidgets
import traitlets

from ...config import resolve
from ...errors import Cancelled, LocalAIError
from ...render import words
from ...render.html import error as as_error
from ...render.html import status_line
from ...results.answers import Answer
from ...results.reports import Progress
from ...service.client.sync_client import Client
from ..steps import step
from . import files
from .chat import EXTRACTIVE, Chat
from .choosers import Choosers
from .log import Log
from .parts import ConfirmButton, EnterListener, Message, button, row, show, toggle, wide_text
from .sections import ExportSection, IndexSection
from .turn import Turn
from .work import Job, Work

_WELCOME = (
    "Ask a question about the documents of the selected collection. Index a folder to add documents. "
    "Answers cite their sources."
)


class ChatPanel(ipywidgets.VBox):  # type: ignore[misc]
    """A conversation with your documents, as a widget.

    Display it with the last line of a cell. It works independently of the notebook's cells: a running cell does not
    block it, and interrupting the kernel does not stop its answer; the button *Stop* does. Programs can use the
    attributes and methods below, which the buttons call.

    Parameters
    ----------
    store : path, optional
        Folder of the index; as for `connect`.
    collection : str, optional
        The initial collection.
    model : str, optional
        The initial chat model.
    extractive : bool
        Whether answers are extractive at first.

    Attributes
    ----------
    busy : bool
        A trait: whether an answer is in progress.
    question : str
        The typed text, which `send` asks.
    collection, model : str
        The selection; an empty `model` leaves the choice to the engine.

    Raises
    ------
    ConfigError
    """

    busy = traitlets.Bool(False)
    _chat: Chat | None = None  # in case the constructor fails

    def __init__(
        self,
        store: str | os.PathLike[str] | None = None,
        *,
        collection: str | None = None,
        model: str | None = None,
        extractive: bool = False,
    ) -> None:
        config = resolve({"store": store})
        super().__init__(layout={"max_width": "64em"})
        self._lock = threading.RLock()
        self._works: list[Work] = []
        self._closed = False
        self._client = Client(config, self._progress)
        self._chat = Chat(self._client, self._draw, self._changed)
        self._log = Log(status_line(_WELCOME))
        self._choosers = Choosers(collection, model or (EXTRACTIVE if extractive else ""), self._on_talk)
        self._notice = Message()
        self._input = wide_text("Question", "Ask your documents", "Enter sends it")
        EnterListener(self._input, self._on_ask)
        self._ask = button("Ask", "Send the question", self._on_ask, button_style="primary")
        self._stop = button("Stop", "Stop this answer", self.stop, "stop")
        self._again = button("Try again", "Ask the last question again", self.retry, "repeat")
        self._index = IndexSection(self._client, lambda: self.collection, self._indexed)
        self._export = ExportSection(lambda: self.answers)
        self._deleting = ConfirmButton("Delete", "Delete this conversation permanently", self.delete)
        self._indexing = toggle("Index a folder", "Add documents", "folder-open-o", self._index.view)
        exporting = toggle("Export", "Save or copy the conversation", "share-square-o", self._export.view)
        refresh = button("Refresh", "Reload collections, models and conversations", self.refresh, "refresh")
        self.children = (
            row(self._choosers.collections, self._choosers.models, self._choosers.talks, refresh),
            self._log.view,
            self._notice,
            row(self._input, self._ask, self._stop, self._again),
            row(
                button("New", "Start a new conversation; this one is kept", self.new, "plus"),
                *self._deleting.buttons,
                self._indexing,
                exporting,
            ),
            self._index.view,
            self._export.view,
        )
        self._changed()
        self.refresh()

    # actions of users and programs ------------------------------------------------------------------

    @property
    def question(self) -> str:
        return str(self._input.value)

    @question.setter
    def question(self, text: str) -> None:
        self._input.value = text

    @property
    def collection(self) -> str:
        return self._choosers.collection

    @collection.setter
    def collection(self, name: str) -> None:
        self._choosers.choose(self._choosers.collections, name)

    @property
    def model(self) -> str:
        return "" if self.extractive else self._choosers.model

    @model.setter
    def model(self, name: str) -> None:
        self._choosers.choose(self._choosers.models, name)

    @property
    def extractive(self) -> bool:
        return self._choosers.model == EXTRACTIVE

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers of the conversation, oldest first."""
        return tuple(turn.answer for turn in self._talking.turns if turn.answer is not None)

    @property
    def conversation(self) -> str | None:
        """The conversation's id, None before its first answer."""
        return self._talking.conversation

    def send(self) -> bool:
        """Ask the typed question without waiting; return whether it was asked.

        It is not asked if it is empty, or during another answer; then the typed text stays.
        """
        question = self.question.strip()
        if self._closed or not question:
            return False
        if not self._talking.send(question, self.collection, self._choosers.model):
            self._say(status_line("Another answer is in progress. Stop it, or wait before you send the next question."))
            return False
        self._input.value = ""
        self._say("")
        return True

    def stop(self) -> None:
        """Stop the current answer."""
        self._talking.stop()

    def retry(self) -> bool:
        """Ask the last question again in place of its result."""
        return not self._closed and self._talking.retry(self.collection, self._choosers.model)

    def new(self) -> None:
        """Start a new conversation; the old one stays stored."""
        self._talking.clear()
        self._choosers.choose(self._choosers.talks, "")

    def resume(self, conversation: str) -> None:
        """Show a stored conversation to continue it."""
        self._start(lambda stop: self._resume(stop, conversation), "open")

    def delete(self) -> None:
        """Delete the shown conversation permanently."""
        talk = self.conversation
        self.new()
        if talk is not None:
            self._start(lambda stop: self._delete_talk(stop, talk), "delete")

    def index(self, folder: str | os.PathLike[str], collection: str = "") -> None:
        """Start to index a folder into the selected or a named collection."""
        self._index.folder.value, self._index.collection.value = os.fspath(folder), collection
        self._indexing.value = True
        self._index.start()

    def cancel(self) -> None:
        """Stop indexing; finished work is kept."""
        self._index.cancel()

    def refresh(self) -> None:
        """Reload collections, models and conversations."""
        self._start(self._reload, "reload")

    def to_markdown(self) -> str:
        """Return the conversation as inert Markdown.

        Raises
        ------
        UsageError
            Without an answer.
        """
        return files.markdown(self.answers)

    def to_cell(self) -> None:
        """Insert the conversation as a new cell below the running one.

        Raises
        ------
        UsageError
            Without an answer.
        """
        from IPython import get_ipython

        shell, text = get_ipython(), files.cell(self.to_markdown())
        if shell is not None:
            shell.set_next_input(text, replace=False)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all work has ended, up to `seconds`; return whether it has."""
        until = None if seconds is None else time.monotonic() + seconds
        while busy := self._busy_works():
            if until is not None and time.monotonic() >= until:
                return False
            busy[0].wait(None if until is None else until - time.monotonic())
        return True

    def close(self) -> None:
        """Stop all work and remove the panel; its threads end within a second or two."""
        if self._chat is not None and not self._closed:
            with self._lock:
                self._closed = True
                self._chat.stop()
                self._index.cancel()
                for work in self._works:
                    work.stop.set()
                for widget in _inside(self):
                    widget.close()
            self._client.close()
            self.busy = False
        super().close()

    # callbacks ----------------------------------------------------------------------------------------

    @property
    def _talking(self) -> Chat:
        assert self._chat is not None
        return self._chat

    def _draw(self, turn: Turn) -> None:
        if not self._closed:
            self._log.draw(turn)

    def _changed(self) -> None:
        with self._lock:
            if self._closed:
                return
            chat = self._talking
            self._log.show(chat.turns)
            last = chat.turns[-1] if chat.turns else None
            self.busy = chat.is_answering
            show(self._stop, self.busy)
            show(self._ask, not self.busy)
            show(self._again, not self.busy and last is not None and self._offers_retry(last))
            self._deleting.offer(self.conversation is not None)
        if not chat.is_answering and chat.conversation is not None and not self._choosers.knows(chat.conversation):
            self.refresh()

    def _offers_retry(self, turn: Turn) -> bool:
        """Whether to offer a retry: the answer broke off, is remembered, or was made without the selected model."""
        without = turn.answer is not None and turn.answer.mode != "llm" and bool(turn.answer.warnings)
        if turn.answer is None or turn.answer.remembered is not None:
            return True
        return without and not self.extractive

    def _progress(self, progress: Progress) -> None:
        """Show the engine's progress before the requested work."""
        if not self._closed and not self._talking.take(progress):
            self._say(status_line(step(progress).words))

    def _say(self, text: str) -> None:
        if not self._closed:
            self._notice.set(text)

    def _start(self, job: Job, name: str) -> None:
        with self._lock:
            if not self._closed:
                work = Work(job, self._fail, name)
                work.start()
                self._works = [*(old for old in self._works if old.is_busy), work]

    def _busy_works(self) -> list[Work | Chat | IndexSection]:
        works: tuple[Work | Chat | IndexSection, ...] = (*self._works, self._talking, self._index)
        return [work for work in works if work.is_busy]

    def _fail(self, error: LocalAIError) -> None:
        if not isinstance(error, Cancelled):
            self._say(as_error(error))

    def _reload(self, stop: threading.Event) -> None:
        self._say(self._choosers.look(self._client.until(stop), lambda: self.conversation or ""))

    def _on_ask(self) -> None:
        self.send()

    def _on_talk(self, talk: str) -> None:
        if talk == (self.conversation or ""):
            return
        if talk:
            self.resume(talk)
        else:
            self.new()

    def _resume(self, stop: threading.Event, number: str) -> None:
        talk = self._client.until(stop).conversation(number)
        self._talking.clear(talk)
        self.collection = talk.collection or self.collection
        self._choosers.choose(self._choosers.talks, talk.id)

    def _delete_talk(self, stop: threading.Event, number: str) -> None:
        self._client.until(stop).delete_conversations([number])
        self._reload(stop)

    def _indexed(self, collection: str) -> None:
        self.collection = collection
        self.refresh()

    # without a front end ------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<ChatPanel {words.count(len(self.answers), 'answer')}>"

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        """Return the widget and, for a notebook without its kernel, the current conversation."""
        shown: dict[str, Any] = super()._repr_mimebundle_(**keywords)
        if turns := self._talking.turns:
            plain = "\n\n".join(turn.plain() for turn in turns)
            return {**shown, "text/plain": plain, "text/html": "".join(turn.html() for turn in turns)}
        text = "A chat panel: run the cell to use it."
        return {**shown, "text/plain": text, "text/html": status_line(text)}


def _inside(box: ipywidgets.Box) -> list[ipywidgets.Widget]:
    """Return all widgets in a box, innermost first."""
    found = []
    for child in box.children:
        found += [*(_inside(child) if isinstance(child, ipywidgets.Box) else []), child]
    return found

"""What is being done, in words and numbers: one table for the shell, notebooks and the widget.

JupyterLab's panel has the same words, held equal by ``tests/wire/stages.json``.
"""

from __future__ import annotations

from typing import NamedTuple

from ..results.answers import Passages, Thinking, Token
from ..results.base import printable
from ..results.passages import Hit
from ..results.reports import Event, Progress

CHAT_MODEL = "the chat model"
STAGES = {
    "start": "Starting the engine",
    "wait": "Waiting for other work on the index",
    "list": "Looking for documents",
    "load": "Loading the embedding model",
    "index": "Indexing",
    "ocr": "Reading by OCR",
    "check": "Checking the index after an interruption",
    "rebuild": "Building the vector index",
    "scrub": "Removing what was forgotten",
    "pull": "Ollama is downloading",
    "model": "Waiting for {model}",
    "think": "{model} is thinking",
    "summarize": "Summing up",
    "fetch": "Downloading",
    "evaluate": "Asking",
    "export": "Exporting",
    "import": "Importing",
    "share": "Sharing",
    "sync": "Following the shared collection",
}
_UNITS = ("B", "kB", "MB", "GB", "TB")


class Step(NamedTuple):
    """What is being done, how much of it is done, and a detail; `total` is None while it is not known."""

    label: str
    done: int
    total: int | None
    detail: str

    @property
    def share(self) -> float | None:
        """How much is done, from 0 to 1; None while that is not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def words(self) -> str:
        """The label and the detail in a line."""
        return f"{self.label} … {self.detail}".rstrip()


def step(progress: Progress, model: str = "") -> Step:
    """Return a `Progress` in words; `model` is the chat model as far as it is known."""
    label = STAGES[progress.stage].format(model=model or CHAT_MODEL)
    if not model:
        label = label[:1].upper() + label[1:]
    return Step(label, progress.done, progress.total, _detail(progress))


def size_of(count: float) -> str:
    """Return a number of bytes as people say it, such as ``2.6 GB``."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit and count < 10 else f"{count:.0f} {_UNITS[unit]}"


def _detail(progress: Progress) -> str:
    name = f" · {printable(progress.name)}" if progress.name else ""
    return f"{_counted(progress)}{name}"


def _counted(progress: Progress) -> str:
    if progress.unit == "bytes":
        done, total = size_of(progress.done), size_of(progress.total or 0)
        return f"{done} of {total}" if progress.total else ""
    if progress.total:
        rate = f", {progress.per_minute:g} a minute" if progress.per_minute else ""
        return f"{progress.done:,}/{progress.total:,} {progress.unit}{rate}"
    return f"{progress.done:,} {progress.unit}" if progress.done else ""


class Draft:
    """An answer that is being made.

    Parameters
    ----------
    model : str
        The chat model, as far as it is known before it answers.

    Attributes
    ----------
    text : str
        What is written so far.
    query : str or None
        As in `Passages`.
    passages : tuple of Hit
        What was found.
    stage : str
        What is being done; another one for each step.
    words : str
        The same for people.
    """

    def __init__(self, model: str = "") -> None:
        self.query: str | None = None
        self.passages: tuple[Hit, ...] = ()
        self.stage, self.words = "", "Asking …"
        self._model, self._found = model, ""
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def take(self, event: Event) -> bool:
        """Go on with an event; return whether a new step begins with it."""
        before = self.stage
        if isinstance(event, Passages):
            count = len(event.passages)
            self.query, self.passages = event.query, event.passages
            self._found = f"Reading {count} passage{'s' if count != 1 else ''}"
            self.stage, self.words = "passages", f"{self._found} …"
        elif isinstance(event, Token):
            self._pieces.append(event.text)
            self.stage, self.words = "write", "Writing …"
        elif isinstance(event, Thinking):
            self._begin(Progress("think"))
        elif isinstance(event, Progress):
            self._begin(event)
        return self.stage != before

    def _begin(self, progress: Progress) -> None:
        words = step(progress, self._model).words
        self.stage = progress.stage
        if self._found and not (self._model and words.startswith(self._model)):
            words = words[:1].lower() + words[1:]
        self.words = f"{self._found} · {words}" if self._found else words

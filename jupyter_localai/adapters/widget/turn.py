"""One question with its answer, and their display."""

from __future__ import annotations

from ...errors import Cancelled, LocalAIError
from ...render import bundle
from ...render import html as as_html
from ...results.base import printable
from ...results.passages import Answer, Passages, Thinking, Token
from ...results.reports import Event, Progress
from ..steps import Steps


class Turn:
    """A question and its answer so far.

    Attributes
    ----------
    question : str
    answer : Answer or None
    error : LocalAIError or None
        Why there is no answer.
    stopped : bool
        Whether the user stopped it; the partial answer stays in `text`.
    """

    def __init__(self, question: str, model: str = "", answer: Answer | None = None) -> None:
        self.question = question
        self.answer = answer
        self.error: LocalAIError | None = None
        self.stopped = False
        self._model = model or "the chat model"
        self._pieces: list[str] = []
        self._status = "Asking …"
        self._found = ""
        self._query: str | None = None
        self._steps = Steps()

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return self.answer.text if self.answer is not None else "".join(self._pieces)

    def take(self, event: Event) -> bool:
        """Take an event; return whether the status changed, so that it should be shown at once."""
        status = self._status
        if isinstance(event, Answer):
            self.answer = event
            return True
        if isinstance(event, Passages):
            count = len(event.passages)
            self._query = event.query
            self._found = f"Reading {count} passage{'s' if count != 1 else ''}"
            self._status = f"{self._found} …"
        elif isinstance(event, Thinking) or (isinstance(event, Progress) and event.stage == "think"):
            self._status = f"{self._model[:1].upper()}{self._model[1:]} is thinking …"
        elif isinstance(event, Token):
            self._pieces.append(event.text)
            self._status = "Writing …"
        elif isinstance(event, Progress) and event.stage == "model":
            waiting = f"waiting for {self._model} …"
            self._status = f"{self._found} · {waiting}" if self._found else waiting[:1].upper() + waiting[1:]
        elif isinstance(event, Progress):
            step = self._steps(event)
            self._status = f"{step.label} … {step.detail}".rstrip()
        return self._status != status

    def fail(self, error: LocalAIError) -> None:
        """End without an answer."""
        if isinstance(error, Cancelled):
            self.stopped = True
        else:
            self.error = error

    def html(self) -> str:
        """Return the question and the answer so far as inert HTML."""
        return as_html.question_heading(self.question) + self._below()

    def plain(self) -> str:
        """Return the same as plain text."""
        ended = self.answer or self.error
        below = bundle.text(ended) if ended is not None else printable(self.text)
        return f"{printable(self.question)}\n\n{below}".rstrip()

    def _below(self) -> str:
        if self.answer is not None:
            return as_html.answer(self.answer, fold=True)
        if self.stopped:
            return as_html.draft(self.text, "Stopped.", self._query)
        if self.error is not None:
            partial = as_html.draft(self.text, "Incomplete.", self._query) if self._pieces else ""
            return partial + as_html.error(self.error)
        return as_html.draft(self.text, self._status, self._query)

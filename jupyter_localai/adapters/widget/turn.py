"""One question with its answer, and their display."""

from __future__ import annotations

from ...errors import Cancelled, LocalAIError
from ...render import bundle
from ...render import html as as_html
from ...results.answers import Answer
from ...results.base import printable
from ...results.reports import Event
from ..steps import Draft


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
        self._draft = Draft(model)

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return self.answer.text if self.answer is not None else self._draft.text

    def take(self, event: Event) -> bool:
        """Take an event; return whether the status changed, so that it should be shown at once."""
        if isinstance(event, Answer):
            self.answer = event
            return True
        return self._draft.take(event)

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
            return as_html.draft(self.text, "Stopped.", self._draft.query)
        if self.error is not None:
            partial = as_html.draft(self.text, "Incomplete.", self._draft.query) if self.text else ""
            return partial + as_html.error(self.error)
        return as_html.draft(self.text, self._draft.words, self._draft.query, self._draft.passages)

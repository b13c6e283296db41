"""One question and what became of it, and how that looks."""

from __future__ import annotations

from ...errors import Cancelled, LocalAIError
from ...render import bundle
from ...render import html as as_html
from ...results.base import printable
from ...results.passages import Answer
from ...results.reports import Event
from ..steps import Draft


class Turn:
    """A question, and its answer as far as it has come.

    Attributes
    ----------
    question : str
    answer : Answer or None
    error : LocalAIError or None
        Why there is no answer.
    stopped : bool
        Whether it was stopped; what was written stays in `text`.
    """

    def __init__(self, question: str, model: str = "", answer: Answer | None = None) -> None:
        self.question = question
        self.answer = answer
        self.error: LocalAIError | None = None
        self.stopped = False
        self._draft = Draft(model)

    @property
    def text(self) -> str:
        """What is written so far, or the answer's text."""
        return self.answer.text if self.answer is not None else self._draft.text

    def take(self, event: Event) -> bool:
        """Go on with an event; return whether it begins something new, so that it should be seen at once."""
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
        """Return the question and what there is of the answer as HTML that loads and runs nothing."""
        return as_html.asked(self.question) + self._below()

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
            begun = as_html.draft(self.text, "Not complete.", self._draft.query) if self.text else ""
            return begun + as_html.error(self.error)
        return as_html.draft(self.text, self._draft.words, self._draft.query)

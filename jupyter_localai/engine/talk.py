"""The conversation that a question belongs to, and what is noted of the answer for it."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from ..answer.prompt import Turn
from ..index.conversations import ConversationTable

_TYPED = 3  # questions of a conversation whose own words count


@dataclasses.dataclass
class Talk:
    """A conversation so far.

    Attributes
    ----------
    id : str
    past : list of dict
        The JSON of its answers.
    started : float
        When the question came, by `time.perf_counter`.
    replaces : bool
        Whether the answer takes the place of the last one.
    keys : list of str
        Digests of what the chat model was asked, by which the answer is found again.
    lasts : bool
        Whether the answer is one to be found again.
    made : float or None
        When the answer was written, if not now.
    """

    id: str
    past: list[dict[str, Any]]
    started: float
    replaces: bool = False
    keys: list[str] = dataclasses.field(default_factory=list)
    lasts: bool = False
    made: float | None = None

    @classmethod
    def go_on(cls, table: ConversationTable, conversation: str, asked: tuple[str, str], fresh: bool) -> Talk:
        """Return a conversation that goes on with a question and its context; asked afresh, without the same before."""
        past = table.answers(conversation)
        last = (past[-1]["question"], past[-1].get("context") or "") if past else None
        replaces = fresh and last == asked
        return cls(conversation, past[:-1] if replaces else past, time.perf_counter(), replaces)

    @property
    def history(self) -> list[Turn]:
        """The questions, as they were understood, and their answers."""
        return [
            Turn(past.get("query") or past["question"], past["text"], past.get("context") or "") for past in self.past
        ]

    @property
    def about(self) -> str:
        """The text that was attached last; empty for none."""
        return next((turn.context for turn in reversed(self.history) if turn.context), "")

    @property
    def told(self) -> set[str]:
        """The warnings that earlier answers had."""
        return {warning for past in self.past for warning in past.get("warnings", ())}

    def typed(self, question: str) -> list[str]:
        """Return the last questions as they were typed, the newest first."""
        return [question, *(past["question"] for past in reversed(self.past))][:_TYPED]

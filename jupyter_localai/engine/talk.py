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
    after : int or None
        How many of its answers stay, where the answer takes the place of later ones.
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
    after: int | None = None
    keys: list[str] = dataclasses.field(default_factory=list)
    lasts: bool = False
    made: float | None = None

    @classmethod
    def go_on(
        cls, table: ConversationTable, conversation: str, asked: tuple[str, str], fresh: bool, after: int | None
    ) -> Talk:
        """Return a conversation that goes on with a question and its context, after so many of its answers.

        A question that is asked afresh comes without the same before it.
        """
        past = table.answers(conversation)
        last = (past[-1]["question"], past[-1].get("context") or "") if past else None
        if after is None and fresh and last == asked:
            after = len(past) - 1
        return cls(conversation, past[:after], time.perf_counter(), after)

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

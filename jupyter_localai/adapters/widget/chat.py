"""The conversation of one panel: questions that are answered in a thread of their own, one after the other."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from ...errors import Cancelled, LocalAIError
from ...results.passages import Answer, Conversation
from ...results.reports import Progress
from ...service.client.sync_client import Client
from .turn import Turn
from .work import Work

EXTRACTIVE = "\0quotes only"
"""What is chosen instead of a chat model for an answer of quoted sentences; no model can have that name."""
_PAUSE_SECONDS = 0.1  # between two drawings of a text that is being written
_SHARE = 0.2  # of the time that drawing may take; what takes long to draw is drawn less often


class Chat:
    """Asks the questions of a conversation. May be used from several threads.

    Parameters
    ----------
    client : Client
    draw : callable
        Called with a `Turn` that has changed, in the thread that answers it, and not more often than can be seen.
    changed : callable
        Called when turns have come, gone or ended.
    """

    def __init__(self, client: Client, draw: Callable[[Turn], None], changed: Callable[[], None]) -> None:
        self.turns: list[Turn] = []
        self.conversation: str | None = None
        self._client, self._draw, self._changed = client, draw, changed
        self._lock = threading.RLock()
        self._work: Work | None = None
        self._current: Turn | None = None

    @property
    def is_answering(self) -> bool:
        return self._current is not None

    @property
    def is_busy(self) -> bool:
        """Whether its thread runs, which may be a little longer than it answers."""
        return self._work is not None and self._work.is_busy

    def send(self, question: str, collection: str | None, model: str) -> bool:
        """Ask the next question, and return at once; return False while another one is being answered.

        Parameters
        ----------
        question : str
        collection : str, optional
        model : str
            A chat model, empty for the engine's choice, or `EXTRACTIVE`.
        """
        turn = Turn(question, "" if model == EXTRACTIVE else model)
        with self._lock:
            if self._current is not None:
                return False
            self.turns = [*self.turns, turn]
            self._begin(turn, collection, model)
        self._changed()
        return True

    def retry(self, collection: str | None, model: str) -> bool:
        """Ask the last question again, in the place of what became of it; return whether there is one to ask."""
        with self._lock:
            if self._current is not None or not self.turns:
                return False
            turn = Turn(self.turns[-1].question, "" if model == EXTRACTIVE else model)
            self.turns = [*self.turns[:-1], turn]
            self._begin(turn, collection, model)
        self._changed()
        return True

    def stop(self) -> None:
        """End the answer that is being made; what there is of it stays. Done at once, whatever the engine does."""
        with self._lock:
            turn = self._current
            if turn is None:
                return
            if self._work is not None:
                self._work.stop.set()
            turn.fail(Cancelled())
            self._draw(turn)
            self._current = None
        self._changed()

    def clear(self, talk: Conversation | None = None) -> None:
        """Leave the conversation for a new one, or for one that is remembered, with its answers."""
        self.stop()
        with self._lock:
            self.conversation = talk.id if talk is not None else None
            self.turns = [Turn(answer.question, answer=answer) for answer in talk.answers] if talk is not None else []
        self._changed()

    def take(self, progress: Progress) -> bool:
        """Show what the engine does before it can answer; return False when nothing is being answered."""
        with self._lock:
            turn = self._current
            if turn is None:
                return False
            turn.take(progress)
        self._draw(turn)
        return True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the thread has ended, but not longer; return whether that is so."""
        work = self._work
        return work is None or work.wait(seconds)

    def _begin(self, turn: Turn, collection: str | None, model: str) -> None:
        """Start the thread; the lock is held."""
        talk = self.conversation
        self._current = turn
        self._work = Work(
            lambda stop: self._answer(turn, stop, talk, collection, model),
            lambda error: self._end(turn, error=error),
            "answer",
        )
        self._work.start()

    def _answer(self, turn: Turn, stop: threading.Event, talk: str | None, collection: str | None, model: str) -> None:
        due = 0.0
        extractive = model == EXTRACTIVE
        events = self._client.until(stop).stream(
            turn.question, collection, model="" if extractive else model, extractive=extractive, conversation=talk
        )
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, Answer):
                    self._end(turn, answer=event)
                    return
                with self._lock:
                    if turn is not self._current:
                        raise Cancelled()
                    new = turn.take(event)
                if new or time.monotonic() >= due:
                    due = self._drawn(turn)

    def _drawn(self, turn: Turn) -> float:
        """Draw, and return when that is due again."""
        begun = time.monotonic()
        self._draw(turn)
        took = time.monotonic() - begun
        return begun + took + max(_PAUSE_SECONDS, took / _SHARE - took)

    def _end(self, turn: Turn, answer: Answer | None = None, error: LocalAIError | None = None) -> None:
        try:
            with self._lock:
                if turn is self._current:  # else it was stopped before
                    self._complete(turn, answer, error)
        finally:
            self._changed()

    def _complete(self, turn: Turn, answer: Answer | None, error: LocalAIError | None) -> None:
        if answer is not None:
            turn.take(answer)
            self.conversation = answer.conversation or self.conversation
        elif error is not None:
            turn.fail(error)
        try:
            self._draw(turn)  # before anybody is told that it is over
        finally:
            self._current = None

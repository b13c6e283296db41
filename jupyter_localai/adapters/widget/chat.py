"""The conversation of a panel, which answers one question at a time in a thread."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from ...errors import Cancelled, LocalAIError
from ...results.answers import Answer, Conversation
from ...results.reports import Progress
from ...service.client.sync_client import Client
from .turn import Turn
from .work import Work

EXTRACTIVE = "\0quotes only"
"""The choice of extractive answers instead of a chat model; no model can have this name."""
_PAUSE_SECONDS = 0.1  # between two drawings of a growing text
_SHARE = 0.2  # of the time that drawing may take; slow drawings become less frequent


class Chat:
    """Asks the questions of a conversation. Thread-safe.

    Parameters
    ----------
    client : Client
    draw : callable
        Called with a changed `Turn` in the thread that answers it, at a limited rate.
    changed : callable
        Called when turns are added, removed or finished.
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
        """Whether the thread runs, which may be slightly longer than `is_answering`."""
        return self._work is not None and self._work.is_busy

    def send(self, question: str, collection: str | None, model: str) -> bool:
        """Ask the next question without waiting; return False during another answer.

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
            self._start(turn, collection, model)
        self._changed()
        return True

    def retry(self, collection: str | None, model: str) -> bool:
        """Ask the last question again in place of its result; return False without a question or during an answer."""
        with self._lock:
            if self._current is not None or not self.turns:
                return False
            last = self.turns[-1]
            turn = Turn(last.question, "" if model == EXTRACTIVE else model)
            self.turns = [*self.turns[:-1], turn]
            self._start(turn, collection, model, fresh=last.answer is not None and last.answer.remembered is not None)
        self._changed()
        return True

    def stop(self) -> None:
        """Stop the current answer immediately, whatever the engine does; its text so far stays."""
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
        """Replace the conversation by a new one or a stored one."""
        self.stop()
        with self._lock:
            self.conversation = talk.id if talk is not None else None
            self.turns = [Turn(answer.question, answer=answer) for answer in talk.answers] if talk is not None else []
        self._changed()

    def take(self, progress: Progress) -> bool:
        """Show the engine's progress before an answer; return False when no answer is in progress."""
        with self._lock:
            turn = self._current
            if turn is None:
                return False
            turn.take(progress)
        self._draw(turn)
        return True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the thread to end, up to `seconds`; return whether it has ended."""
        work = self._work
        return work is None or work.wait(seconds)

    def _start(self, turn: Turn, collection: str | None, model: str, fresh: bool = False) -> None:
        """Start the thread. The caller holds the lock."""
        talk = self.conversation
        self._current = turn
        self._work = Work(
            lambda stop: self._answer(turn, stop, talk, collection, model, fresh),
            lambda error: self._end(turn, error=error),
            "answer",
        )
        self._work.start()

    def _answer(
        self,
        turn: Turn,
        stop: threading.Event,
        talk: str | None,
        collection: str | None,
        model: str,
        fresh: bool,
    ) -> None:
        due = 0.0
        extractive = model == EXTRACTIVE
        events = self._client.until(stop).stream(
            turn.question,
            collection,
            model="" if extractive else model,
            extractive=extractive,
            conversation=talk,
            fresh=fresh,
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
                    due = self._draw_and_pace(turn)

    def _draw_and_pace(self, turn: Turn) -> float:
        """Draw the turn and return the time of the next drawing."""
        begun = time.monotonic()
        self._draw(turn)
        took = time.monotonic() - begun
        return begun + took + max(_PAUSE_SECONDS, took / _SHARE - took)

    def _end(self, turn: Turn, answer: Answer | None = None, error: LocalAIError | None = None) -> None:
        try:
            with self._lock:
                if turn is self._current:  # otherwise it was stopped
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
            self._draw(turn)  # before `changed` reports the end
        finally:
            self._current = None

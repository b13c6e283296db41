"""How the chat models of this machine answer the same questions, to choose one of them by."""

from __future__ import annotations

import dataclasses

from .base import CallResult


@dataclasses.dataclass(frozen=True)
class Trial:
    """What one model did.

    Of ``answerable`` questions, ``right`` were answered with what is expected, and ``cited`` with the document that it
    is in. Of ``unanswerable`` ones, ``refused`` were not answered. ``first_word_s`` is the median of seconds until the
    first word, ``tokens_per_s`` how fast the rest is written; None without a word. ``problem`` is why the model did not
    answer all of them.
    """

    model: str
    answerable: int = 0
    right: int = 0
    cited: int = 0
    unanswerable: int = 0
    refused: int = 0
    first_word_s: float | None = None
    tokens_per_s: float | None = None
    problem: str | None = None


@dataclasses.dataclass(frozen=True)
class Trials(CallResult):
    """The models in order: those that were right most often first, the faster of equals before the slower.

    ``left_out`` names models that do not fit this machine.
    """

    trials: tuple[Trial, ...]
    left_out: tuple[str, ...] = ()

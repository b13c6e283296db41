"""How fast a chat model reads its prompt on this machine, which is nearly all of the wait for its first word."""

from __future__ import annotations

import math
from typing import Any

from ..index.catalogue import Catalogue
from .learned import Learned

_LEAST_TOKENS = 100  # fewer say little of the speed
_CACHED = 3.0  # times faster than known: the server had the beginning of the prompt in its cache
_WEIGHT = 0.5  # of what was seen last


class ReadingSpeed:
    """Remembers, per chat model, how many tokens of a prompt it reads in a second; 0 while that is not known.

    Its parameters are those of `Learned`, with the model's digest for the key.
    """

    def __init__(self, catalogue: Catalogue, digest: str, keeps: bool) -> None:
        self._learned = Learned(catalogue, f"reading speed {digest}", keeps)

    @property
    def tokens_per_s(self) -> float:
        return self._learned.value or 0.0

    def learn(self, report: dict[str, Any]) -> None:
        """Take in the last report of an answer: tokens of the prompt, and nanoseconds that were spent on reading."""
        tokens, nanoseconds = report.get("prompt_eval_count"), report.get("prompt_eval_duration")
        if not isinstance(tokens, int) or not isinstance(nanoseconds, int):
            return
        if tokens < _LEAST_TOKENS or nanoseconds <= 0:
            return
        seen, known = tokens / (nanoseconds / 1e9), self.tokens_per_s
        if known and seen > _CACHED * known:
            return
        self._learned.keep(seen if not known else (1 - _WEIGHT) * known + _WEIGHT * seen)

    def seconds(self, tokens: int) -> int | None:
        """Return how long reading so many tokens takes; None while that is not known."""
        return math.ceil(tokens / self.tokens_per_s) if self.tokens_per_s else None

    def room(self, seconds: float, most: int) -> int:
        """Return how many tokens are read in so many seconds, at most `most`."""
        return min(most, int(self.tokens_per_s * seconds)) if self.tokens_per_s else most

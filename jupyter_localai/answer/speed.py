"""How fast a chat model reads its prompt on this machine, which is nearly all of the wait for its first word."""

from __future__ import annotations

import json
import math
from typing import Any

from ..index.catalogue import Catalogue

_LEAST_TOKENS = 100  # fewer say little of the speed
_CACHED = 3.0  # times faster than known: the server had the beginning of the prompt in its cache
_WEIGHT = 0.5  # of what was seen last


class ReadingSpeed:
    """Remembers, per chat model, how many tokens of a prompt it reads in a second; 0 while that is not known.

    Parameters
    ----------
    catalogue : Catalogue
        Where it is kept.
    digest : str
        Of the model.
    keeps : bool
        Whether what is learned may be written.
    """

    def __init__(self, catalogue: Catalogue, digest: str, keeps: bool) -> None:
        self._catalogue, self._keeps, self._key = catalogue, keeps, f"reading speed {digest}"
        stored = catalogue.recall(self._key)
        self.tokens_per_s = float(json.loads(stored)) if stored else 0.0

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
        self.tokens_per_s = seen if not known else (1 - _WEIGHT) * known + _WEIGHT * seen
        if self._keeps:
            self._catalogue.remember(self._key, json.dumps(round(self.tokens_per_s, 2)))

    def seconds(self, tokens: int) -> int | None:
        """Return how long reading so many tokens takes; None while that is not known."""
        return math.ceil(tokens / self.tokens_per_s) if self.tokens_per_s else None

    def room(self, seconds: float, most: int) -> int:
        """Return how many tokens are read in so many seconds, at most `most`."""
        return min(most, int(self.tokens_per_s * seconds)) if self.tokens_per_s else most

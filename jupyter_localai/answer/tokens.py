"""An estimate of how many tokens a text has for a chat model, which learns from the server's counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..index.catalogue import Catalogue
from .learned import Learned

_MARGIN = 1.1  # an estimate that is too low has the server refuse the prompt
_REFUSED_MARGIN = 1.04
_GUESS = 1.5  # for a server that does not tell how much too long a prompt was
_LEAST, _MOST = 0.4, 12.0
_DECAY = 0.25  # how fast an estimate that was too high comes down


class TokenScale:
    """Remembers, per chat model, how its tokens compare with `prompt.count_tokens`.

    Its parameters are those of `Learned`, with the model's digest for the key.
    """

    def __init__(self, catalogue: Catalogue, digest: str, keeps: bool) -> None:
        self._learned = Learned(catalogue, f"tokens {digest}", keeps)
        self.learned = self._learned.value is not None

    @property
    def value(self) -> float:
        """How many of the model's tokens one of `prompt.count_tokens` is."""
        known = self._learned.value
        return 1.0 if known is None else min(max(known, _LEAST), _MOST)

    def room(self, tokens: int) -> int:
        """Return how much `prompt.count_tokens` may come to for this many of the model's tokens."""
        return math.floor(tokens / self.value)

    def tokens(self, estimated: int) -> int:
        """Return how many of the model's tokens so many of `prompt.count_tokens` are."""
        return math.ceil(estimated * self.value)

    def learn(self, estimated: int, counted: int) -> None:
        """Take in that a prompt of so many estimated tokens had so many for the server."""
        seen = counted / max(estimated, 1) * _MARGIN
        value = max(seen, (1 - _DECAY) * self.value + _DECAY * seen)
        self._keep(value)

    def was_refused(self, estimated: int, counted: int) -> None:
        """Take in that the server refused a prompt that was thought to fit, and what it counted; 0 if it did not.

        What is sent next is nearly the same text, so that its count is nearly known.
        """
        self._keep(counted / max(estimated, 1) * _REFUSED_MARGIN if counted else self.value * _GUESS)

    def _keep(self, value: float) -> None:
        self._learned.keep(min(max(value, _LEAST), _MOST))


def was_cut(sent: Sequence[dict[str, str]], estimated: int, counted: int, scale: TokenScale) -> bool:
    """Whether the server's count says that it read less than it was sent.

    Servers that do not know ``truncate`` cut silently. No tokeniser makes fewer tokens of prose
    than one per ten characters that are not white space; once its usual number is known, half of it is too few.
    """
    if not counted:
        return False  # servers leave the count out when they answer from their cache
    characters = sum(len("".join(message["content"].split())) for message in sent)
    least = characters / 10
    if scale.learned:
        least = max(least, 0.5 * estimated * scale.value / _MARGIN)
    return characters > 2000 and counted < least

"""When two questions are the same for a chat model: a digest of the model, its options and all it could be sent.

A model that is asked twice may answer otherwise, even at temperature 0: its server rounds otherwise when it has the
beginning of a prompt in its cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from .. import __version__
from ..results.passages import Hit
from .follow_up import rewriting
from .generate import Chat
from .prompt import Turn, compose

_ROOM = 1 << 30  # how much of it fits changes with what is learned of the model's tokens and its speed


def prompt_key(question: str, hits: Sequence[Hit], history: Sequence[Turn], context: str, chat: Chat) -> str:
    """Return the digest of a question with its passages, before they are cut to what fits."""
    messages, _ = compose(question, hits, _ROOM, history, chat.config.system_prompt, context)
    return _digest(chat, messages, [(hit.path, hit.start, hit.end) for hit in hits])


def wording_key(question: str, history: Sequence[Turn], chat: Chat) -> str:
    """Return the digest of having a follow-up put into words that stand by themselves."""
    return _digest(chat, rewriting(question, history), [])


def _digest(chat: Chat, messages: list[dict[str, str]], places: list[tuple[str, int, int]]) -> str:
    config = chat.config
    options = [config.temperature, config.seed, chat.think(), config.context_tokens, config.first_word_s]
    told: list[Any] = [__version__, chat.model.name, chat.model.digest, options, messages, places]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()

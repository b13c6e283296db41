"""The chat model that a request uses, or why there is none."""

from __future__ import annotations

import threading

from ..answer.choose import choose
from ..answer.generate import Chat
from ..answer.speed import ReadingSpeed
from ..answer.tokens import TokenScale
from ..errors import LocalAIError, OllamaError, PrivacyError
from ..ollama.memory import on_battery
from .store import Store

_LAST_MODEL = "last chat model"


def chat(store: Store, wanted: str, stop: threading.Event) -> tuple[Chat | None, str]:
    """Return the chat model of that name, or the one of choice; or None and why there is none."""
    try:
        ollama = store.chat_server()
        last = store.catalogue.recall(_LAST_MODEL) or ""
        model = choose(ollama, wanted or store.config.model, last, store.config.context_tokens)
    except (OllamaError, PrivacyError) as error:
        return None, explained(error)
    scale = TokenScale(store.catalogue, model.digest, store.is_writable)
    speed = ReadingSpeed(store.catalogue, model.digest, store.is_writable)
    return Chat(ollama, model, scale, store.config, stop, speed, ollama.window(model.name)), ""


def preload(store: Store, wanted: str, stop: threading.Event) -> bool:
    """Bring the chat model into memory, unless the settings or a battery are against it; return whether it was done."""
    if not store.config.preload or on_battery():
        return False
    chosen, _ = chat(store, wanted, stop)
    if chosen is None or chosen.loaded:
        return False
    try:
        chosen.load()
    except OllamaError:
        return False  # the next question hears of it
    return True


def remember(store: Store, used: Chat) -> None:
    """Note which model answered, so that the next request takes it, too."""
    if store.is_writable and store.catalogue.recall(_LAST_MODEL) != used.model.name:
        store.catalogue.remember(_LAST_MODEL, used.model.name)


def explained(error: LocalAIError) -> str:
    """Return an error in words."""
    return f"{error.message} {error.remedy}".strip()

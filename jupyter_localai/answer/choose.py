"""The choice of a chat model: the requested one, else the one last used, else the largest that fits."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import OllamaError, did_you_mean
from ..ollama import memory
from ..ollama.models import model_info, suggestions
from ..ollama.server import Ollama, is_remote, unknown_model
from ..results.reports import ModelInfo


@dataclasses.dataclass(frozen=True)
class ChatModel:
    """A model that can answer. ``digest`` changes with its weights."""

    info: ModelInfo
    digest: str

    @property
    def name(self) -> str:
        return self.info.name


def choose(ollama: Ollama, wanted: str, last_used: str, context_tokens: int) -> ChatModel:
    """Return the model that answers.

    Raises
    ------
    OllamaError
        ``no_model``, ``unknown_model``, ``cloud_model`` or ``cannot_chat``, each with the command that helps.
    """
    entries = {str(entry["name"]): entry for entry in ollama.installed() if entry.get("name")}
    if wanted:
        return _wanted(ollama, entries, wanted, context_tokens)
    if last_used in entries:
        model = _described(ollama, entries[last_used], context_tokens)
        if model.info.chats and not model.info.remote:
            return model
    for entry in sorted(entries.values(), key=lambda entry: (-_size(entry), str(entry["name"]))):
        if not is_remote(entry):
            model = _described(ollama, entry, context_tokens)
            if model.info.chats and model.info.fits and not model.info.remote:
                return model
    suggested = suggestions(max(memory.memory_bytes(), memory.gpu_bytes()))[0]
    raise OllamaError(
        "Ollama has no chat model that fits this machine.",
        f"Download one: jupyter localai models pull {suggested.name}",
        code="no_model",
    )


def _wanted(ollama: Ollama, entries: dict[str, Any], wanted: str, context_tokens: int) -> ChatModel:
    entry = entries.get(wanted) or entries.get(f"{wanted}:latest")
    if entry is None:
        raise unknown_model(wanted, did_you_mean(wanted, entries))
    model = _described(ollama, entry, context_tokens)
    if model.info.remote:
        raise OllamaError(
            f"{wanted!r} answers from another machine, so it is not used.",
            "Choose another: jupyter localai models lists those that are here.",
            code="cloud_model",
        )
    if not model.info.chats:
        raise OllamaError(
            f"{wanted!r} cannot chat.", "Choose another: jupyter localai models lists them.", code="cannot_chat"
        )
    return model


def _described(ollama: Ollama, entry: dict[str, Any], context_tokens: int) -> ChatModel:
    # without what /api/show tells, nobody knows whether it answers from elsewhere: an error then, not a guess
    shown = ollama.show(str(entry["name"]), str(entry.get("digest") or ""))
    return ChatModel(model_info(entry, shown, context_tokens), str(entry.get("digest") or entry["name"]))


def _size(entry: dict[str, Any]) -> int:
    size = entry.get("size")
    return size if isinstance(size, int) else 0

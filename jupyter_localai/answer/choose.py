"""The choice of a chat model: the requested one, else the last used, else the largest that fits and can talk."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import OllamaError, did_you_mean
from ..ollama import memory
from ..ollama.models import model_info, suggestions
from ..ollama.refusals import unknown_model
from ..ollama.server import Ollama, is_remote
from ..results.reports import ModelInfo


@dataclasses.dataclass(frozen=True)
class ChatModel:
    """A model that can answer. ``digest`` changes with its weights; ``system`` is the system prompt it brings.

    A base model goes on with a text, and was not taught to answer.
    """

    info: ModelInfo
    digest: str
    system: str = ""
    is_base: bool = False

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
    base = None
    for entry in sorted(entries.values(), key=lambda entry: (-_size(entry), str(entry["name"]))):
        if not is_remote(entry):
            model = _described(ollama, entry, context_tokens)
            if model.info.chats and model.info.fits and not model.info.remote:
                if not model.is_base:
                    return model
                base = base or model
    if base is not None:
        return base
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
    info, digest = model_info(entry, shown, context_tokens), str(entry.get("digest") or entry["name"])
    system = shown.get("system")
    return ChatModel(info, digest, system if isinstance(system, str) else "", _is_base(shown, info))


def _is_base(shown: dict[str, Any], info: ModelInfo) -> bool:
    """Whether a model has no chat template: its prompt is all there is, and no renderer of the server's makes it."""
    template = "".join(str(shown.get("template") or "").split())
    rendered = shown.get("renderer") or "\nRENDERER " in str(shown.get("modelfile") or "")
    return template == "{{.Prompt}}" and not rendered and not info.thinks


def _size(entry: dict[str, Any]) -> int:
    size = entry.get("size")
    return size if isinstance(size, int) else 0

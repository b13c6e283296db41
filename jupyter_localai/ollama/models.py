"""Which chat models there are, and what each needs of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from ..errors import OllamaError, PrivacyError
from ..results.reports import ModelInfo, Models, Progress, Suggestion
from . import memory
from .server import Ollama, is_remote

_CACHE_BYTES = 2  # an element of the key-value cache: Ollama keeps it as float16 unless told otherwise
_LEAST_CONTEXT = 2048  # tokens: less holds no passages beside the rules and the answer
_USABLE = 0.8  # share of the memory that a model may take; the rest is for everything else that runs

SUGGESTED = "2026-11"
"""The month of the table below; newer families may suit better."""
# Name, family, download in GB as Ollama's library lists it, and the machine's memory in GB it is for.
_SUGGESTIONS = (
    ("llama3.2:3b", "Llama", 2.0, 8),
    ("qwen3:4b", "Qwen", 2.5, 8),
    ("gemma3:4b", "Gemma", 3.3, 8),
    ("phi4-mini:3.8b", "Phi", 2.5, 8),
    ("falcon3:3b", "Falcon", 2.0, 8),
    ("llama3.1:8b", "Llama", 4.9, 16),
    ("mistral:7b", "Mistral", 4.4, 16),
    ("qwen3:8b", "Qwen", 5.2, 16),
    ("qwen3.5:9b", "Qwen", 6.6, 16),
    ("falcon3:10b", "Falcon", 6.3, 16),
    ("gemma3:12b", "Gemma", 8.1, 16),
    ("mistral-small:24b", "Mistral", 14.0, 32),
    ("qwen3:14b", "Qwen", 9.3, 32),
    ("phi4:14b", "Phi", 9.1, 32),
    ("gemma3:27b", "Gemma", 17.0, 32),
)


def describe(ollama: Ollama, context_tokens: int) -> Models:
    """Return every installed model, and suggestions for machines with as much memory as this one.

    Parameters
    ----------
    ollama : Ollama
    context_tokens : int
        The largest context a model would be loaded with.

    Raises
    ------
    OllamaError
    """
    version = ollama.version()
    loaded = {str(entry.get("name")): entry for entry in ollama.loaded()}
    entries = [entry for entry in ollama.installed() if entry.get("name")]
    models = tuple(
        model_info(entry, _shown(ollama, entry), context_tokens, loaded.get(str(entry["name"]))) for entry in entries
    )
    ram, gpu = memory.memory_bytes(), memory.gpu_bytes()
    suited = suggestions(max(ram, gpu))
    return Models(ollama.address, version, ram, gpu, models, suited, ollama.cloud_is_off(), SUGGESTED)


def suggestions(memory: int) -> tuple[Suggestion, ...]:
    """Return models that suit a machine with so many bytes of memory; the smallest when it has very little."""
    sizes = sorted({size for *_, size in _SUGGESTIONS})
    gigabytes = memory / 1e9
    suited = max((size for size in sizes if size <= gigabytes * 1.05), default=sizes[0])
    return tuple(Suggestion(name, family, round(gb * 1e9)) for name, family, gb, size in _SUGGESTIONS if size == suited)


def pull(ollama: Ollama, name: str, stop: threading.Event | None = None) -> Iterator[Progress]:
    """Have Ollama download the model `name`; yield how far it is, over all its files.

    Raises
    ------
    PrivacyError
        ``cloud_model`` for a name of a model that answers from another machine.
    OllamaError
    """
    if is_remote({"name": name}):
        raise PrivacyError(
            f"{name!r} answers from another machine, so it is not used.",
            "Choose another: jupyter localai models lists some that suit this machine.",
            code="cloud_model",
        )
    sizes: dict[str, tuple[int, int]] = {}
    for report in ollama.pull(name, stop):
        if digest := str(report.get("digest") or ""):
            sizes[digest] = (_number(report.get("completed")), _number(report.get("total")))
        done, total = (sum(column) for column in zip(*sizes.values(), strict=True)) if sizes else (0, 0)
        yield Progress("pull", done, total or None, "bytes")


def _shown(ollama: Ollama, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        return ollama.show(str(entry["name"]), str(entry.get("digest") or ""))
    except OllamaError as error:
        if error.code != "ollama":
            raise
        return {}  # removed since it was listed, or broken: what the list says is all there is


def model_info(
    entry: dict[str, Any], shown: dict[str, Any], context_tokens: int, loaded: dict[str, Any] | None = None
) -> ModelInfo:
    """Return what is known of one model.

    Parameters
    ----------
    entry, shown, loaded : dict
        What ``/api/tags``, ``/api/show`` and, for a model in memory, ``/api/ps`` tell of it.
    context_tokens : int
        The largest context it would be loaded with.
    """
    name = str(entry["name"])
    details = {**_mapping(entry.get("details")), **_mapping(shown.get("details"))}
    info = _mapping(shown.get("model_info"))
    capabilities = shown.get("capabilities") or []  # the list says "completion" of embedding models, too
    remote = is_remote(entry) or is_remote(shown)
    size, most = _number(entry.get("size")), _part(info, "context_length")
    context, needed = _fitting(info, size, min(most or context_tokens, context_tokens))
    if loaded is not None:
        needed = _number(loaded.get("size")) or needed
    on_gpu = min(needed, memory.gpu_bytes()) if loaded is None else _number(loaded.get("size_vram"))
    return ModelInfo(
        name=name,
        family=str(details.get("family") or ""),
        parameters=str(details.get("parameter_size") or ""),
        quantisation=str(details.get("quantization_level") or ""),
        context_tokens=most,
        used_context_tokens=context,
        licence=_licence(shown.get("license")),
        bytes=size,
        memory_bytes=0 if remote else needed,
        gpu_bytes=0 if remote else on_gpu,
        fits=not remote and needed <= usable_bytes(),
        chats="completion" in capabilities if capabilities else "bert" not in str(details.get("family")),
        thinks="thinking" in capabilities,
        loaded=loaded is not None,
        remote=remote,
    )


def usable_bytes() -> int:
    """Return how much memory a chat model may take on this machine."""
    return max(int(memory.memory_bytes() * _USABLE), memory.gpu_bytes())


def _fitting(info: dict[str, Any], size: int, most: int) -> tuple[int, int]:
    """Return the largest context that fits the memory, halving from `most`, and what the model needs with it.

    It depends on the model and the machine alone, so that it stays the same: a change makes Ollama load the
    model again.
    """
    context = most
    while context > _LEAST_CONTEXT and size + cache_bytes(info, context) > usable_bytes():
        context = max(_LEAST_CONTEXT, context // 2)
    return context, size + cache_bytes(info, context)


def cache_bytes(info: dict[str, Any], tokens: int) -> int:
    """Return the size of the key-value cache for `tokens` of context.

    Per token and layer a key and a value for every key-value head: ``2 x layers x heads x width``
    elements (``/api/show`` has these as ``block_count``, ``attention.head_count_kv`` and
    ``attention.key_length``). An upper bound for models whose layers partly look at a window only.
    """
    heads = _part(info, "attention.head_count_kv") or _part(info, "attention.head_count")
    all_heads = _part(info, "attention.head_count")
    width = _part(info, "attention.key_length") or (_part(info, "embedding_length") // all_heads if all_heads else 0)
    return 2 * _part(info, "block_count") * heads * width * tokens * _CACHE_BYTES


def _part(info: dict[str, Any], name: str) -> int:
    """Return a number that stands under the architecture's name; for a value per layer the largest."""
    value = info.get(f"{info.get('general.architecture')}.{name}")
    return max(map(_number, value), default=0) if isinstance(value, list) else _number(value)


def _licence(text: object) -> str:
    """Return the licence's name: the first line that is not blank."""
    whole = "\n".join(map(str, text)) if isinstance(text, list) else str(text or "")
    return next((" ".join(line.split())[:80] for line in whole.splitlines() if line.strip()), "")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and value == value and 0 <= value < 1e18 else 0

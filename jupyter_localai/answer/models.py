"""Which chat models there are, and what each needs of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from ..errors import OllamaError, PrivacyError
from ..ollama import Ollama
from ..schema import ModelInfo, Models, Progress, Suggestion

CONTEXT_TOKENS = 8192
"""Context for which memory is estimated; a model with a smaller one is estimated at its own."""
_CACHE_BYTES = 2  # an element of the key-value cache: Ollama keeps it as float16 unless told otherwise
_USABLE = 0.8  # share of the memory that a model may take; the rest is for everything else that runs

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
    ("falcon3:10b", "Falcon", 6.3, 16),
    ("gemma3:12b", "Gemma", 8.1, 16),
    ("mistral-small:24b", "Mistral", 14.0, 32),
    ("qwen3:14b", "Qwen", 9.3, 32),
    ("phi4:14b", "Phi", 9.1, 32),
    ("gemma3:27b", "Gemma", 17.0, 32),
)


def describe(ollama: Ollama) -> Models:
    """Return every installed model, and suggestions for machines with as much memory as this one.

    Raises
    ------
    OllamaError
    """
    import psutil

    memory = int(psutil.virtual_memory().total)
    version = ollama.version()
    loaded = {str(entry.get("name")): _number(entry.get("size")) for entry in ollama.loaded()}
    models = tuple(_describe(ollama, entry, loaded, memory) for entry in ollama.installed() if entry.get("name"))
    return Models(ollama.address, version, memory, models, suggestions(memory))


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
    if _names_cloud(name):
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
        yield Progress("pull", done_bytes=done, total_bytes=total or None)


def _names_cloud(name: str) -> bool:
    return name.endswith(("-cloud", ":cloud"))


def _describe(ollama: Ollama, entry: dict[str, Any], loaded: dict[str, int], memory: int) -> ModelInfo:
    name = str(entry["name"])
    try:
        shown = ollama.show(name)
    except OllamaError as error:
        if error.code != "ollama":
            raise
        shown = {}  # removed since it was listed, or broken: what the list says is all there is
    details = {**_mapping(entry.get("details")), **_mapping(shown.get("details"))}
    info = _mapping(shown.get("model_info"))
    capabilities = shown.get("capabilities") or entry.get("capabilities") or []
    remote = bool(shown.get("remote_host") or entry.get("remote_host")) or _names_cloud(name)
    size = _number(entry.get("size"))
    context = _part(info, "context_length")
    needed = (
        0 if remote else loaded.get(name) or size + cache_bytes(info, min(context or CONTEXT_TOKENS, CONTEXT_TOKENS))
    )
    return ModelInfo(
        name=name,
        parameters=str(details.get("parameter_size") or ""),
        quantisation=str(details.get("quantization_level") or ""),
        context_tokens=context,
        licence=_licence(shown.get("license")),
        bytes=size,
        memory_bytes=needed,
        fits=not remote and needed <= memory * _USABLE,
        chats="completion" in capabilities if capabilities else "bert" not in str(details.get("family")),
        thinks="thinking" in capabilities,
        loaded=name in loaded,
        remote=remote,
    )


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

"""What the stand-in for Ollama answers to ``/api/embed``: the real server's shapes and errors."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np

DIMENSION = 24


def embedding_model(name: str = "all-minilm:latest", context: int = 512, **changes: Any) -> dict[str, Any]:
    """Return one embedding model, as `ollama.llama` returns a chat model."""
    details = {"format": "gguf", "family": "bert", "parameter_size": "23M", "quantization_level": "F16"}
    show = {
        "license": "Apache License",
        "details": details,
        "model_info": {"general.architecture": "bert", "bert.context_length": context},
        "capabilities": ["embedding"],
    }
    digest = hashlib.sha256(name.encode()).hexdigest()
    model = {"name": name, "model": name, "size": 46_000_000, "digest": digest, "details": details, "show": show}
    return {**model, **changes}


def answer(models: list[dict[str, Any]], body: dict[str, Any]) -> tuple[int, Any]:
    """Embed as a model would whose tokens are the words: texts that share words are similar.

    It is as strict as the server with ``truncate`` false; like the server's own, its vectors have unit length.
    """
    wanted = (body["model"], f"{body['model']}:latest")
    model = next((model for model in models if model["name"] in wanted), None)
    if model is None:
        return 404, {"error": f"model '{body['model']}' not found"}
    if "embedding" not in model["show"]["capabilities"]:
        return 501, {"error": "This server does not support embeddings. Start it with `--embeddings`"}
    info = model["show"]["model_info"]
    context = info[f"{info['general.architecture']}.context_length"]
    assert body["truncate"] is False
    if any(len(re.findall(r"\w+|[^\w\s]", text)) + 2 > context for text in body["input"]):
        return 400, {"error": "the input length exceeds the context length"}
    embedded = {"model": body["model"], "embeddings": [_vector(text) for text in body["input"]]}
    if not body["input"]:
        return 200, embedded
    tokens = sum(len(re.findall(r"\w+|[^\w\s]", text)) + 2 for text in body["input"])
    return 200, {**embedded, "total_duration": 2_000_000, "load_duration": 1_000_000, "prompt_eval_count": tokens}


def _vector(text: str) -> list[float]:
    total = np.full(DIMENSION, 1e-3)
    for word in re.findall(r"\w+", text.lower()):
        seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
        total += np.random.default_rng(seed).normal(size=DIMENSION)
    return [float(part) for part in total / np.linalg.norm(total)]

"""Engines of tests: small weights that they can load, and an end for those that are left."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from jupyter_localai.results.reports import Event
from jupyter_localai.service.client.async_client import AsyncClient
from jupyter_localai.service.protocol.ownership import is_held
from jupyter_localai.service.protocol.wire import Address

SHORT = "/tmp" if os.path.isdir("/tmp") else None
"""Where a folder for sockets has a short path; None for the system's folder for temporary files."""
_WIDTH, _LONGEST = 32, 128


def make_weights(folder: Path) -> Path:
    """Write a sentence-transformers folder with random weights, for tests that need no sensible meaning.

    Its tokens are characters and the vectors depend on which there are: equal texts are equal, texts with
    common words alike.
    """
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    folder.mkdir(parents=True)
    letters = [chr(code) for code in range(33, 127)]
    pairs = [a + b for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *pairs, *(f"##{piece}" for piece in (*letters, *pairs))]
    tokenizer = Tokenizer(WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": _WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 4 * _WIDTH,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "vocab_size": len(pieces),
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": _LONGEST}))
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(kinds.items())
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": _WIDTH, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    random = np.random.default_rng(1)

    def weight(*shape: int, size: float = 0.05) -> np.ndarray:
        return (random.normal(size=shape) * size).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": weight(len(pieces), _WIDTH, size=1.0),
        "embeddings.position_embeddings.weight": weight(512, _WIDTH, size=0.01),
        "embeddings.token_type_embeddings.weight": weight(2, _WIDTH, size=0.01),
    }
    shapes = {
        **{f"attention.self.{name}": (_WIDTH, _WIDTH) for name in ("query", "key", "value")},
        "attention.output.dense": (_WIDTH, _WIDTH),
        "intermediate.dense": (4 * _WIDTH, _WIDTH),
        "output.dense": (_WIDTH, 4 * _WIDTH),
    }
    for name, shape in shapes.items():
        tensors[f"encoder.layer.0.{name}.weight"] = weight(*shape)
        tensors[f"encoder.layer.0.{name}.bias"] = weight(shape[0])
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        tensors[f"{name}.LayerNorm.weight"] = np.ones(_WIDTH, np.float32)
        tensors[f"{name}.LayerNorm.bias"] = np.zeros(_WIDTH, np.float32)
    save_file(tensors, str(folder / "model.safetensors"))
    return folder


def end_engines(runtime: Path, seconds: float = 20) -> None:
    """End every engine that has its sockets below `runtime`, wait until it has, and remove the folder."""
    until = time.monotonic() + seconds
    while any(runtime.glob("localai-*")) and time.monotonic() < until:
        processes = running(runtime)
        if not processes:
            break  # what is left there was put there by a test
        for process in processes:
            _send(process, signal.SIGTERM)
        ended = time.monotonic() + 1
        while any(is_alive(process.pid) for process in processes) and time.monotonic() < ended:
            time.sleep(0.01)
    for process in running(runtime) if any(runtime.glob("localai-*")) else ():
        _send(process, signal.SIGKILL)
    shutil.rmtree(runtime, ignore_errors=True)


def kill_engines(runtime: Path) -> None:
    """Kill every engine and its gate; the engine first, which without its gate would end an answer with what it has."""
    for process in reversed(running(runtime)):
        _send(process, signal.SIGKILL)


def _send(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # an engine and its gate end by themselves when the other one does
        process.send_signal(number)


def running(runtime: Path) -> list[psutil.Process]:
    """Return the engines and gates that were started with that folder for their sockets."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        try:
            if "jupyter_localai.service" in words:
                if _is_engine_of(process, words, runtime):
                    found.append(process)
            elif "jupyter_localai.service.process.gate" in words and _is_gate_of(process, runtime):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _is_engine_of(process: psutil.Process, words: list[str], runtime: Path) -> bool:
    try:
        return process.environ().get("XDG_RUNTIME_DIR") == str(runtime)
    except psutil.AccessDenied:  # it is closed to all but root; its connection file tells
        address = Address.read(Path(words[words.index("--store") + 1])) if "--store" in words else None
        folder = address.runtime() if address is not None and address.pid == process.pid else None
        return folder is not None and folder.parent == runtime


def _is_gate_of(process: psutil.Process, runtime: Path) -> bool:
    try:
        return process.environ().get("XDG_RUNTIME_DIR") == str(runtime)
    except psutil.AccessDenied:
        return any(_is_engine_of(child, child.cmdline(), runtime) for child in process.children())


def wait_until(condition, seconds: float = 60) -> None:
    """Wait for something that happens in another process or thread."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def wait_for_end(store: Path, seconds: float = 60) -> None:
    """Wait until no process holds the store."""
    wait_until(lambda: not is_held(store), seconds)


def is_alive(pid: int) -> bool:
    """Whether a process runs, zombies not counted."""
    try:
        os.kill(pid, 0)
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


class Awaited:
    """An `AsyncClient` that is called like a `Client`, each call in an event loop of its own."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *arguments, **keywords: asyncio.run(method(*arguments, **keywords))

    def stream(self, *arguments: Any, **keywords: Any) -> Iterator[Event]:
        events = self._client.stream(*arguments, **keywords)
        loop = asyncio.new_event_loop()
        try:
            while True:
                try:
                    yield loop.run_until_complete(anext(events))
                except StopAsyncIteration:
                    return
        finally:
            loop.run_until_complete(events.aclose())
            loop.close()

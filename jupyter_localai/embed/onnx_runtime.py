"""BERT-shaped models on ONNX Runtime, straight from their safetensors file.

Most small embedding models, the default one included, are plain BERT encoders with mean or
first-token pooling, and most small cross-encoders are such encoders with a classifier. For
these the graph is written here out of ONNX Runtime's fused operators. It gives the numbers of
sentence-transformers to the sixth digit, is faster on a CPU without bfloat16, and starts in a
tenth of the time because nothing imports torch. Both libraries behind it come with chromadb
and sentence-transformers anyway, `onnx` excepted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EmbedderError
from ..privacy import guard
from . import weights
from .tokenizer import Tokenizer, batches

_FUSED = "com.microsoft"  # ONNX Runtime's own operators, documented in its ContribOperators.md


def supports(folder: Path) -> bool:
    """Whether the model in `folder` is one that `OnnxRuntime` computes exactly."""
    try:
        _pooling(folder)
        return _is_plain(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def supports_pairs(folder: Path) -> bool:
    """Whether the model in `folder` is a cross-encoder that `OnnxPairs` computes exactly."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return _is_plain(config) and config["architectures"] == ["BertForSequenceClassification"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_plain(config: dict[str, Any]) -> bool:
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
    )


class OnnxRuntime:
    """Computes vectors with ONNX Runtime.

    Parameters
    ----------
    folder : Path
        A model for which `supports` is true.
    tokenizer : Tokenizer
        The model's.
    threads : int
        CPU threads.

    Raises
    ------
    EmbedderError
        ``weights_unusable`` when the weights do not fit the configuration.
    """

    def __init__(self, folder: Path, tokenizer: Tokenizer, threads: int) -> None:
        self._tokenizer = tokenizer
        self._first_token = _pooling(folder) == "cls"
        self._kept = weights.kept_dimensions(folder)
        self._session = _session(folder, threads, "embedding model")

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dimension) float32 vectors of unit length."""
        numbers = self._tokenizer.numbers(texts)
        parts: list[tuple[list[int], npt.NDArray[np.float32]]] = []
        for batch in batches([len(row) for row in numbers]):
            ids = np.zeros((len(batch), len(numbers[batch[0]])), dtype=np.int32)
            mask = np.zeros_like(ids)
            for row, index in enumerate(batch):
                ids[row, : len(numbers[index])] = numbers[index]
                mask[row, : len(numbers[index])] = 1
            hidden = self._session.run(None, {"ids": ids, "mask": mask})[0]
            pooled = hidden[:, 0] if self._first_token else np.einsum("bsh,bs->bh", hidden, mask.astype(np.float32))
            pooled = pooled[:, : self._kept]
            parts.append((batch, pooled / np.linalg.norm(pooled, axis=1, keepdims=True)))
        vectors = np.empty((len(texts), parts[0][1].shape[1] if parts else 0), dtype=np.float32)
        for batch, rows in parts:
            vectors[batch] = rows
        return vectors


class OnnxPairs:
    """Reads two texts together with a cross-encoder for which `supports_pairs` is true; otherwise as `OnnxRuntime`."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, threads: int) -> None:
        from safetensors.numpy import load_file

        self._tokenizer = tokenizer
        self._session = _session(folder, threads, "reranker", pairs=True)
        names = ("bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias")
        tensors = load_file(folder / "model.safetensors")
        if missing := [name for name in names if name not in tensors]:
            raise _unusable(folder, "reranker") from KeyError(missing[0])
        self._pool, self._pool_bias, self._weigh, self._weigh_bias = (tensors[name] for name in names)

    def score(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts),) logits, of the last class where there are several."""
        pairs = self._tokenizer.pairs(query, texts)
        scores = np.empty(len(texts), np.float32)
        for batch in batches([len(numbers) for numbers, _ in pairs]):
            ids = np.zeros((len(batch), len(pairs[batch[0]][0])), dtype=np.int32)
            segments, mask = np.zeros_like(ids), np.zeros_like(ids)
            for row, index in enumerate(batch):
                numbers, of_second = pairs[index]
                ids[row, : len(numbers)], segments[row, : len(numbers)] = numbers, of_second
                mask[row, : len(numbers)] = 1
            first = self._session.run(None, {"ids": ids, "mask": mask, "segments": segments})[0][:, 0]
            pooled = np.tanh(first @ self._pool.T + self._pool_bias)
            scores[batch] = (pooled @ self._weigh.T + self._weigh_bias)[:, -1]
        return scores


def _session(folder: Path, threads: int, kind: str, pairs: bool = False) -> Any:
    guard.stay_offline()  # what it reports about itself, and where it does, is settled when it is imported
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the processor alone
    try:
        return onnxruntime.InferenceSession(_graph(folder, pairs), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # safetensors and ONNX Runtime raise kinds of their own
        raise _unusable(folder, kind) from error


def _unusable(folder: Path, kind: str) -> EmbedderError:
    return EmbedderError(
        f"The {kind} in {folder} cannot be loaded.", "Install the weights again.", code="weights_unusable"
    )


def _pooling(folder: Path) -> str:
    """Return ``mean`` or ``cls``; ValueError for anything else."""
    modules = [
        module["type"].rsplit(".", 1)[-1]
        for module in json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    ]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise ValueError(modules)
    settings = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    if settings.get("include_prompt") is False:
        raise ValueError("the prefix is left out of the mean")
    modes = [name for name, value in settings.items() if name.startswith("pooling_mode_") and value is True]
    if modes == ["pooling_mode_mean_tokens"] or settings.get("pooling_mode") == "mean":
        return "mean"
    if modes == ["pooling_mode_cls_token"] or settings.get("pooling_mode") == "cls":
        return "cls"
    raise ValueError(modes)


def _graph(folder: Path, pairs: bool = False) -> bytes:
    """Return the encoder as a serialised ONNX model: ``ids`` and ``mask`` in, hidden states out.

    With `pairs`, ``segments`` say which tokens are of the second text; else all are of the first.
    """
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = {name.removeprefix("bert."): value for name, value in load_file(folder / "model.safetensors").items()}
    stored: list[Any] = []
    nodes: list[Any] = []

    def weight(name: str, value: npt.NDArray[Any] | None = None) -> str:
        array = tensors[name] if value is None else value
        stored.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
        return name

    def matrix(name: str) -> str:
        return weight(f"{name}.weight", tensors[f"{name}.weight"].T)

    def node(operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> str:
        nodes.append(
            helper.make_node(operator, inputs, outputs, domain="" if operator == "MatMul" else _FUSED, **attributes)
        )
        return outputs[0]

    def norm(inner: str, residual: str, layer: str, output: str) -> str:
        inputs = [
            inner,
            residual,
            weight(f"{layer}.LayerNorm.weight"),
            weight(f"{layer}.LayerNorm.bias"),
            weight(f"{layer}.dense.bias"),
        ]
        return node("SkipLayerNormalization", inputs, [output], epsilon=epsilon)

    epsilon = float(config["layer_norm_eps"])
    positions, of_segments = (tensors[f"embeddings.{kind}_embeddings.weight"] for kind in ("position", "token_type"))
    if not pairs:  # every text is of segment 0, whose vector is therefore part of each position's
        positions = positions + of_segments[0]
    embeddings = ["ids", "segments" if pairs else "", weight("embeddings.word_embeddings.weight")]
    embeddings += [weight("positions", positions), weight("segment", of_segments) if pairs else ""]
    embeddings += [weight("embeddings.LayerNorm.weight"), weight("embeddings.LayerNorm.bias"), "mask"]
    state = node("EmbedLayerNormalization", embeddings, ["embedded", "lengths"], epsilon=epsilon)
    for number in range(int(config["num_hidden_layers"])):
        layer = f"encoder.layer.{number}"
        parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
        joined = weight(f"{layer}.qkv", np.concatenate([tensors[f"{part}.weight"].T for part in parts], axis=1))
        bias = weight(f"{layer}.qkv.bias", np.concatenate([tensors[f"{part}.bias"] for part in parts]))
        attended = node(
            "Attention",
            [state, joined, bias, "lengths"],
            [f"{layer}.attended"],
            num_heads=int(config["num_attention_heads"]),
        )
        projected = node("MatMul", [attended, matrix(f"{layer}.attention.output.dense")], [f"{layer}.projected"])
        middle = norm(projected, state, f"{layer}.attention.output", f"{layer}.middle")
        wide = node("MatMul", [middle, matrix(f"{layer}.intermediate.dense")], [f"{layer}.wide"])
        active = node("BiasGelu", [wide, weight(f"{layer}.intermediate.dense.bias")], [f"{layer}.active"])
        narrow = node("MatMul", [active, matrix(f"{layer}.output.dense")], [f"{layer}.narrow"])
        state = norm(narrow, middle, f"{layer}.output", f"{layer}.state")
    shape = ["batch", "tokens"]
    names = ("ids", "mask", "segments") if pairs else ("ids", "mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, shape) for name in names]
    output = helper.make_tensor_value_info(state, TensorProto.FLOAT, [*shape, int(config["hidden_size"])])
    graph = helper.make_graph(nodes, "encoder", inputs, [output], stored)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())

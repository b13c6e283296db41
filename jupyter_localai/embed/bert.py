"""BERT-shaped models straight from their safetensors file, as a graph that two runtimes compute.

Most small embedding models, the default one included, are plain BERT encoders with mean or
first-token pooling, and most small cross-encoders are such encoders with a classifier. For
these the graph is written here out of ONNX Runtime's fused operators, which OpenVINO knows, too.

The table of word vectors is half of a small model, and a batch needs a few rows of it. It is
therefore no part of the graph: its rows are read from the file, which is mapped into memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EmbedderError
from . import weights
from .tokenizer import batches

Array = npt.NDArray[np.float32]
Compute = Callable[[Array, npt.NDArray[np.int32]], Array]
"""(texts, tokens, hidden) sums of embeddings and the length of each text, to hidden states of the same shape."""

_FUSED = "com.microsoft"  # ONNX Runtime's own operators, documented in its ContribOperators.md
_SAFETENSORS_TYPES = {"F32": "<f4", "F16": "<f2"}


def supports(folder: Path) -> bool:
    """Whether the model in `folder` is one that `Bert` computes exactly."""
    try:
        _pooling(folder)
        return _is_plain(_config(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def supports_pairs(folder: Path) -> bool:
    """Whether the model in `folder` is a cross-encoder whose encoder `Bert` computes exactly."""
    try:
        config = _config(folder)
        return _is_plain(config) and config["architectures"] == ["BertForSequenceClassification"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


def _is_plain(config: dict[str, Any]) -> bool:
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
    )


class Bert:
    """The encoder in a folder for which `supports` or `supports_pairs` is true.

    Parameters
    ----------
    folder : Path
        sentence-transformers weights.
    kind : str
        What it is called in an error.
    step : int
        Texts are filled up to a multiple of so many tokens.

    Raises
    ------
    EmbedderError
        ``weights_unusable`` when the weights do not fit the configuration.
    """

    def __init__(self, folder: Path, kind: str, step: int = 1) -> None:
        self._folder = folder
        self._kind = kind
        self._step = step
        try:
            self._words, positions, segments = (
                self.tensor(f"embeddings.{table}_embeddings.weight") for table in ("word", "position", "token_type")
            )
        except Exception as error:  # safetensors raises kinds of its own
            raise self.unusable() from error
        self._positions, self._segments = np.array(positions, np.float32), np.array(segments, np.float32)

    def unusable(self) -> EmbedderError:
        """Return the error for weights that cannot be loaded."""
        return EmbedderError(
            f"The {self._kind} in {self._folder} cannot be loaded.",
            "Install the weights again.",
            code="weights_unusable",
        )

    def tensor(self, name: str) -> npt.NDArray[Any]:
        """Return a tensor of the file, which stays there until it is read.

        Raises
        ------
        KeyError
        """
        return _tensors(self._folder / "model.safetensors")[name]

    def embedded(self, rows: Sequence[Sequence[int]], segments: Sequence[Sequence[int]] | None = None) -> Array:
        """Return (texts, tokens, hidden) sums of the embeddings of words, positions and segments.

        Without `segments` every token is of the first; shorter texts are filled up with zeros.
        """
        longest = -(-max(map(len, rows)) // self._step) * self._step
        sums = np.zeros((len(rows), longest, self._positions.shape[1]), np.float32)
        for text, numbers in enumerate(rows):
            part = sums[text, : len(numbers)]
            np.add(self._words[numbers], self._positions[: len(numbers)], out=part)
            part += self._segments[0] if segments is None else self._segments[segments[text]]
        return sums

    def hidden(
        self, compute: Compute, rows: Sequence[Sequence[int]], segments: Sequence[Sequence[int]] | None = None
    ) -> Array:
        """Return the hidden states of some texts, as `compute` makes them of `embedded`."""
        return compute(self.embedded(rows, segments), np.array([len(numbers) for numbers in rows], np.int32))

    def vectors(self, compute: Compute, numbers: Sequence[Sequence[int]]) -> Array:
        """Return (len(numbers), dimension) vectors of unit length of texts, given as the numbers of their tokens."""
        first_token = _pooling(self._folder) == "cls"
        kept = weights.kept_dimensions(self._folder) or self._positions.shape[1]
        vectors = np.empty((len(numbers), kept if numbers else 0), np.float32)
        for batch in batches([len(row) for row in numbers]):
            hidden = self.hidden(compute, [numbers[index] for index in batch])
            for index, states in zip(batch, hidden, strict=True):
                pooled = states[0] if first_token else states[: len(numbers[index])].sum(axis=0)
                vectors[index] = pooled[:kept] / np.linalg.norm(pooled[:kept])
        return vectors

    def graph(self) -> bytes:
        """Return the encoder as a serialised ONNX model: ``embedded`` and ``lengths`` in, ``hidden`` out.

        Raises
        ------
        EmbedderError
            ``weights_unusable``.
        """
        try:
            return self._graph(_config(self._folder))
        except (KeyError, ValueError, TypeError) as error:
            raise self.unusable() from error

    def _graph(self, config: dict[str, Any]) -> bytes:
        from onnx import ModelProto, TensorProto, helper

        model = ModelProto(ir_version=8, opset_import=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)])
        graph = model.graph
        graph.name = "encoder"
        tensors = _tensors(self._folder / "model.safetensors")  # unmapped with the last of them
        epsilon = float(config["layer_norm_eps"])
        size, heads = int(config["hidden_size"]), int(config["num_attention_heads"])

        def weight(name: str, value: npt.NDArray[Any] | None = None) -> str:
            array = np.asarray(tensors[name] if value is None else value, np.float32)
            graph.initializer.add(  # at once in its place: ONNX's helpers copy every weight four times
                name=name, data_type=TensorProto.FLOAT, dims=array.shape, raw_data=array.tobytes()
            )
            return name

        def matrix(name: str) -> str:
            return weight(f"{name}.weight", tensors[f"{name}.weight"].T)

        def node(operator: str, inputs: list[str], output: str, domain: str = _FUSED, **attributes: Any) -> str:
            graph.node.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
            return output

        def norm(inner: str, residual: str, layer: str, output: str) -> str:
            scales = [weight(f"{layer}.LayerNorm.{part}") for part in ("weight", "bias")]
            inputs = [inner, residual, *scales, weight(f"{layer}.dense.bias")]
            return node("SkipLayerNormalization", inputs, output, epsilon=epsilon)

        scales = [weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        state = node("LayerNormalization", ["embedded", *scales], "first", "", epsilon=epsilon, axis=-1)
        for number in range(int(config["num_hidden_layers"])):
            layer = f"encoder.layer.{number}"
            parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
            joined = np.concatenate([tensors[f"{part}.weight"].T for part in parts], axis=1)
            bias = np.concatenate([tensors[f"{part}.bias"] for part in parts])
            inputs = [state, weight(f"{layer}.qkv", joined), weight(f"{layer}.qkv.bias", bias), "lengths"]
            attended = node("Attention", inputs, f"{layer}.attended", num_heads=heads)
            output = matrix(f"{layer}.attention.output.dense")
            projected = node("MatMul", [attended, output], f"{layer}.projected", "")
            middle = norm(projected, state, f"{layer}.attention.output", f"{layer}.middle")
            wide = node("MatMul", [middle, matrix(f"{layer}.intermediate.dense")], f"{layer}.wide", "")
            active = node("BiasGelu", [wide, weight(f"{layer}.intermediate.dense.bias")], f"{layer}.active")
            narrow = node("MatMul", [active, matrix(f"{layer}.output.dense")], f"{layer}.narrow", "")
            state = norm(narrow, middle, f"{layer}.output", f"{layer}.state")
        shape = ["batch", "tokens", size]
        graph.input.add().CopyFrom(helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape))
        graph.input.add().CopyFrom(helper.make_tensor_value_info("lengths", TensorProto.INT32, shape[:1]))
        graph.output.add().CopyFrom(helper.make_tensor_value_info(state, TensorProto.FLOAT, shape))
        return bytes(model.SerializeToString())


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


def _tensors(file: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a safetensors file, mapped into memory; names without ``bert.`` before them."""
    from safetensors import safe_open

    with safe_open(file, framework="numpy"):
        pass  # it has checked that the header fits the file
    with open(file, "rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        header = json.loads(handle.read(length))
    content = np.memmap(file, np.uint8, "r", offset=8 + length)
    found = {}
    for name, told in header.items():
        if name != "__metadata__" and told["dtype"] in _SAFETENSORS_TYPES:
            start, end = told["data_offsets"]
            part = content[start:end]
            found[name.removeprefix("bert.")] = part.view(_SAFETENSORS_TYPES[told["dtype"]]).reshape(told["shape"])
    return found

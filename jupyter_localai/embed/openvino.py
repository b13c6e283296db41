"""Plain BERT models on OpenVINO, in bfloat16: for many texts, where the processor multiplies it natively.

Its vectors are those of `onnx_runtime` to a cosine of 0.9999, in half of the time.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EmbedderError
from .bert import Bert
from .tokenizer import Tokenizer

_STEP, _SHAPES_KEPT = 8, 64
"""Lengths are multiples of the one, and so many shapes of a batch are remembered: each takes 0.6 MB, and 5,000 would
be by default."""


def is_installed() -> bool:
    """Whether OpenVINO is there, and not only a folder of that name; it is for Linux on x86-64."""
    spec = importlib.util.find_spec("openvino")
    return spec is not None and spec.origin is not None


class OpenVinoRuntime:
    """Computes vectors with OpenVINO, one call at a time; otherwise as `onnx_runtime.OnnxRuntime`.

    Raises
    ------
    EmbedderError
        ``no_bfloat16`` when OpenVINO is not there or refuses, ``weights_unusable``.
    """

    def __init__(self, folder: Path, tokenizer: Tokenizer, threads: int) -> None:
        self._tokenizer = tokenizer
        self._bert = Bert(folder, "embedding model", _STEP)
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # other programs use the cores, too
            "CPU_RUNTIME_CACHE_CAPACITY": _SHAPES_KEPT,
        }
        graph = self._bert.graph()
        try:
            core = _library().Core()
            compiled = core.compile_model(core.read_model(graph), "CPU", settings)
            self._request: Any = compiled.create_infer_request()
        except (ImportError, RuntimeError) as error:
            raise EmbedderError(
                f"OpenVINO, which embeds in bfloat16, cannot be used here ({type(error).__name__}).",
                "Set precision to auto, or install it: pip install openvino.",
                code="no_bfloat16",
            ) from error

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dimension) float32 vectors of unit length."""
        return self._bert.vectors(self._compute, self._tokenizer.numbers(texts))

    def _compute(self, embedded: npt.NDArray[np.float32], lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        given = {"embedded": embedded, "lengths": lengths}
        hidden: npt.NDArray[np.float32] = self._request.infer(given, share_inputs=True, share_outputs=True)[0]
        return hidden


def _library() -> Any:
    """Return OpenVINO, imported so that it reports to nobody.

    Only its converters report their use, through a package that is then not to be had: they have a stand-in for it.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino

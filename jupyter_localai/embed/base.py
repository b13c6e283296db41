"""Texts in, unit vectors out, by the fastest way on this machine that gives the same vectors.

A plain BERT goes through ONNX Runtime, which is there in under a second. A large number of texts goes through
OpenVINO where the processor multiplies bfloat16 natively, and through sentence-transformers where there is a GPU.
A model that is not a plain BERT always goes through sentence-transformers; nothing else imports torch.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import EmbedderError
from ..text import language
from . import bert, openvino, precision, prefixes
from .onnx_runtime import OnnxRuntime
from .openvino import OpenVinoRuntime
from .tokenizer import Tokenizer
from .torch import TorchRuntime
from .weights import Weights, kept_dimensions

_log = logging.getLogger(__name__)
Array = npt.NDArray[np.float32]

_MANY = 200
"""Texts from which loading another runtime can pay for itself."""
_FEW = 8
"""Texts that always go through ONNX Runtime where it can: a question must not wait for documents that are
being embedded, nor for another runtime to load."""


class Embedder(Protocol):
    """What the index needs of an embedding model."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str:
        """Identifies the vectors: equal fingerprints may share one collection."""

    @property
    def max_tokens(self) -> int:
        """Tokens of one text that the model reads, special tokens not counted."""

    def token_starts(self, text: str) -> Sequence[int]:
        """Return the offset in `text` of each of the model's tokens, ascending."""

    def reads(self, text: str) -> bool:
        """Whether the model was made for the language of `text`, as far as that can be told."""

    def embed(self, texts: Sequence[str], coming: int = 0) -> Array:
        """Return (len(texts), dimension) float32 vectors of unit length, of texts to be searched.

        `coming` says how many more texts will follow at once, for choosing how to compute.
        """

    def embed_query(self, text: str) -> Array:
        """Return the (dimension,) float32 vector of unit length to search with."""


class LocalEmbedder:
    """An `Embedder` over a folder of sentence-transformers weights.

    Parameters
    ----------
    weights : Weights
        Where the model is.
    device, precision : str
        As in `config.Config`. A choice other than ``auto`` is always obeyed.
    threads : int
        CPU threads; 0 takes three quarters of the cores and at least two.

    Raises
    ------
    EmbedderError
        From the first use, when the folder does not hold a usable model.
    """

    def __init__(self, weights: Weights, device: str = "auto", precision: str = "auto", threads: int = 0) -> None:
        self._weights = weights
        self._device = device
        self._precision = precision
        self._threads = threads or usual_threads()
        self._tokenizer = Tokenizer(weights.folder)
        self._prefixes = prefixes.of_folder(weights.folder)
        self._lock = threading.RLock()
        self._onnx_lock = threading.Lock()
        self._onnx: OnnxRuntime | None = None
        self._openvino: OpenVinoRuntime | None = None
        self._torch: TorchRuntime | None = None
        self._lacks_torch = False

    @property
    def name(self) -> str:
        return self._weights.name

    @property
    def fingerprint(self) -> str:
        return self._prefixes.fingerprint(self._weights.sha256, kept_dimensions(self._weights.folder))

    @property
    def files(self) -> str:
        return self._weights.files_sha256

    @property
    def max_tokens(self) -> int:
        return self._tokenizer.longest - 2 - len(self._tokenizer.starts(self._prefixes.document))

    def token_starts(self, text: str) -> list[int]:
        return self._tokenizer.starts(text)

    def reads(self, text: str) -> bool:
        return language.reads(text, self._tokenizer.whole_words)

    def embed(self, texts: Sequence[str], coming: int = 0) -> Array:
        return self._embed(self._prefixes.document, texts, coming)

    def embed_query(self, text: str) -> Array:
        vector: Array = self._embed(self._prefixes.query, [text], 0)[0]
        return vector

    def _embed(self, prefix: str, texts: Sequence[str], coming: int) -> Array:
        is_plain = bert.supports(self._weights.folder)
        count = len(texts) + coming
        prefixed = [prefix + text for text in texts]
        if is_plain and count <= _FEW and self._device not in ("cuda", "mps"):
            return self._onnx_runtime().embed(prefixed)
        with self._lock:
            if not is_plain or self._has_gpu(count):
                arithmetic = "float32" if self._precision == "auto" else self._precision
                try:
                    return self._torch_runtime().embed(texts, arithmetic, prefix)
                except RuntimeError as error:  # such as when a chat model has taken the GPU's memory
                    if not is_plain or self._device != "auto":
                        raise
                    _log.warning("the GPU does not embed (%s); the processor does", type(error).__name__)
            if self._takes_bfloat16(count):
                return self._openvino_runtime().embed(prefixed)
            return self._onnx_runtime().embed(prefixed)

    def _has_gpu(self, count: int) -> bool:
        """Whether so many texts are for a GPU; torch is imported to ask for one only where there may be one."""
        if self._device != "auto":
            return self._device != "cpu"
        if self._lacks_torch or not _may_have_gpu() or (self._torch is None and count < _MANY):
            return False
        try:
            return self._torch_runtime().device != "cpu"
        except (ImportError, OSError, EmbedderError) as error:  # where a library of the system is missing
            _log.warning("torch cannot be used (%s)", type(error).__name__)
            self._lacks_torch = True
            return False

    def _takes_bfloat16(self, count: int) -> bool:
        if self._precision == "float32" or (self._openvino is None and count < _MANY):
            return False
        if self._precision == "bfloat16":
            return True
        if not (precision.has_bfloat16() and openvino.is_installed()):
            return False
        rough, exact = self._openvino_runtime, self._onnx_runtime
        chosen = precision.choose(
            self.fingerprint, self._threads, lambda few: exact().embed(few), lambda few: rough().embed(few)
        )
        if chosen == "float32":
            self._openvino = None
        return chosen == "bfloat16"

    def _onnx_runtime(self) -> OnnxRuntime:
        with self._onnx_lock:
            if self._onnx is None:
                self._onnx = OnnxRuntime(self._weights.folder, self._tokenizer, self._threads)
            return self._onnx

    def _openvino_runtime(self) -> OpenVinoRuntime:
        if self._openvino is None:
            self._openvino = OpenVinoRuntime(self._weights.folder, self._tokenizer, self._threads)
        return self._openvino

    def _torch_runtime(self) -> TorchRuntime:
        if self._torch is None:
            self._torch = TorchRuntime(self._weights.folder, self._tokenizer, self._device, self._threads)
        return self._torch


def usual_threads() -> int:
    """Return how many threads a model may take: three quarters of the cores and at least two."""
    return max(2, (os.cpu_count() or 2) * 3 // 4)


def _may_have_gpu() -> bool:
    """Whether it is worth importing torch to ask it for a GPU."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or Path("/dev/nvidiactl").exists() or Path("/dev/kfd").exists() or platform.system() == "Windows"

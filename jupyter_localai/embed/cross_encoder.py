"""A reranker: a cross-encoder reads a query and a passage together and says how well they fit.

That is slower by far than a cosine, so it is asked of the few best passages only. None comes with this package.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..config import Config
from ..errors import EmbedderError
from . import bert, weights
from .base import usual_threads
from .onnx_runtime import OnnxPairs
from .tokenizer import Tokenizer
from .torch import TorchPairs

Scores = npt.NDArray[np.float64]


class CrossEncoder:
    """A cross-encoder in sentence-transformers' format, loaded at once.

    Raises
    ------
    EmbedderError
        ``no_weights`` and others of `weights.find`; ``not_a_reranker``, ``weights_unusable``, ``needs_code``.
    """

    def __init__(self, name: str, threads: int) -> None:
        found = weights.find(name)
        if not weights.is_cross_encoder(found.folder):
            raise EmbedderError(
                f"{found.name} is not a cross-encoder.",
                "Name a cross-encoder of sentence-transformers in the setting reranker.",
                code="not_a_reranker",
            )
        threads = threads or usual_threads()
        if bert.supports_pairs(found.folder):
            self._pairs: OnnxPairs | TorchPairs = OnnxPairs(found.folder, Tokenizer(found.folder), threads)
        else:
            self._pairs = TorchPairs(found.folder, threads)
        self._pairs.score("", [""])  # whatever is wrong with its files shows now, and not in a search

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """Return (len(texts),) numbers: the higher, the better a text fits; finite."""
        return np.nan_to_num(self._pairs.score(query, texts).astype(np.float64))


class Rerankers:
    """The reranker that the setting names, loaded once; also why it could not be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: tuple[tuple[object, ...], CrossEncoder | EmbedderError] | None = None

    def get(self, config: Config) -> CrossEncoder | None:
        """Return the reranker, None where none is set.

        Raises
        ------
        EmbedderError
            As `CrossEncoder`.
        """
        if not config.reranker:
            return None
        key = (config.reranker, config.threads)
        with self._lock:
            if self._loaded is None or self._loaded[0] != key:
                try:
                    self._loaded = key, CrossEncoder(config.reranker, config.threads)
                except EmbedderError as error:
                    self._loaded = key, error
            found = self._loaded[1]
        if isinstance(found, EmbedderError):
            raise found
        return found

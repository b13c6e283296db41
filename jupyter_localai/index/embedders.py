"""Embedding models in memory, shared by all who ask for the same one."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ..config import Config
from . import weights
from .embed import Embedder, LocalEmbedder

_KEPT = 2  # an embedding model takes hundreds of megabytes; two are needed while switching from one to another


class Embedders:
    """Loads each model once, and keeps those that were used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[object, ...], Embedder] = OrderedDict()

    def get(self, config: Config) -> Embedder:
        """Return the embedding model of these settings.

        Raises
        ------
        EmbedderError
        """
        key = (config.embedder, config.device, config.precision, config.threads)
        with self._lock:
            if key not in self._loaded:
                found = weights.find(config.embedder)
                self._loaded[key] = LocalEmbedder(found, config.device, config.precision, config.threads)
            self._loaded.move_to_end(key)
            while len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
            return self._loaded[key]

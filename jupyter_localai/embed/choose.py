"""The embedding model that the setting `embedder` names, shared by all requests for it."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ..config import OLLAMA_EMBEDDER, Config
from . import weights
from .base import Embedder, LocalEmbedder
from .ollama import OllamaEmbedder

_KEPT = 2  # an embedding model takes hundreds of megabytes; two are needed while switching from one to another


class Embedders:
    """Loads each model once, and keeps those that were used last.

    Parameters
    ----------
    ollama_socket : str, optional
        Path of a Unix socket that leads to Ollama.
    fixed : Embedder, optional
        Takes the place of every configured model; tests bring their own.
    """

    def __init__(self, ollama_socket: str | None = None, fixed: Embedder | None = None) -> None:
        self.ollama_socket = ollama_socket
        self._fixed = fixed
        self._lock = threading.Lock()
        self._loaded: OrderedDict[tuple[object, ...], Embedder] = OrderedDict()

    def get(self, config: Config) -> Embedder:
        """Return the embedding model of these settings, as `open_embedder` does."""
        if self._fixed is not None:
            return self._fixed
        server = (config.ollama_host, config.allow_hosts, config.allow_users)
        key = (config.embedder, config.device, config.precision, config.threads, *server)
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = open_embedder(config, self.ollama_socket)
            self._loaded.move_to_end(key)
            while len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
            return self._loaded[key]


def open_embedder(config: Config, ollama_socket: str | None = None) -> Embedder:
    """Return the configured embedding model; it is loaded when first used.

    Parameters
    ----------
    config : Config
        ``ollama:NAME`` as its embedder is a model served by Ollama, anything else weights on this machine.
    ollama_socket : str, optional
        Path of a Unix socket that leads to Ollama.

    Raises
    ------
    EmbedderError
        ``no_weights``, ``weights_altered``; ``embedder`` when no name stands behind ``ollama:``.
    PrivacyError
        ``host_refused`` for an Ollama on another machine.
    """
    if config.embedder.startswith(OLLAMA_EMBEDDER):
        model = config.embedder.removeprefix(OLLAMA_EMBEDDER)
        return OllamaEmbedder(model, config.ollama_host, config.allow_hosts, config.allow_users, ollama_socket)
    return LocalEmbedder(weights.find(config.embedder), config.device, config.precision, config.threads)

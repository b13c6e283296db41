"""Which embedding model: the one that the setting `embedder` names."""

from __future__ import annotations

from ..config import Config
from . import weights
from .embed import Embedder, LocalEmbedder
from .embed_ollama import SCHEME, OllamaEmbedder


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
    if config.embedder.startswith(SCHEME):
        model = config.embedder.removeprefix(SCHEME)
        return OllamaEmbedder(model, config.ollama_host, config.allow_hosts, ollama_socket)
    return LocalEmbedder(weights.find(config.embedder), config.device, config.precision, config.threads)

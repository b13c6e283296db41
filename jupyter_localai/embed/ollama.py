"""Embedding models that Ollama serves on this machine.

Ollama tells neither a model's tokens nor how many a text has. So the size of a text is estimated,
chunks are kept to half of what the model reads, and a text that is too long all the same is embedded
in parts: nothing of it is left out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..config import OLLAMA_EMBEDDER
from ..errors import EmbedderError, OllamaError, PrivacyError
from ..ollama.server import Ollama, is_remote
from . import prefixes
from .base import Array

_AT_ONCE = 32  # texts in one request: a Ctrl-C waits no longer than for these
_READ_TOKENS = 512
"""Ollama's default batch (``num_batch``). Some versions refuse a longer text whatever the model reads."""
_SHORTEST_PART = 32  # characters; what refuses these does not refuse them for their length
_PIECE = re.compile(r"[A-Z]{0,2}[a-z]{1,4}|[A-Z]{1,2}|\S")


@dataclasses.dataclass(frozen=True)
class _Model:
    digest: str
    read_tokens: int


class OllamaEmbedder:
    """An `Embedder` over Ollama's ``/api/embed``.

    Parameters
    ----------
    model : str
        Its name in Ollama, with or without a tag.
    host, allowed, users, socket
        As `ollama.Ollama` takes them.

    Raises
    ------
    EmbedderError
        At once without a `model`. From the first use: ``ollama_absent``, ``unknown_model``,
        ``not_embedding``; from `embed`, ``embed_failed`` and ``embedder_changed``.
    PrivacyError
        ``host_refused`` at once; ``cloud_model`` from the first use, when another machine would answer.
    """

    def __init__(
        self,
        model: str,
        host: str,
        allowed: Sequence[str] = (),
        users: Sequence[str] = (),
        socket: str | None = None,
    ) -> None:
        if not model:
            raise EmbedderError("No model is named behind ollama:.", 'Name one: embedder = "ollama:nomic-embed-text".')
        self._name = model
        self._tagged = model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"
        self._prefixes = prefixes.of_family(model)
        self._lock = threading.Lock()
        self._known: _Model | None = None
        self._dimension = 0
        self._ollama = Ollama(host, allowed, users, socket)
        weakref.finalize(self, self._ollama.close)

    @property
    def name(self) -> str:
        return f"{OLLAMA_EMBEDDER}{self._name}"

    @property
    def fingerprint(self) -> str:
        return self._prefixes.fingerprint(self._model().digest)

    @property
    def max_tokens(self) -> int:
        """Half of what the model reads, by the estimate of `token_starts`."""
        return self._model().read_tokens // 2 - len(self.token_starts(self._prefixes.document))

    def token_starts(self, text: str) -> list[int]:
        """Return an estimate: four letters of a word, any other character by itself.

        It counts more than WordPiece does in prose and code, and may count half as many in scripts that a
        model knows badly.
        """
        return [match.start() for match in _PIECE.finditer(text)]

    def reads(self, text: str) -> bool:
        """Return True: Ollama does not show a model's vocabulary."""
        return True

    def embed(self, texts: Sequence[str], coming: int = 0) -> Array:
        return self._embed(self._prefixes.document, texts)

    def embed_query(self, text: str) -> Array:
        vector: Array = self._embed(self._prefixes.query, [text])[0]
        return vector

    def _embed(self, prefix: str, texts: Sequence[str]) -> Array:
        with self._translated():  # without the lock: a search need not wait for a batch that is being indexed
            self._check_unchanged()
            parts = [self._vectors(prefix, texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)]
            return np.concatenate(parts) if parts else np.empty((0, self._dimension), dtype=np.float32)

    def _vectors(self, prefix: str, texts: Sequence[str]) -> Array:
        try:
            answer = self._ollama.embed(self._tagged, [prefix + text for text in texts])
        except OllamaError as error:
            if error.code != "text_too_long":
                raise
            if len(texts) == 1:  # the server does not say which text it is, but now it is clear
                return self._in_parts(prefix, texts[0])
            half = len(texts) // 2
            return np.concatenate([self._vectors(prefix, texts[:half]), self._vectors(prefix, texts[half:])])
        return self._checked(answer, len(texts))

    def _in_parts(self, prefix: str, text: str) -> Array:
        """Embed the halves of a text that is too long, and return the mean, by their lengths."""
        if len(text) < _SHORTEST_PART:
            raise EmbedderError(
                f"Ollama refuses even {len(text)} characters as too long for the embedding model {self._name}.",
                "Does the model set a very small num_ctx? Choose another embedding model.",
                code="embed_failed",
            )
        middle = len(text) // 2
        cut = max(text.rfind(" ", middle // 2, middle), text.rfind("\n", middle // 2, middle))
        cut = cut if cut > 0 else middle
        vectors = self._vectors(prefix, [text[:cut], text[cut:]])
        return self._checked([cut * vectors[0] + (len(text) - cut) * vectors[1]], 1)

    def _checked(self, answer: Sequence[Any], count: int) -> Array:
        """Return what Ollama sent as unit vectors, if that is what it is."""
        try:
            vectors = np.asarray(answer, dtype=np.float32)
        except (TypeError, ValueError):
            vectors = np.empty(0, dtype=np.float32)
        sound = vectors.ndim == 2 and len(vectors) == count and vectors.shape[1] > 0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if sound else np.zeros((1, 1))
        if not sound or not np.isfinite(lengths).all() or not lengths.all():
            raise EmbedderError(
                f"What Ollama sent for the embedding model {self._name} are no usable vectors.",
                f"Update Ollama, and download the model again: jupyter localai models pull {self._name}",
                code="embed_failed",
            )
        self._dimension = self._dimension or vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise self._changed()
        unit: Array = vectors / lengths
        return unit

    def _model(self) -> _Model:
        with self._lock, self._translated():
            if self._known is None:
                entry = self._entry()
                shown = self._ollama.show(self._tagged, str(entry.get("digest") or ""))
                self._refuse_remote(shown)
                capabilities = shown.get("capabilities") or ["embedding"]  # older versions do not tell
                if "embedding" not in capabilities:
                    raise EmbedderError(
                        f"{self._name} is not an embedding model.",
                        "Choose one that is, for example: jupyter localai models pull nomic-embed-text",
                        code="not_embedding",
                    )
                self._known = _Model(str(entry.get("digest") or ""), _read_tokens(shown))
            return self._known

    def _check_unchanged(self) -> None:
        """Notice a model that was downloaded again: its vectors are not those of before."""
        known = self._model()
        if str(self._entry().get("digest") or "") != known.digest:
            raise self._changed()

    def _changed(self) -> EmbedderError:
        self._known, self._dimension = None, 0  # the next use sees the new one, and its fingerprint
        return EmbedderError(
            f"Ollama now has another version of the embedding model {self._name}.",
            "Embed with it: jupyter localai rebuild.",
            code="embedder_changed",
        )

    def _entry(self) -> dict[str, Any]:
        self._refuse_remote({})
        for entry in self._ollama.installed():
            if str(entry.get("name") or entry.get("model")).lower() == self._tagged.lower():
                self._refuse_remote(entry)
                return entry
        raise EmbedderError(
            f"Ollama does not have the embedding model {self._name}.",
            f"Download it: jupyter localai models pull {self._name}",
            code="unknown_model",
        )

    def _refuse_remote(self, description: dict[str, Any]) -> None:
        if is_remote({**description, "name": self._name}):
            raise PrivacyError(
                f"The embedding model {self._name} answers from another machine, so it is not used.",
                "Choose another, for example: jupyter localai models pull nomic-embed-text",
                code="cloud_model",
            )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OllamaError as error:
            remedy = error.remedy
            if error.code == "ollama_absent":
                remedy = f"Start it with: ollama serve. It serves the configured embedding model, {self.name}."
            raise EmbedderError(error.message, remedy, code=error.code) from None


def _read_tokens(shown: dict[str, Any]) -> int:
    """Return how many tokens of a text are read for certain: by the model, its settings and the server."""
    info = shown.get("model_info")
    info = info if isinstance(info, dict) else {}
    limits = [_READ_TOKENS, info.get(f"{info.get('general.architecture')}.context_length")]
    limits += re.findall(r"^(?:num_ctx|num_batch)\s+(\d+)", str(shown.get("parameters") or ""), re.MULTILINE)
    return min(int(limit) for limit in limits if isinstance(limit, (int, str)) and int(limit) > 0)

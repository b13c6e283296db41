"""Any embedding model on sentence-transformers: the reference, and the fast way on a GPU or with bfloat16."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EmbedderError
from ..privacy import guard
from . import weights
from .tokenizer import Tokenizer, batches

_BATCH_TOKENS = 4096  # a GPU is idle between small batches


class TorchRuntime:
    """Computes vectors with sentence-transformers.

    Parameters
    ----------
    folder : Path
        sentence-transformers weights; loaded by path, with every hub switched off.
    tokenizer : Tokenizer
        The model's, for sizing batches.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    threads : int
        CPU threads.

    Raises
    ------
    EmbedderError
        ``weights_unusable`` when the folder does not hold a loadable model, ``needs_code`` when it would run code.
    """

    def __init__(self, folder: Path, tokenizer: Tokenizer, device: str, threads: int) -> None:
        torch, library = _libraries(threads)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.device = device
        self._tokenizer = tokenizer
        _refuse_code(folder, "embedding model", "embedder")
        try:
            self._model: Any = library.SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                truncate_dim=weights.kept_dimensions(folder),
            )
        except Exception as error:  # whatever transformers raises for a broken folder
            raise EmbedderError(
                f"The embedding model in {folder} cannot be loaded ({type(error).__name__}).",
                "Install the weights again, or set embedder to another folder.",
                code="weights_unusable",
            ) from error

    def embed(self, texts: Sequence[str], arithmetic: str = "float32", prefix: str = "") -> npt.NDArray[np.float32]:
        """Return (len(texts), dimension) float32 vectors of unit length, computed in `arithmetic`.

        The `prefix` is told to the model apart, because some leave its tokens out of the mean.
        """
        import torch

        lengths = [len(row) for row in self._tokenizer.numbers([prefix + text for text in texts])]
        parts: list[tuple[list[int], npt.NDArray[np.float32]]] = []
        autocast = torch.autocast("cpu", dtype=torch.bfloat16) if arithmetic == "bfloat16" else nullcontext()
        with torch.inference_mode(), autocast:
            for batch in batches(lengths, _BATCH_TOKENS):
                rows = self._model.encode(
                    [texts[i] for i in batch],
                    prompt=prefix,  # the empty one, too: else a model's default prompt would be taken
                    batch_size=len(batch),
                    show_progress_bar=False,
                    convert_to_tensor=True,
                )
                parts.append((batch, torch.nn.functional.normalize(rows.float(), dim=1).cpu().numpy()))
        vectors = np.empty((len(texts), parts[0][1].shape[1] if parts else 0), dtype=np.float32)
        for batch, rows in parts:
            vectors[batch] = rows
        return vectors


class TorchPairs:
    """Reads two texts together with any cross-encoder; raises as `TorchRuntime`."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._torch, library = _libraries(threads)
        _refuse_code(folder, "reranker", "reranker")
        try:
            self._model: Any = library.CrossEncoder(str(folder), local_files_only=True, trust_remote_code=False)
        except Exception as error:  # whatever transformers raises for a broken folder
            raise EmbedderError(
                f"The reranker in {folder} cannot be loaded ({type(error).__name__}).",
                "Install the weights again, or set reranker to another folder.",
                code="weights_unusable",
            ) from error

    def score(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts),) logits, of the last class where there are several."""
        pairs = [(query, text) for text in texts]
        found = self._model.predict(pairs, show_progress_bar=False, activation_fn=self._torch.nn.Identity())
        logits: npt.NDArray[np.float32] = np.asarray(found, np.float32).reshape(len(texts), -1)[:, -1]
        return logits


def _libraries(threads: int) -> tuple[Any, Any]:
    """Return torch and sentence-transformers, imported so that neither calls anybody."""
    guard.stay_offline()
    # for compiled code, of which there is none here, it makes a folder that is named after the user and seen by all
    with tempfile.TemporaryDirectory(prefix="localai-") as nothing:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", nothing)
        import sentence_transformers
        import torch
        import transformers

    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads)
    return torch, sentence_transformers


def _refuse_code(folder: Path, kind: str, setting: str) -> None:
    if foreign := weights.foreign_modules(folder):  # sentence-transformers 5 would run them from a folder
        raise EmbedderError(
            f"The {kind} in {folder} needs code of its own ({foreign[0]}), which is never run.",
            f"Set {setting} to another model.",
            code="needs_code",
        )

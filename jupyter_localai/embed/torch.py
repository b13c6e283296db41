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
        guard.stay_offline()
        # for compiled code, of which there is none here, it makes a folder that is named after the user and seen by all
        with tempfile.TemporaryDirectory(prefix="localai-") as nothing:
            os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", nothing)
            import torch
            import transformers
            from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(threads)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.device = device
        self._tokenizer = tokenizer
        if foreign := weights.foreign_modules(folder):  # sentence-transformers 5 would run them from a folder
            raise EmbedderError(
                f"The embedding model in {folder} needs code of its own ({foreign[0]}), which is never run.",
                "Set embedder to another model.",
                code="needs_code",
            )
        try:
            self._model: Any = SentenceTransformer(
                str(folder), device=device, local_files_only=True, trust_remote_code=False
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

        parts: list[tuple[list[int], npt.NDArray[np.float32]]] = []
        autocast = torch.autocast("cpu", dtype=torch.bfloat16) if arithmetic == "bfloat16" else nullcontext()
        with torch.inference_mode(), autocast:
            for batch in batches([len(row) for row in self._tokenizer.numbers([prefix + text for text in texts])]):
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

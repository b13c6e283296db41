"""Download an embedding model or a reranker from a model hub: the only code that connects to another machine.

Nothing but the command ``pull-embedder`` reaches it, and it opens neither the store nor the index.
What it sends is the model's name and revision; no token, no telemetry. What it takes is configuration,
tokenizer and safetensors files, each checked against the hub's checksum; nothing that can run code.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import EmbedderError, LocalAIError, PrivacyError, UsageError
from ..privacy import guard
from ..results.reports import Progress
from . import weights

# Read once, when huggingface_hub is imported: which is here, in a process that does nothing else.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "0",
    "TRANSFORMERS_OFFLINE": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_XET": "1",  # another protocol, by native code
    "HF_HUB_VERBOSITY": "error",
}
_ANSWER_SECONDS = 20.0
_WANTED = re.compile(r"(\d+_\w+/)?([\w.-]+\.(json|txt|model)|model\.safetensors)", re.ASCII)
_NEEDED = ("config.json", "tokenizer.json")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclasses.dataclass(frozen=True)
class File:
    """One file of a model, and what its content must hash to.

    Large files have a SHA-256; small ones Git's SHA-1 of a blob, which is all that the hub tells of them.
    """

    name: str
    size: int
    sha256: str | None
    blob: str | None

    def is_as_told(self, path: Path) -> bool:
        """Whether the file at `path` has the hash that the hub told."""
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(usedforsecurity=False)
        if not self.sha256:
            digest.update(b"blob %d\0" % path.stat().st_size)
        with open(path, "rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.blob)


@dataclasses.dataclass(frozen=True)
class Offer:
    """What would be downloaded: one commit of one model."""

    name: str
    host: str
    revision: str
    licence: str
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def look(name: str, revision: str | None = None) -> Offer:
    """Ask the hub about a model; downloads nothing.

    Parameters
    ----------
    name : str
        As the setting ``embedder`` takes it; without a slash, one of sentence-transformers' own.
    revision : str, optional
        A branch, tag or commit; the newest when left out.

    Raises
    ------
    UsageError
        For what cannot be a model's name.
    EmbedderError
        ``unknown_embedder``, ``hub_failed``; ``no_safetensors``, ``not_an_embedder`` for a model that
        cannot be used here.
    PrivacyError
        ``host_refused`` for a hub that is reached without encryption.
    """
    if not re.fullmatch(r"(?!.*(\.\.|--))\w[\w.-]*(/\w[\w.-]*)?", name, re.ASCII):
        raise UsageError(
            f"{name!r} is not the name of a model on a hub.",
            "Name one, for example: jupyter localai pull-embedder sentence-transformers/all-MiniLM-L12-v2.",
        )
    hub, host = _hub()
    with _translated(name, revision, host):
        info = hub.HfApi().model_info(
            weights.repository(name), revision=revision, files_metadata=True, token=False, timeout=_ANSWER_SECONDS
        )
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    _refuse_unusable(name, set(siblings))
    commit = str(info.sha)
    if not _COMMIT.fullmatch(commit):
        raise EmbedderError(f"{host} did not name a commit of {name}.", "Is HF_ENDPOINT a hub?", code="hub_failed")
    files = tuple(
        File(file, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None, sibling.blob_id)
        for file, sibling in siblings.items()
        if _WANTED.fullmatch(file)
    )
    licence = getattr(info.card_data, "license_name", None) or getattr(info.card_data, "license", None)
    return Offer(name, host, commit, str(licence or ""), files)


def download(offer: Offer, report: Callable[[Progress], None]) -> Path:
    """Download exactly what `offer` says and return its folder, where `weights.find` finds it.

    When interrupted, files that are complete are kept, and taken as they are the next time.

    Raises
    ------
    EmbedderError
        ``needs_code`` for a model that would run code of its own, and ``not_an_embedder``, before its weights are
        downloaded;
        ``weights_altered`` for a file that does not have its checksum, which is removed; ``hub_failed``.
    """
    hub, host = _hub()
    done = 0
    folder = weights.hub_folder(offer.name) / "snapshots" / offer.revision
    for file in sorted(offer.files, key=lambda file: (file.name.endswith(".safetensors"), file.name)):
        if file.name.endswith(".safetensors"):
            _refuse_code(offer.name, folder)
            _refuse_others(offer.name, folder)
        with _translated(offer.name, offer.revision, host):
            hub.hf_hub_download(
                weights.repository(offer.name),
                file.name,
                revision=offer.revision,
                cache_dir=weights.hub_folder(offer.name).parent,
                token=False,
                tqdm_class=_watch(report, done, offer.bytes),
            )
        path = folder / file.name
        if not file.is_as_told(path):
            path.resolve().unlink()
            path.unlink(missing_ok=True)
            raise EmbedderError(
                f"{file.name} of {offer.name} does not have the checksum that {host} tells, and was removed.",
                "Try again. If it happens again, do not use this model from there.",
                code="weights_altered",
            )
        done += file.size
    weights.pin(offer.name, offer.revision)
    return folder


def _hub() -> tuple[Any, str]:
    """Return the library and the hub's host."""
    os.environ.update(_ENVIRONMENT)
    import huggingface_hub
    from huggingface_hub import constants

    endpoint = urlsplit(constants.ENDPOINT)
    if endpoint.scheme != "https" and not guard.is_loopback(endpoint.hostname):
        raise PrivacyError(
            f"The hub {endpoint.netloc} is reached without encryption, so what it sends could be altered.",
            "Set HF_ENDPOINT to an address with https, or leave it out.",
            code="host_refused",
        )
    return huggingface_hub, endpoint.netloc


def _refuse_unusable(name: str, files: set[str]) -> None:
    pickled = {found[1] for file in files if (found := re.fullmatch(r"(\d+_\w+/)pytorch_model\.bin", file))}
    without = [folder for folder in ("", *sorted(pickled)) if f"{folder}model.safetensors" not in files]
    if without:
        raise EmbedderError(
            f"{name} has no {without[0]}model.safetensors; other weight formats can run code and are not loaded.",
            "Choose a model whose weights are one safetensors file.",
            code="no_safetensors",
        )
    missing = [file for file in _NEEDED if file not in files]
    if missing:
        raise EmbedderError(
            f"{name} is not a sentence-transformers model with a fast tokenizer: it has no {' and no '.join(missing)}.",
            "Choose another embedding model.",
            code="not_an_embedder",
        )


def _refuse_others(name: str, folder: Path) -> None:
    """Refuse what is neither an embedding model, which has modules, nor a cross-encoder."""
    if not (folder / "modules.json").exists() and not weights.is_cross_encoder(folder):
        raise EmbedderError(
            f"{name} is neither an embedding model of sentence-transformers (it has no modules.json) nor a reranker.",
            "Choose another model.",
            code="not_an_embedder",
        )


def _refuse_code(name: str, folder: Path) -> None:
    """Refuse a model whose configuration names code that would have to be downloaded and run."""
    configured = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*config.json")]
    if weights.foreign_modules(folder) or any("auto_map" in part for part in configured if isinstance(part, dict)):
        raise EmbedderError(
            f"{name} needs code of its own to be run, which is never done.",
            "Choose a model that sentence-transformers knows by itself.",
            code="needs_code",
        )


def _watch(report: Callable[[Progress], None], before: int, total: int) -> type:
    """Return what the library takes for a tqdm class: it reports the bytes of one file as they come."""

    class Watch:
        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            self._done = before + initial

        def __enter__(self) -> Watch:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: float | None = 1) -> None:
            self._done += int(count or 0)
            report(Progress("fetch", self._done, total, "bytes"))

    return Watch


@contextlib.contextmanager
def _translated(name: str, revision: str | None, host: str) -> Iterator[None]:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except LocalAIError:
        raise
    except GatedRepoError:
        raise EmbedderError(
            f"{host} gives {name} only to people who have signed in, which is not done here.",
            "Download it by other means and set embedder to its folder.",
            code="unknown_embedder",
        ) from None
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        what = "no revision" if isinstance(error, RevisionNotFoundError) else "no model"
        raise EmbedderError(
            f"{host} has {what} {revision if what == 'no revision' else name}.",
            "Check the spelling, the part before the slash included.",
            code="unknown_embedder",
        ) from None
    except Exception as error:  # the kinds are those of the HTTP library that huggingface_hub takes
        status = f"status {error.response.status_code}" if isinstance(error, HfHubHTTPError) else type(error).__name__
        raise EmbedderError(
            f"{host} could not be asked for {name} ({status}).",
            "Check the connection, and HF_ENDPOINT and HTTPS_PROXY if you use them, then run the same command again.",
            code="hub_failed",
        ) from error

"""Whether this processor embeds faster in bfloat16, measured once and cached.

bfloat16 is several times faster where the processor multiplies matrices of it natively and a
hundred times slower where it is emulated. It is taken only when it is faster and its vectors
are the same to a cosine of 0.999.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from ..errors import EmbedderError

MIN_COSINE = 0.999
_SAMPLE = [
    "The tide gauge was read every six minutes and the mean of ten readings entered in the log. " * n
    for n in (2, 3, 5, 8)
] * 4


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor says that it multiplies bfloat16 natively; False where it cannot be asked."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(flag in text for flag in ("amx_bf16", "avx512_bf16", " bf16"))


Embed = Callable[[Sequence[str]], Any]
"""Texts in, unit vectors out."""


def choose(fingerprint: str, threads: int, exact: Embed, rough: Embed) -> str:
    """Return ``"bfloat16"`` when it is faster than float32 here and equal, else ``"float32"``.

    Parameters
    ----------
    fingerprint : str
        Of the weights; the answer is kept per weights, processor, threads and version of OpenVINO.
    threads : int
        CPU threads in use.
    exact, rough : callable
        The way in float32, and the one in bfloat16 that would replace it.
    """
    key = f"{fingerprint}/{_processor()}/{threads}/openvino {metadata.version('openvino')}"
    file = _memory()
    known = _recall(file)
    if key not in known:
        known[key] = "bfloat16" if _is_better(exact, rough) else "float32"
        _remember(file, known)
    return known[key]


def _is_better(exact: Embed, rough: Embed) -> bool:
    exact(_SAMPLE[:4])  # the first call of each pays for its set-up
    reference, exact_s = _timed(lambda: exact(_SAMPLE))
    try:
        rough(_SAMPLE[:1])
    except EmbedderError:
        return False  # it does not run here
    _, probe_s = _timed(lambda: rough(_SAMPLE[:1]))
    if probe_s > exact_s:
        return False  # one text slower than sixteen: emulated, not worth waiting for
    found, rough_s = _timed(lambda: rough(_SAMPLE))
    return rough_s < 0.9 * exact_s and float((reference * found).sum(axis=1).min()) >= MIN_COSINE


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    about = sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
    return f"{platform.machine()} {hashlib.sha256(repr(about).encode()).hexdigest()[:12]}"


def _memory() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("jupyter-localai") / "precision.json"


def _recall(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in known.items() if v in ("bfloat16", "float32")} if isinstance(known, dict) else {}


def _remember(file: Path, known: dict[str, str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(json.dumps(known, indent=1), encoding="utf-8")
    except OSError:
        pass  # measured again next time

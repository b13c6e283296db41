"""What an engine's processes take over time, and whether that grows."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from pathlib import Path

import psutil

from jupyter_localai.paths import below

_LOG_BYTES = 2 * (1 << 19) + (1 << 16)  # the log, the one before, and what comes between two looks
_LOG_SIZES = ("engine.log", "engine.log.old")
_MORE = {"engine_mib": (0.15, 32), "family_mib": (0.15, 48), "gate_mib": (0.15, 8), "store_mib": (0.3, 16)}
_MORE |= {"engine_fds": (0.0, 6), "gate_fds": (0.0, 4), "engine_threads": (0.0, 4), "gate_threads": (0.0, 4)}


@dataclasses.dataclass(frozen=True)
class Sample:
    """One look at an engine at rest. Sizes in MiB; the family is engine, gate and the engine's readers."""

    minute: float
    pid: int
    engine_mib: float
    gate_mib: float
    family_mib: float
    engine_fds: int
    gate_fds: int
    engine_threads: int
    gate_threads: int
    processes: int
    store_mib: float
    catalogue_mib: float
    wal_mib: float
    log_bytes: int

    def __str__(self) -> str:
        return (
            f"{self.minute:6.1f} min  engine {self.pid}: {self.engine_mib:.0f} MiB, {self.engine_fds} descriptors, "
            f"{self.engine_threads} threads; gate {self.gate_mib:.0f} MiB, {self.gate_fds}, {self.gate_threads}; "
            f"all {self.processes}: {self.family_mib:.0f} MiB; store {self.store_mib:.1f} MiB, catalogue "
            f"{self.catalogue_mib:.1f}, WAL {self.wal_mib:.1f}; log {self.log_bytes} bytes"
        )


def look(minute: float, pid: int, gate_pid: int, store: Path) -> Sample:
    """Look at an engine and its store.

    Raises
    ------
    psutil.NoSuchProcess
        It has ended meanwhile.
    """
    engine, gate = psutil.Process(pid), psutil.Process(gate_pid)
    children = engine.children(recursive=True)
    sizes = {str(path.relative_to(store)): size for path in below(store) if (size := _size(path)) is not None}
    return Sample(
        minute,
        pid,
        _mib(engine),
        _mib(gate),
        sum(map(_mib, (engine, gate, *children))),
        engine.num_fds(),
        gate.num_fds(),
        engine.num_threads(),
        gate.num_threads(),
        2 + len(children),
        sum(sizes.values()) / 2**20,
        sizes.get("catalogue.sqlite", 0) / 2**20,
        sizes.get("catalogue.sqlite-wal", 0) / 2**20,
        sum(sizes.get(name, 0) for name in _LOG_SIZES),
    )


def judge(samples: Sequence[Sample]) -> list[str]:
    """Return what grew within the longest life of an engine, and what is beyond its bound at any time."""
    wrong = [
        f"the log has {one.log_bytes} bytes at {one.minute:.0f} min" for one in samples if one.log_bytes > _LOG_BYTES
    ]
    lives = {pid: [one for one in samples if one.pid == pid] for pid in {one.pid for one in samples}}
    longest = max(lives.values(), key=len, default=[])
    settled = longest[len(longest) // 5 :]
    if len(settled) < 8:
        return [*wrong, f"only {len(settled)} looks at one engine: too few to tell whether it grows"]
    quarter, minutes = len(settled) // 4, settled[-1].minute - settled[0].minute
    for name, (share, room) in _MORE.items():
        values = [getattr(one, name) for one in settled]
        before, after = statistics.median(values[:quarter]), statistics.median(values[-quarter:])
        if after > before * (1 + share) + room:
            wrong.append(f"{name} grew from {before:.0f} to {after:.0f} in {minutes:.0f} min")
    return wrong


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _mib(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return 0.0

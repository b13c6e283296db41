"""How much memory this machine has for a chat model."""

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
from pathlib import Path

_APPLE_SHARE = 0.75  # of the memory that Metal lets the GPU use on machines with much of it
_PROBE_SECONDS = 5


@functools.cache
def memory_bytes() -> int:
    """Return the machine's memory."""
    import psutil

    return int(psutil.virtual_memory().total)


@functools.cache
def gpu_bytes() -> int:
    """Return the memory of all GPUs that Ollama can use together; 0 when none is seen.

    Asks NVIDIA's own tool and AMD's driver. On Apple's processors the GPU shares the machine's memory.
    """
    if platform.system() == "Darwin":
        return int(memory_bytes() * _APPLE_SHARE) if platform.machine() == "arm64" else 0
    return _nvidia() or _amd()


def on_battery() -> bool:
    """Whether the machine runs on its battery; False where that cannot be told."""
    import psutil

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


def _nvidia() -> int:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    command = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True
        ).stdout
        return sum(int(line) for line in told.split()) * 2**20
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _amd() -> int:
    total = 0
    for file in Path("/sys/class/drm").glob("card*/device/mem_info_vram_total"):
        try:
            total += int(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
    return total

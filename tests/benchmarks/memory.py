"""The peak memory of a measured process; imported by both sides of a comparison."""

import sys


def peak_mib() -> float:
    """Return the largest resident size of this process so far, in MiB; not a number on Windows."""
    try:
        import resource
    except ImportError:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20

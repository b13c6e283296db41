"""Tell whether work grows faster than its input: by the ratio of times in one run, never by a time."""

import gc
import time
from contextlib import contextmanager

SIZES = (*range(8, 33, 4), 64, 128, 256, 512, 1024, 2048)  # small steps first: what doubles per letter is seen early
_RATIO = 2.5  # of two times, where the size doubles at most
_FLOOR_NS = 300_000  # a shorter time tells nothing; quadratic work takes longer at the largest size
_LOOKS = 5


@contextmanager
def undisturbed():
    """Keep the garbage collector out of what is measured."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def grows_faster(work, text, sizes=SIZES):
    """Whether `work(text(size))` takes more than its share when the size grows, in the median of several looks.

    A first look is cheap; only what seems to grow is measured again, so that noise alone proves nothing.
    """
    before, smaller = 0, None
    for size in sizes:
        given = text(size)
        taken = _time(work, given)
        if before > _FLOOR_NS / 4 and taken > _FLOOR_NS and taken > _RATIO * before:
            ratios = sorted(_time(work, given) / max(1, _time(work, smaller)) for _ in range(_LOOKS))
            if ratios[_LOOKS // 2] > _RATIO:
                return True
        before, smaller = taken, given
    return False


def _time(work, given):
    started = time.thread_time_ns()
    work(given)
    return time.thread_time_ns() - started

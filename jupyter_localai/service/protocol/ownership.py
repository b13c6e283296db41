"""One process per store: the holder of the lock may open the engine.

Chroma and SQLite both suffer from a second writing process, so the operating system's file
lock decides; it vanishes with its process. ``owner.json`` beside it is a hint for messages.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import filelock

from ...errors import StoreBusyError, StoreError
from ...privacy import trust

_HINT = "owner.json"
_LOCK = "lock"


class Ownership:
    """Holds a store's lock until released.

    Raises
    ------
    StoreBusyError
        When another process holds the store; says which.
    StoreError
        ``store_unwritable``; as `trust.check`.
    """

    def __init__(self, store: Path) -> None:
        self._hint = store / _HINT
        try:
            trust.make(store)
            self._lock = filelock.FileLock(store / _LOCK, timeout=0, mode=0o600)
            self._lock.acquire()
        except filelock.Timeout:
            raise StoreBusyError(
                f"The store {store} is in use by {owner(store)}.", "Wait for it or end it, then try again."
            ) from None
        except OSError as error:
            raise StoreError.unwritable(f"The store {store} cannot be written ({error.strerror}).") from error
        with contextlib.suppress(OSError):  # a full disk
            hint = trust.open_own(self._hint, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with open(hint, "w", encoding="utf-8") as file:
                json.dump({"pid": os.getpid()}, file)

    def release(self) -> None:
        """Let another process have the store."""
        with contextlib.suppress(OSError):  # Windows lets nobody remove what somebody reads just now
            self._hint.unlink()
        self._lock.release()


def is_held(store: Path) -> bool:
    """Whether some process holds the store's lock."""
    lock = filelock.FileLock(store / _LOCK, timeout=0, mode=0o600)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True
    except OSError:  # there is no store, or none that anybody could hold
        return False


def owner_pid(store: Path) -> int | None:
    """Return the number of the process that said it holds the store; it may have ended since."""
    try:
        return int(json.loads((store / _HINT).read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def owner(store: Path) -> str:
    """Return who holds the store, in words."""
    pid = owner_pid(store)
    return "another process" if pid is None else f"process {pid}"

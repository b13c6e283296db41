"""One process per store: whoever holds the lock may open the engine.

Chroma and SQLite both suffer from a second writing process, so the operating system's file
lock decides; it vanishes with its process. ``owner.json`` beside it is a hint for messages.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import filelock

from ..errors import StoreBusyError, StoreError


class Ownership:
    """Holds a store's lock until released.

    Raises
    ------
    StoreBusyError
        When another process holds the store; says which.
    """

    def __init__(self, store: Path) -> None:
        self._hint = store / "owner.json"
        try:
            store.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = filelock.FileLock(store / "lock", timeout=0, mode=0o600)
            self._lock.acquire()
        except filelock.Timeout:
            raise StoreBusyError(
                f"The store {store} is in use by {self._owner()}.", "Wait for it or end it, then try again."
            ) from None
        except OSError as error:
            raise StoreError(
                f"The store {store} cannot be written ({error.strerror}).",
                "Check the folder's permissions, or set LOCALAI_STORE to another.",
                code="store_unwritable",
            ) from error
        with contextlib.suppress(OSError):  # a full disk
            hint = {"pid": os.getpid(), "program": Path(sys.argv[0] or "python").name}
            self._hint.write_text(json.dumps(hint), encoding="utf-8")
            self._hint.chmod(0o600)

    def _owner(self) -> str:
        try:
            hint = json.loads(self._hint.read_text(encoding="utf-8"))
            return f"process {int(hint['pid'])} ({hint['program']})"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    def release(self) -> None:
        """Let another process have the store."""
        self._hint.unlink(missing_ok=True)
        self._lock.release()

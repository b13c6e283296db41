"""An engine inside the calling process, for an index that cannot be written: it makes no lock and no file."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...config import Config
from ...errors import StoreError

if TYPE_CHECKING:
    from ..process.calls import Call
    from ..process.operations import Operations
    from ..protocol.ownership import Ownership

_CLOSE_SECONDS = 10
_NEEDS_NO_WRITING = ("store_unwritable", "disk_full")
_sessions: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
_sessions_lock = threading.Lock()


class Session:
    """Operations in this process; its clients share it, and it is closed with the last of them."""

    def __init__(self, operations: Operations, ownership: Ownership | None = None) -> None:
        self._operations = operations
        self._finalizer = weakref.finalize(self, _close, operations, ownership)

    def call(self, name: str, config: Config, arguments: dict[str, Any]) -> Call:
        """Begin one call; its events are those that a server would send."""
        from ..process.calls import Call

        return Call(self._operations, name, config, arguments)

    def close(self) -> None:
        """Close it now."""
        self._finalizer()


def can_serve(error: StoreError, store: Path) -> bool:
    """Whether an index that no engine can open because of `error` can still be searched."""
    return error.code in _NEEDS_NO_WRITING and os.path.isfile(store / "catalogue.sqlite")


def is_unwritable(store: Path) -> StoreError | None:
    """Return why an index that is there can only be read; None when that is not known without trying."""
    if not os.path.isfile(store / "catalogue.sqlite") or os.access(store, os.W_OK):
        return None
    return StoreError.unwritable(f"The store {store} cannot be written.")


def session(config: Config, unwritable: StoreError) -> Session:
    """Return this process's session on a store that can only be read; its calls fail if it cannot."""
    key = os.path.realpath(config.store)
    with _sessions_lock:
        found = _sessions.get(key)
        if found is None:
            found = _sessions[key] = _open(config, unwritable)
        return found


def _open(config: Config, unwritable: StoreError) -> Session:
    from ...engine.engine import Engine
    from ..process.operations import Operations, Report
    from ..protocol.ownership import Ownership

    ownership = None
    with contextlib.suppress(StoreError):  # where that is possible, keep writers out
        ownership = Ownership(config.store)

    def open_engine(report: Report) -> Engine:
        if ownership is not None:  # on a full disk, unfinished work can often be repaired
            try:
                return Engine.open(config, report=report)
            except StoreError as error:
                if not can_serve(error, config.store):
                    raise
        try:
            return Engine.open_read_only(config, unwritable)
        except StoreError:
            raise unwritable from None

    return Session(Operations(config, open_engine), ownership)


def _close(operations: Operations, ownership: Ownership | None) -> None:
    operations.close(_CLOSE_SECONDS)
    if ownership is not None:
        ownership.release()

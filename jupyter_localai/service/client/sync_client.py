"""The client that adapters and programs use: a light connection to the store's engine.

The engine is a process of its own that any number of clients share. `connect` finds or starts it, and
it ends by itself when it has been idle for a while.
"""

from __future__ import annotations

import contextlib
import copy
import os
import threading
from collections.abc import Generator
from types import TracebackType
from typing import Any, TypeVar

from ...config import Config, resolve
from ...results.answers import Answer, Passages
from ...results.passages import Document
from ...results.reports import Event
from . import request as requests
from .connection import Connection
from .methods import BlockingSender
from .request import Outcome, Report, Request, Result
from .verbs import Verbs

T = TypeVar("T")
Self = TypeVar("Self", bound="Client")


def connect(store: str | os.PathLike[str] | None = None, *, progress: Report | None = None, **settings: Any) -> Client:
    """Open the index: find the engine that serves it, or start one.

    An index that cannot be written, on a read-only or full disk, can still be searched and asked.

    Parameters
    ----------
    store : path, optional
        Folder of the index; ``$LOCALAI_STORE`` or Jupyter's data folder when left out.
    progress : callable, optional
        Called with a `Progress` while the engine starts, and while an index that was damaged or left
        unfinished is repaired, which any first call may have to do.
    **settings
        Any field of `config.Config`.

    Returns
    -------
    Client
        Also a context manager.

    Raises
    ------
    EngineUnreachableError, EngineVersionError
        The engine does not start or answer, or is of another version; the remedy says what to do.
    StoreBusyError
        A process that is no engine holds the store.
    ConfigError, StoreError
        A setting is wrong; the store cannot be used.
    """
    client = Client(resolve({"store": store, **settings}), progress)
    client._connection.open()
    return client


class Client(Verbs, BlockingSender):
    """An open index: index folders, search them, ask them. May be used from several threads, and after a fork."""

    def __init__(self, config: Config, progress: Report | None = None) -> None:
        self.config = config
        self._progress = progress or (lambda _: None)
        self._connection = Connection(config, self._progress)
        self._stop: threading.Event | None = None

    def until(self: Self, stop: threading.Event) -> Self:
        """Return this client with calls that raise `Cancelled` within about a second after `stop` is set.

        Their work ends, too. This is how another thread ends a call.
        """
        view = copy.copy(self)
        view._stop = stop
        return view

    def close(self) -> None:
        """Release the index; the engine continues for others, and ends when it is idle."""
        self._connection.close()

    def _send(self, request: Request[T]) -> T:
        """Run a request and return its result; each `Progress` is passed on."""
        calls = self._connection.calls(request)
        return request.made(*[self._value(*call) for call in calls])

    def _receive(self, request: Request[Any]) -> Generator[Event, None, None]:
        """Yield the events of what is asked for; closing the iterator ends the work."""
        for event in self._events(self._connection, request):
            if not isinstance(event, Result):
                yield event

    def _value(self, connection: Connection, request: Request[Any]) -> Any:
        outcome = Outcome(request.progress or self._progress)
        with contextlib.closing(self._events(connection, request)) as events:  # an interrupt ends the work, too
            for event in events:
                outcome.take(event)
        return outcome.value

    def _events(self, connection: Connection, request: Request[Any]) -> Generator[Any, None, None]:
        return requests.read(connection.lines(request, self._stop), request.kind, self.config.quotes)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: str | os.PathLike[str], **settings: Any) -> Document:
    """Return what a reader sees in one file; opens no store, and reads in this process."""
    from ...engine.reading import read_file

    return read_file(os.fspath(path), resolve(settings))


def stop_engine(store: str | os.PathLike[str] | None = None, **settings: Any) -> bool:
    """End a store's engine, also one that no longer answers; return whether there was one.

    Raises
    ------
    StoreBusyError
        When what holds the store is not an engine.
    """
    from .stopping import stop

    return stop(resolve({"store": store, **settings}).store)


def engine_status(store: str | os.PathLike[str] | None = None, **settings: Any) -> dict[str, Any]:
    """Return ``{"running": False}``, or what is known of a store's engine; starts none."""
    from .stopping import describe

    return describe(resolve({"store": store, **settings}).store)


__all__ = ["Answer", "Client", "Passages", "connect", "engine_status", "read", "stop_engine"]

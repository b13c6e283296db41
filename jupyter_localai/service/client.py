"""What every adapter and every user's program talks to.

For now the engine runs in the calling process, which owns the store while it is open. The
methods and what they return stay the same when the engine moves into a process of its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..config import DEFAULT_COLLECTION, Config, resolve
from ..schema import Answer, CollectionInfo, Document, Event, Hits, IndexReport, Passages, Progress, Rules, Status
from .ownership import Ownership

if TYPE_CHECKING:
    from ..engine import Engine

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
_engines: weakref.WeakValueDictionary[str, _Held] = weakref.WeakValueDictionary()
_engines_lock = threading.Lock()


def connect(store: str | os.PathLike[str] | None = None, **settings: Any) -> Client:
    """Open the index.

    Parameters
    ----------
    store : path, optional
        Folder of the index; ``$LOCALAI_STORE`` or Jupyter's data folder when left out.
    **settings
        Any field of `config.Config`.

    Returns
    -------
    Client
        Also a context manager. Clients of one store in one process share its engine.

    Raises
    ------
    StoreBusyError
        Another process holds the store.
    ConfigError, StoreError
        A setting is wrong; the store cannot be used.
    """
    return Client(resolve({"store": store, **settings}))


class Client:
    """An open index: index folders, search them, ask them."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._held: _Held | None = _hold(config)

    def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> IndexReport:
        """Index folders and files, or refresh all known ones when `paths` is empty.

        Only what changed since the last time is read. An interrupt keeps what is done.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; a folder named here counts even when it is hidden or ignored.
        collection : str
            Created when it does not exist.
        include, exclude : sequence of str
            Globs on the path relative to its folder, or on the file name.
        ignore : bool
            Whether ``.gitignore`` files count.
        dry_run : bool
            Only tell what would happen.
        progress : callable, optional
            Called with each `Progress`.
        """
        named = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        rules = Rules(tuple(include), tuple(exclude), ignore)
        report = None
        for event in self._engine.index([os.fspath(p) for p in named], collection, rules, dry_run):
            if isinstance(event, IndexReport):
                report = event
            elif isinstance(event, Progress) and progress is not None:
                progress(event)
        assert report is not None  # the engine's last event
        return report

    def search(self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, file: str | None = None) -> Hits:
        """Return the `k` best hits; `file` is a glob that limits the documents."""
        return self._engine.search(query, k, collection, file)

    def ask(
        self, question: str, collection: str = DEFAULT_COLLECTION, *, k: int = 6, file: str | None = None
    ) -> Answer:
        """Return a cited answer made of the best sentences found."""
        answer = next(event for event in self.stream(question, collection, k=k, file=file) if isinstance(event, Answer))
        return answer

    def stream(
        self, question: str, collection: str = DEFAULT_COLLECTION, *, k: int = 6, file: str | None = None
    ) -> Iterator[Event]:
        """Yield `Passages` as soon as they are found, then the `Answer`."""
        yield from self._engine.ask(question, k, collection, file)

    def status(self) -> Status:
        """Return counts, size on disk and how the network is kept out."""
        return self._engine.status()

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return self._engine.collections()

    def close(self) -> None:
        """Let go of the store; the last client of a store in this process releases it."""
        self._held = None

    @property
    def _engine(self) -> Engine:
        if self._held is None:
            self._held = _hold(self.config)
        return self._held.engine

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: str | os.PathLike[str], **settings: Any) -> Document:
    """Return what a reader sees in one file; opens no store."""
    from ..engine import read_file

    return read_file(os.fspath(path), resolve(settings))


class _Held:
    """An engine and the lock that allows it; both go when the last client does."""

    def __init__(self, config: Config) -> None:
        from ..engine import Engine

        ownership = Ownership(config.store)
        try:
            self.engine = Engine(config)
        except BaseException:
            ownership.release()
            raise
        self._finalizer = weakref.finalize(self, _let_go, self.engine, ownership)


def _let_go(engine: Engine, ownership: Ownership) -> None:
    engine.close()
    ownership.release()


def _hold(config: Config) -> _Held:
    key = str(Path(os.path.realpath(config.store)))
    with _engines_lock:
        held = _engines.get(key)
        if held is None:
            held = _engines[key] = _Held(config)
        return held


__all__ = ["Answer", "Client", "Passages", "connect", "read"]

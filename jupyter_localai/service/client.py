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
from typing import TYPE_CHECKING, Any, TypeVar

from ..config import DEFAULT_COLLECTION, Config, resolve
from ..errors import StoreError, UsageError
from ..schema import (
    Answer,
    CollectionInfo,
    Conversation,
    Document,
    Event,
    ForgetReport,
    Hits,
    IndexReport,
    Models,
    Passages,
    Progress,
    RebuildReport,
    Rules,
    Status,
)
from .ownership import Ownership

if TYPE_CHECKING:
    from ..engine import Engine

Result = TypeVar("Result")
Report = Callable[[Progress], None]
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
_engines: weakref.WeakValueDictionary[str, _Held] = weakref.WeakValueDictionary()
_engines_lock = threading.Lock()
_ONLY_READ = ("store_unwritable", "disk_full")


def connect(store: str | os.PathLike[str] | None = None, *, progress: Report | None = None, **settings: Any) -> Client:
    """Open the index.

    An index that cannot be written, on a read-only or full disk, can still be searched and asked.

    Parameters
    ----------
    store : path, optional
        Folder of the index; ``$LOCALAI_STORE`` or Jupyter's data folder when left out.
    progress : callable, optional
        Called with a `Progress` while an index that was damaged or left unfinished is put right, which
        any first call may have to do.
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
    return Client(resolve({"store": store, **settings}), progress)


class Client:
    """An open index: index folders, search them, ask them."""

    def __init__(self, config: Config, progress: Report | None = None) -> None:
        self.config = config
        self._progress = progress or (lambda _: None)
        self._held: _Held | None = _hold(config, self._progress)

    def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        progress: Report | None = None,
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
        rules = Rules(tuple(include), tuple(exclude), ignore)
        return self._last(self._engine.index(_named(paths), collection, rules, dry_run), IndexReport, progress)

    def rebuild(self, collection: str | None = None, *, progress: Report | None = None) -> RebuildReport:
        """Build the vector index of one or all collections anew.

        Nothing is embedded again, unless the setting `embedder` now names another model than a
        collection was built with: then its files are read and embedded anew, and the old version
        answers until the new one is complete.
        """
        return self._last(self._engine.rebuild(collection), RebuildReport, progress)

    def forget(
        self, paths: Paths = (), *, collection: str | None = None, progress: Report | None = None
    ) -> ForgetReport:
        """Remove documents, or a whole collection, so that nothing of them stays in the index.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; they need not exist any more. What lies in a folder that stays indexed is
            kept out of it until it is named to `index`.
        collection : str, optional
            Forget this collection instead.
        progress : callable, optional
            Called with each `Progress`.
        """
        named = _named(paths)
        if bool(named) == (collection is not None):
            raise UsageError("Name either paths or a collection to forget.")
        return self._last(self._engine.forget(named, collection), ForgetReport, progress)

    def search(self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, file: str | None = None) -> Hits:
        """Return the `k` best hits; `file` is a glob that limits the documents."""
        return self._engine.search(query, k, collection, file)

    def ask(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
    ) -> Answer:
        """Return a cited answer: by the chat model when there is one, else of the best sentences found.

        Parameters
        ----------
        question : str
        collection : str, optional
            When left out, the one the conversation asked last, or ``default``.
        k : int
            Passages to consider.
        file : str, optional
            Glob that limits the documents.
        model : str
            The chat model.
        extractive : bool
            Ask no chat model.
        conversation : str, optional
            ``answer.conversation`` of an earlier answer, or ``"last"``: the question is understood as the next
            after it.
        """
        events = self.stream(
            question,
            collection,
            k=k,
            file=file,
            model=model,
            extractive=extractive,
            conversation=conversation,
        )
        return next(event for event in events if isinstance(event, Answer))

    def stream(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
    ) -> Iterator[Event]:
        """Yield `Passages` as soon as they are found, a `Token` per piece of text, then the `Answer`.

        Closing the iterator, or an interrupt, ends the chat model's work. `Thinking` and `Progress` come while
        the model has not begun to answer. Parameters are those of `ask`.
        """
        yield from self._engine.ask(question, k, collection, file, model, extractive, conversation)

    def conversations(self) -> list[Conversation]:
        """Return the conversations that are remembered, the last changed first, without their answers."""
        return self._engine.conversations()

    def conversation(self, number: str = "last") -> Conversation:
        """Return a conversation with its answers."""
        return self._engine.conversation(number)

    def delete_conversations(self, numbers: Sequence[str]) -> None:
        """Delete conversations, leaving nothing of them in the store."""
        self._engine.delete_conversations(numbers)

    def status(self) -> Status:
        """Return counts, size on disk and how the network is kept out."""
        return self._engine.status()

    def collections(self) -> list[CollectionInfo]:
        """Return every collection with its counts and roots."""
        return self._engine.collections()

    def close(self) -> None:
        """Let go of the store; the last client of a store in this process releases it."""
        self._held = None

    @staticmethod
    def _last(events: Iterator[Event], kind: type[Result], progress: Report | None) -> Result:
        """Pass on every `Progress` and return the result that ends the events."""
        result = None
        for event in events:
            if isinstance(event, kind):
                result = event
            elif isinstance(event, Progress) and progress is not None:
                progress(event)
        assert result is not None
        return result

    @property
    def _engine(self) -> Engine:
        if self._held is None:
            self._held = _hold(self.config, self._progress)
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


def models(**settings: Any) -> Models:
    """Return the chat models that Ollama has on this machine, and some that would suit it; opens no store.

    Raises
    ------
    OllamaError
        ``ollama_absent`` when nothing answers.
    PrivacyError
        When the setting `ollama_host` leads to another machine.
    """
    from ..engine import list_models

    return list_models(resolve(settings))


def pull(model: str, *, progress: Report | None = None, **settings: Any) -> None:
    """Have Ollama download a chat model from its library: Ollama, not this package, opens the connection.

    An interrupt ends the download; the next one goes on where it stopped.

    Raises
    ------
    OllamaError
        ``pull_failed``, ``ollama_absent``.
    PrivacyError
        For a model that answers from another machine.
    """
    from ..engine import pull_model

    for event in pull_model(model, resolve(settings)):
        if progress is not None:
            progress(event)


def _named(paths: Paths) -> list[str]:
    return [os.fspath(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]


class _Held:
    """An engine and the lock that allows it; both go when the last client does.

    Where there is an index that cannot be written, the engine only reads it, and needs no lock.
    """

    def __init__(self, config: Config, report: Report) -> None:
        from ..engine import Engine

        ownership = None
        try:
            ownership = Ownership(config.store)
            self.engine = Engine(config, report=report)
        except StoreError as error:
            if error.code not in _ONLY_READ or not os.path.isfile(config.store / "catalogue.sqlite"):
                _release(ownership)
                raise
            try:
                self.engine = Engine(config, unwritable=error)
            except StoreError:
                _release(ownership)
                raise error from None
        except BaseException:
            _release(ownership)
            raise
        self._finalizer = weakref.finalize(self, _let_go, self.engine, ownership)


def _let_go(engine: Engine, ownership: Ownership | None) -> None:
    engine.close()
    _release(ownership)


def _release(ownership: Ownership | None) -> None:
    if ownership is not None:
        ownership.release()


def _hold(config: Config, report: Report) -> _Held:
    key = str(Path(os.path.realpath(config.store)))
    with _engines_lock:
        held = _engines.get(key)
        if held is None:
            held = _engines[key] = _Held(config, report)
        return held


__all__ = ["Answer", "Client", "Passages", "connect", "models", "pull", "read"]

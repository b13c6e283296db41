"""The only place of the tests that knows private names of the package.

Behaviour is tested through the public surface. What has to be looked at, or put out of order, inside an engine, its
readers, a client or a panel has a function here, so that a change within the package changes this file alone.
"""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_localai import errors
from jupyter_localai.answer.retrieve import SearchSpace
from jupyter_localai.embed import ahead
from jupyter_localai.engine import listing, locating, selecting
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index import write
from jupyter_localai.index.catalogue import Catalogue, DocumentRecord, Source
from jupyter_localai.index.check import agrees
from jupyter_localai.index.chroma import VectorStore
from jupyter_localai.index.folders import ChromaFolders
from jupyter_localai.index.registry import Collection
from jupyter_localai.ingest.readers import Readers
from jupyter_localai.privacy import seatbelt
from jupyter_localai.results.files import Rules
from jupyter_localai.tables.process import Tables

# an engine ----------------------------------------------------------------------------------------


def catalogue(engine: Engine) -> Catalogue:
    """Return the record of an engine's store."""
    return engine._store.catalogue


def rows(engine: Engine, sql: str, *values: Any) -> list[Any]:
    """Return what a query of the record finds."""
    return engine._store.catalogue.rows(sql, values)


def collection(engine: Engine, name: str = "default") -> Collection:
    """Return the record's row of a collection that answers."""
    return engine._store.catalogue.registry.find(name)


def known(engine: Engine, name: str = "default") -> dict[str, DocumentRecord]:
    """Return what is remembered of a collection's documents, by path."""
    return engine._store.catalogue.documents(collection(engine, name))


def roots(engine: Engine, name: str = "default") -> dict[str, Rules]:
    """Return a collection's roots, and the rules of each."""
    return engine._store.catalogue.registry.roots(collection(engine, name))


def folders(engine: Engine) -> ChromaFolders:
    """Return the vector indexes of an engine's store."""
    return engine._store.folders


def open_folder(engine: Engine, of: str | Collection = "default") -> VectorStore:
    """Return the open Chroma folder of a collection."""
    return engine._store.folders.open(collection(engine, of) if isinstance(of, str) else of)


def without_chroma(engine: Engine) -> Engine:
    """Return an engine over the same store that searches as where Chroma cannot be opened."""
    return Engine(dataclasses.replace(engine._store, chroma=StoreError("Chroma cannot be opened.")))


def break_chroma(engine: Engine, monkeypatch: pytest.MonkeyPatch, broken: object) -> None:
    """Put something in the place of Chroma's own collection, in each folder that is open."""
    for store in engine._store.folders._open.values():
        monkeypatch.setattr(store, "_collection", broken)


def abandon(engine: Engine) -> None:
    """Let go of a store's files as a crash does: nothing is sealed."""
    for store in engine._store.folders._open.values():
        store.close()
    engine._store.catalogue.close()


def embedder(engine: Engine) -> Any:
    """Return the embedder that an engine has, or loads now."""
    return engine._store.embedder


def search_space(engine: Engine, of: Collection) -> SearchSpace:
    """Return where an engine searches a collection, and with what."""
    store = engine._store
    return SearchSpace(store.catalogue, of, store.nearest(of), store.embedder)


def engine_readers(engine: Engine) -> Any:
    """Return what reads an engine's files."""
    return engine._store.readers


def read_in_small_batches() -> None:
    """For the rest of this process: index a few chunks at a time, and trust a file that was changed just now."""
    ahead._AT_FIRST = 3
    write._AT_ONCE = 3
    listing._FRESH_NS = 0


def pair_moves(gone: Sequence[DocumentRecord], new: Sequence[Source]) -> list[tuple[DocumentRecord, Source]]:
    """Pair documents that are gone with new files of the same content."""
    return list(listing._paired(gone, new))


# an index -----------------------------------------------------------------------------------------


def chroma_rows(store: VectorStore) -> dict[str, Any]:
    """Return all that Chroma holds of a collection."""
    return store._collection.get(include=["documents", "embeddings", "metadatas"])


def chroma_client(store: VectorStore) -> Any:
    """Return Chroma's own client of a folder."""
    return store._client


def agrees_here(folders: ChromaFolders, of: Collection) -> bool:
    """Compare a Chroma folder with the record, in this process."""
    return agrees(folders._catalogue, of.id, folders._root)


def steps_of(catalogue: Catalogue, call: Callable[[], Any]) -> int:
    """Return about how many steps of SQLite's machine a call takes."""
    steps = []
    catalogue._connection.set_progress_handler(lambda: steps.append(1), 10)
    try:
        call()
    finally:
        catalogue._connection.set_progress_handler(None, 0)
    return 10 * len(steps)


def part_of_each_match(glob: str) -> str:
    """Return what stands in each path that a glob fits, by which documents are chosen before."""
    return selecting._literal(glob)


# locating -----------------------------------------------------------------------------------------


def find_quote(quote: str, part: Any, near: int) -> tuple[int, int] | None:
    """Return where a quote stands in a part of a document."""
    return locating._find(quote, part, near)


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by one with each part of a document in which a quote is looked for."""
    looks, find = [], locating._find
    monkeypatch.setattr(locating, "_find", lambda *given: looks.append(1) or find(*given))
    return looks


# readers ------------------------------------------------------------------------------------------


def reader_pids(readers: Readers) -> list[int]:
    """Return the reading processes that wait for a file, the one used last at the end."""
    return [reader.pid for reader in readers._idle.queue]


def table_pid(tables: Tables) -> int:
    """Return the process that holds tables; 0 while there is none."""
    return tables._process.pid if tables._process else 0


def is_reading(readers: Readers) -> bool:
    """Whether a process reads a file now."""
    return bool(readers._busy)


def around_reading(
    monkeypatch: pytest.MonkeyPatch, before_read: Callable[[Any], None], after_stop: Callable[[], None]
) -> None:
    """Call something before each file is read, and after those that read were told to give up."""
    read, stop = Readers._read, Readers._stop

    def read_then(self: Readers, wanted: Any, *more: Any) -> Any:
        before_read(wanted)
        return read(self, wanted, *more)

    def stop_then(self: Readers, *given_up: Any) -> None:
        stop(self, *given_up)
        after_stop()

    monkeypatch.setattr(Readers, "_read", read_then)
    monkeypatch.setattr(Readers, "_stop", stop_then)


# embedding ----------------------------------------------------------------------------------------


def embedding_lock(local: Any) -> Any:
    """Return the lock that an embedder holds while it embeds documents."""
    return local._lock


def damage_memory_of_precision() -> None:
    """Spoil the file in which the measured precision is kept."""
    from jupyter_localai.embed import precision

    precision._memory().write_text("damaged")


def move_packaged_weights(monkeypatch: pytest.MonkeyPatch, at: Callable[[Path], Path]) -> Path:
    """Put the packaged embedding model where a function says that gets its folder; return this place."""
    from jupyter_localai.embed import weights

    folder = at(weights._packaged())
    monkeypatch.setattr(weights, "_packaged", lambda: folder)
    return folder


# clients and the engine's process -----------------------------------------------------------------


def open_engine(client: Any) -> None:
    """Reach a client's engine, starting it where there is none."""
    client._connection.open()


def use_session(client: Any, session: Any) -> None:
    """Have a client talk to an engine in this process."""
    client._connection._session = session


def share_session(client: Any, other: Any) -> None:
    """Have a client talk to the engine that another one talks to, in this process."""
    client._connection._session = other._connection._session


def close_session(client: Any) -> None:
    """End a client's engine in this process."""
    client._connection._session.close()


def start_engine(config: Any) -> None:
    """Start an engine's process, and wait until it listens."""
    from jupyter_localai.service.client import launch

    launch._start(config)


def count_starts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list to which the settings of each engine are added that a client starts."""
    from jupyter_localai.service.client import launch

    starts, spawn = [], launch._spawn
    monkeypatch.setattr(launch, "_spawn", lambda config: starts.append(config) or spawn(config))
    return starts


def suits(address: Any, hello: dict[str, Any]) -> bool:
    """Whether a client takes the engine that greets it so."""
    from jupyter_localai.service.client import launch

    return launch._suits(address, hello)


def names_of_calls() -> Sequence[str]:
    """Return the names that a call to the engine may have."""
    from jupyter_localai.service.process import operations

    return list(operations._MANNERS)


# the panel of a notebook --------------------------------------------------------------------------


def parts(panel: Any) -> SimpleNamespace:
    """Return the parts of a chat panel: its widgets, its conversation and its client."""
    names = ("input", "choosers", "log", "chat", "export", "index", "client")
    return SimpleNamespace(**{name: getattr(panel, f"_{name}") for name in names})


def turns_shown(panel: Any) -> list[Any]:
    """Return the widgets of the turns that a panel shows."""
    return list(panel._log._widgets.values())


def type_into(panel: Any, text: str) -> None:
    """Write into a panel's field for questions, as a browser tells of it."""
    panel._input._handle_msg({"content": {"data": {"method": "update", "state": {"value": text}}}})


def press_enter(panel: Any) -> None:
    """Press Enter in a panel's field for questions, as a browser tells of it."""
    panel._input._handle_custom_msg({"event": "submit"}, [])


# lists that a test goes through -------------------------------------------------------------------


def kinds_of_error() -> list[type[errors.LocalAIError]]:
    """Return every kind of error there is."""
    return errors._descendants(errors.LocalAIError)


def command_parsers() -> tuple[Any, ...]:
    """Return the parser of the command line, and those of its commands."""
    from jupyter_localai.adapters.terminal import cli

    return cli._parsers()


def filtered_calls() -> dict[str, int]:
    """Return the system's calls that the filter knows on this machine, with their numbers."""
    from jupyter_localai.privacy import seccomp

    return seccomp._MACHINES[platform.machine()].calls


def options_of(parser: Any) -> list[Any]:
    """Return the options and arguments that a command's parser declares."""
    return list(parser._actions)


# the doctor, and connections to Ollama -------------------------------------------------------------


def others_may_enter(folder: Any) -> bool:
    """Whether other users may enter a folder, by its mode and those above it."""
    from jupyter_localai.doctor import exposure_checks

    return exposure_checks._may_enter(folder)


def other_users() -> str:
    """Return how many other users a machine has, in words."""
    from jupyter_localai.doctor import exposure_checks

    return exposure_checks._others()


def http(connection: Any) -> Any:
    """Return the HTTP client of a connection to Ollama."""
    return connection._http


def cancel_as_data_come(stream: Any, send: Callable[[], None]) -> None:
    """Have a stream's loop read and cancel in one round."""

    def both() -> None:
        send()
        stream._loop.call_soon(stream._task.cancel)

    stream._loop.call_soon_threadsafe(both)


def bytes_put(stream: Any) -> int:
    """Return how many bytes of reports a stream has handed on."""
    return stream._put


def parse_tree(pattern: str, flags: int) -> Any:
    """Return what Python's own parser makes of a pattern."""
    try:
        from re import _parser
    except ImportError:  # before Python 3.11
        import sre_parse as _parser
    return _parser.parse(pattern, flags)


def socket_address():
    """Return the address that `seatbelt.try_connect` asks for, as the system's C structure."""
    return seatbelt._address()


def fulltext_levels(catalogue: Catalogue, collection_id: int) -> int:
    """Return how many levels the keyword index of a collection has."""
    return catalogue.fulltext._levels(f"keywords_{collection_id}")


def fulltext_pieces(catalogue: Catalogue, collection_id: int) -> int:
    """Return of how many pieces the keyword index of a collection is made."""
    return catalogue.rows(f'SELECT count(DISTINCT segid) FROM "keywords_{collection_id}_idx"')[0][0]


def add_fulltext_levels(catalogue: Catalogue, index: str, count: int) -> None:
    """Add empty levels to an index, as SQLite before 3.41 does when it is merged; at least 128 must result."""
    levels = catalogue.fulltext._levels(index) + count
    with catalogue.transaction():
        sql = f'SELECT block FROM "{index}_data" WHERE id = 10'
        block = catalogue.execute(sql).fetchone()[0]
        block = block[:4] + bytes([0x80 | levels >> 7, levels & 0x7F]) + block[5:] + bytes(2 * count)
        catalogue.execute(f'UPDATE "{index}_data" SET block = ? WHERE id = 10', (block,))

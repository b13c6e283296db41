"""Chroma's folder of each collection: opened with care, rebuilt from the catalogue when damaged.

Every collection has a Chroma folder of its own. It is never changed in a way that a crash could
leave half done: a new one is built beside it, the catalogue then names the new one, and whatever
the catalogue does not name is removed.

Chroma can crash the process that opens damaged files. So a folder is sealed when it is closed (its
files' sizes and times are noted), and one whose seal is broken is first opened in a process of
its own (`check`). One that was not made on this machine is never opened, but rebuilt.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..embed.base import Array
from ..errors import StoreError
from ..results.reports import Progress
from . import exact
from .catalogue import Catalogue
from .chroma import VectorStore
from .migrate import ONE_CHROMA
from .registry import FOLDER, Collection
from .seal import Sealer, is_plain
from .write import fill, settle

_CHECK_SECONDS = 60
_CHECKED_PER_SECOND = 500  # chunks; many times slower than a slow machine
_COMPARED = 2000
"""Chunks that are compared one by one sooner than Chroma finds the nearest among them."""
_WORTH_REBUILDING = 1000  # deleted chunks
_BYTES_A_CHUNK = 4096  # of the disk, about, while a folder is built
_CHROMAS_FILE = re.compile(r"chroma\.sqlite3(-\w+)?")
_CHROMAS_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ChromaFolders:
    """The Chroma folders of one store.

    Parameters
    ----------
    root : Path
        The folder they lie in.
    catalogue : Catalogue
        The record, which names them.
    report : callable
        Called with a `Progress` while a folder is checked or built.
    with_texts : bool
        Whether a folder that is built has the texts of chunks, too, for other clients of Chroma.
    """

    def __init__(
        self, root: Path, catalogue: Catalogue, report: Callable[[Progress], None], with_texts: bool = False
    ) -> None:
        self._root = root
        self._catalogue = catalogue
        self._report = report
        self._with_texts = with_texts
        self._sealer = Sealer()
        self._open: dict[int, VectorStore] = {}
        self._building: set[str] = set()
        self._rebuilding: set[int] = set()
        self._lock = threading.RLock()  # held while a folder is opened, closed or searched, not while one is built
        if catalogue.recall(ONE_CHROMA):
            _remove(root)
            catalogue.forget(ONE_CHROMA)
        self.sweep()

    def open(self, collection: Collection) -> VectorStore:
        """Return a collection's vector index, which followed the catalogue when it was opened.

        Raises
        ------
        StoreError
            ``chroma_failed`` when Chroma cannot even make a new one; ``disk_full``.
        """
        with self._lock:
            store = self._open.get(collection.id)
            if store is None:
                collection = self._catalogue.registry.fresh(collection)
                store = self._open_sound(collection) or self._build(collection)
                try:
                    settle(self._catalogue, store, collection)
                except BaseException:
                    self._let_go(collection.id)
                    raise
            return store

    def settle(self, collection: Collection) -> None:
        """Bring a collection's vector index up to what the catalogue says."""
        if self._catalogue.is_unsettled(collection):
            settle(self._catalogue, self.open(collection), collection)

    def query(
        self, collection: Collection, vector: Array, limit: int, document_ids: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(chunk number, cosine similarity)`` of the nearest chunks, most similar first."""
        chunks = self._catalogue.chunks
        if document_ids is not None and chunks.count_of(document_ids) <= _COMPARED:
            return exact.query(self._catalogue, collection, vector, limit, document_ids)
        with self._lock:
            if not self.has(collection):
                return exact.query(self._catalogue, collection, vector, limit, document_ids)
            store = self.open(collection)
            if document_ids is None:
                return store.query(vector, limit)
            return self._among(store, vector, limit, document_ids)

    def _among(
        self, store: VectorStore, vector: Array, limit: int, document_ids: Sequence[int]
    ) -> list[tuple[int, float]]:
        """Return the nearest chunks of some documents; Chroma refuses to look among chunks that it does not hold."""
        while True:
            held = self._catalogue.chunks.held_of(document_ids)
            try:
                return store.query(vector, limit, held)
            except StoreError:
                if self._catalogue.chunks.held_of(document_ids) == held:  # else it has just forgotten some
                    raise

    def has(self, collection: Collection) -> bool:
        """Whether a collection's folder is there or can be made now: not while another thread makes the only one."""
        return collection.id in self._open or collection.id not in self._rebuilding

    def rebuild(self, collection: Collection) -> Iterator[Progress]:
        """Build a collection's vector index from the catalogue; the old one is used until it is complete.

        There is none where only a server has the vectors.
        """
        if self._catalogue.origins.is_distant(collection.id):
            return
        folder = f"{collection.chroma_name}-{secrets.token_hex(3)}"
        with self._lock:  # a search may be making one just now
            self._building.add(folder)
            self._rebuilding.add(collection.id)
        store, done = None, 0
        try:
            metadata = _metadata(collection)
            store = VectorStore(self._root / folder, collection.chroma_name, metadata, self._with_texts)
            numbers = self._catalogue.chunks.numbers(collection.id)
            if numbers:  # a collection that has just been made is no rebuilt one
                yield Progress("rebuild", 0, len(numbers), "chunks")
            for count in fill(store, self._catalogue, numbers):
                done += count
                yield Progress("rebuild", done, len(numbers), "chunks")
            with self._catalogue.transaction():
                seal = self._sealer.made_here(self._root / folder)
                self._catalogue.registry.set_folder(collection, folder, seal, self._with_texts)
                self._catalogue.chunks.made_of(collection.id, numbers)
                self._catalogue.mark_ready(collection)
        except BaseException:
            self._building.discard(folder)
            self._rebuilding.discard(collection.id)
            if store is not None:
                store.close()
            self.sweep()
            raise
        with self._lock:
            self._let_go(collection.id)
            self._open[collection.id] = store
            self._building.discard(folder)
            self._rebuilding.discard(collection.id)
            self.sweep()

    def tidy(self, collection: Collection) -> Iterator[Progress]:
        """Rebuild a folder at least half of which was deleted, or that has texts and should not, or the reverse."""
        collection, chunks = self._catalogue.registry.fresh(collection), self._catalogue.chunks
        count, dead = chunks.count(collection.id), collection.buried + len(chunks.tombstones(collection.id))
        is_outdated = bool(collection.folder) and collection.texts != self._with_texts
        if dead >= max(_WORTH_REBUILDING, count) or (is_outdated and self._has_room_for(count)):
            yield from self.rebuild(collection)

    def _has_room_for(self, chunks: int) -> bool:
        return shutil.disk_usage(self._root).free > 2 * chunks * _BYTES_A_CHUNK

    def sweep(self) -> None:
        """Remove every folder of ours that no collection names."""
        with self._lock:
            self._sweep({collection.folder for collection in self._catalogue.registry.all()} | self._building)

    def _sweep(self, named: set[str]) -> None:
        for number in [number for number, store in self._open.items() if store.folder.name not in named]:
            self._let_go(number)
        if self._root.is_dir() and not self._root.is_symlink():
            for entry in os.scandir(self._root):
                if entry.name not in named and FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                    _remove(Path(entry.path))

    def close(self) -> None:
        """Close every folder, and seal it."""
        with self._lock:
            for collection in self._catalogue.registry.all():
                if collection.id in self._open:
                    self._let_go(collection.id)
                    seal = self._sealer.closed(self._root / collection.folder)
                    with contextlib.suppress(StoreError), self._catalogue.transaction():  # without one it is checked
                        self._catalogue.registry.set_seal(collection, seal)

    def _open_sound(self, collection: Collection) -> VectorStore | None:
        """Open the folder the catalogue names; None when it has to be made anew."""
        folder = self._root / collection.folder
        if not collection.folder or not folder.is_dir():
            return None
        if not self._sealer.is_made_here(folder, collection.seal) or not is_plain(folder, collection.chroma_name):
            return None
        if not self._sealer.is_as_closed(folder, collection.seal) and not self._check(collection):
            return None
        with self._catalogue.transaction():
            self._catalogue.registry.set_seal(collection, self._sealer.made_here(folder))
        try:
            store = VectorStore(folder, collection.chroma_name, _metadata(collection), collection.texts)
        except StoreError as error:
            if error.code != "chroma_failed":
                raise
            return None
        self._open[collection.id] = store
        return store

    def _check(self, collection: Collection) -> bool:
        """Whether another process could open the folder and found it equal to the catalogue."""
        self._report(Progress("check"))
        command = [sys.executable, "-m", f"{__package__}.check", str(self._root.parent), str(collection.id)]
        seconds = _CHECK_SECONDS + self._catalogue.chunks.count(collection.id) / _CHECKED_PER_SECOND
        quiet = subprocess.DEVNULL
        try:
            done = subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _build(self, collection: Collection) -> VectorStore:
        while True:
            for progress in self.rebuild(collection):
                self._report(progress)
            store = self._open.get(collection.id)
            if store is not None:
                return store
            collection = self._catalogue.registry.fresh(collection)  # it was swept: something was forgotten meanwhile

    def _let_go(self, number: int) -> None:
        store = self._open.pop(number, None)
        if store is not None:
            store.close()


def _metadata(collection: Collection) -> dict[str, str]:
    return {"name": collection.name, "embedder": collection.embedder, "fingerprint": collection.fingerprint}


def _remove(folder: Path) -> None:
    """Remove what Chroma made in a folder, and the folder unless something else is left in it."""
    with contextlib.suppress(FileNotFoundError):
        for entry in tuple(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False) and _CHROMAS_FOLDER.fullmatch(entry.name):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.is_file(follow_symlinks=False) and _CHROMAS_FILE.fullmatch(entry.name):
                with contextlib.suppress(PermissionError):  # of Windows, while Chroma has it open: the next sweep's
                    os.unlink(entry.path)
        with contextlib.suppress(OSError):
            folder.rmdir()

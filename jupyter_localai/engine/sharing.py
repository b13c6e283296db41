"""What a team shares of a collection: a lock of its documents, a bundle of everything, and a server."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ..config import DEFAULT_COLLECTION
from ..remote import check
from ..results.passages import Rules
from ..results.projects import BundleInfo, ExportReport, ImportReport, Lock
from ..results.reports import Progress
from ..results.servers import ServerCheck, ServerReply
from . import exporting, importing, locking
from .store import Store


class Sharing:
    """The part of an engine that locks, exports, imports, and asks the server of shared collections."""

    _store: Store

    def lock(
        self, folder: str, roots: dict[str, Rules], collection: str = DEFAULT_COLLECTION
    ) -> Iterator[Progress | Lock]:
        """Describe the documents under some roots as they are now, and how the collection has cut them."""
        yield from locking.lock(self._store, folder, roots, collection)

    def export_bundle(
        self, collection: str, path: str, half: bool = False, texts: bool = True
    ) -> Iterator[Progress | ExportReport]:
        """Write a collection into one file; the last event is the ExportReport."""
        return exporting.export(self._store, collection, path, half, texts)

    def import_bundle(self, path: str, name: str = "", root: str = "") -> Iterator[Progress | ImportReport]:
        """Make a collection of such a file; the last event is the ImportReport."""
        return importing.import_(self._store, path, name, root)

    def inspect_bundle(self, path: str) -> BundleInfo:
        """Return what such a file has, and change nothing."""
        return importing.inspect(self._store, path)

    def shared_server(self) -> ServerReply:
        """Ask the server of shared collections whether it is one, and takes the token."""
        door, begun = self._store.door(), time.monotonic()
        door.heartbeat()
        return ServerReply(door.address, time.monotonic() - begun)

    def check_shared_server(self) -> ServerCheck:
        """Try whether that server does what shared collections rely on."""
        door = self._store.door()
        with contextlib.closing(self._store.shared_server.second_door(self._store.config)) as other:
            return check.check(door, other)

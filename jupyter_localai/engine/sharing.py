"""What a team shares of a collection: a lock of its documents, and a bundle of everything."""

from __future__ import annotations

from collections.abc import Iterator

from ..config import DEFAULT_COLLECTION
from ..results.files import Rules
from ..results.projects import BundleInfo, ExportReport, ImportReport, Lock
from ..results.reports import Progress
from . import exporting, importing, locking
from .store import Store


class Sharing:
    """The part of an engine that locks, exports and imports."""

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

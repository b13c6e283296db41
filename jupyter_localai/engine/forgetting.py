"""What an engine no longer has: documents and collections that are forgotten, and what is left of them in files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..index import forget
from ..results.reports import Event, ForgetReport
from . import attachments, validate
from .store import Store


class Forgetting:
    """The part of an engine that forgets, and cleans away."""

    _store: Store

    def forget(self, paths: Sequence[str] = (), collection: str | None = None) -> Iterator[Event]:
        """Remove documents, from one collection or from all, or a whole collection; nothing of them stays.

        The last event is the ForgetReport.

        Raises
        ------
        UnknownCollectionError, StoreError
            ``not_indexed`` for a path that is not indexed, and is and was in no folder that is.
        UsageError
            ``attached`` for documents of a collection that follows one of others.
        """
        self._store.check_writable()
        self._check(paths, collection)
        try:
            yield from forget.forget(paths, collection, self._store.catalogue, self._store.folders)
        finally:
            self._store.tables.close()  # it may hold tables of what was forgotten
            self._store.restrict()

    def detach(self, collection: str) -> Iterator[Event]:
        """Forget an attached collection; the server keeps its own. The last event is the ForgetReport.

        Raises
        ------
        UnknownCollectionError
        UsageError
            ``not_attached``.
        """
        attachments.origin_of(self._store, collection)
        yield from self.forget(collection=collection)

    def would_forget(self, paths: Sequence[str] = (), collection: str | None = None) -> ForgetReport:
        """Return what `forget` would remove; it raises as that does."""
        self._check(paths, collection)
        return forget.preview(paths, collection, self._store.catalogue)

    def _check(self, paths: Sequence[str], collection: str | None) -> None:
        validate.check_forgetting(paths, collection)
        if collection is not None:
            self._store.collection(collection)
        if paths:
            attachments.refuse_paths(self._store, paths, collection)

    def compact(self) -> Iterator[Event]:
        """Clean away what files still hold of documents that were deleted or changed; the last event is the report."""
        try:
            yield from forget.compact(self._store.catalogue, self._store.folders)
        finally:
            self._store.restrict()

    def is_quick_to_compact(self) -> bool:
        """Whether `compact` has something to do that takes some seconds only."""
        return self._store.is_writable and forget.is_quick(self._store.catalogue)

"""The verbs about what is in the index: index, watch, forget, rebuild and the like; `Verbs` has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...config import DEFAULT_COLLECTION
from ...errors import UsageError
from ...results.base import to_json
from ...results.files import Rules
from ...results.reports import (
    CompactReport,
    ForgetReport,
    IndexReport,
    Job,
    RebuildReport,
    Watch,
)
from .methods import JobVerb, Verb
from .naming import Paths, absolute
from .request import Report, Request


class IndexingVerbs:
    """Change what is in the index."""

    @JobVerb
    def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
        ocr: bool = False,
        background: bool = False,
        progress: Report | None = None,
    ) -> Request[IndexReport]:
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
            Only report what would happen.
        retry : bool
            Try files again that have failed, though they have not changed.
        refresh : bool
            Look at `paths` only as far as they lie in folders that are indexed already, by the rules these were
            indexed with; add none.
        max_documents : int, optional
            Raise `UsageError` (``too_many_documents``), and change nothing, when more would have to be read.
        ocr : bool
            Have OCR read pages and pictures that only it can read, after all else is searchable. It needs the extra
            ``ocr``; without it, raise `UsageError` (``ocr_missing``).
        background : bool
            Return at once, with a `Job` that can be followed or cancelled.
        progress : callable, optional
            Called with each `Progress`.
        """
        arguments = {
            "paths": absolute(paths),
            "collection": collection,
            "rules": to_json(Rules(tuple(include), tuple(exclude), ignore)),
            "dry_run": dry_run,
            "retry": retry,
            "refresh": refresh,
            "max_documents": max_documents,
            "ocr": ocr,
            "background": background,
        }
        return Request("index", arguments, Job if background else IndexReport, progress)

    @Verb
    def rebuild(self, collection: str | None = None, *, progress: Report | None = None) -> Request[RebuildReport]:
        """Rebuild the vector index of one or all collections.

        Nothing is embedded again, unless the setting `embedder` now names another model than a
        collection was built with: then its files are read and embedded again, and the old version
        answers until the new one is complete.
        """
        return Request("rebuild", {"collection": collection}, RebuildReport, progress)

    @Verb
    def forget(
        self, paths: Paths = (), *, collection: str | None = None, progress: Report | None = None
    ) -> Request[ForgetReport]:
        """Remove documents, or a whole collection, so that nothing of them stays in the index.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; they need not exist any more. A file in a folder that stays indexed is
            kept out of it until it is named to `index`.
        collection : str, optional
            Remove the paths from this collection only; without paths, remove the whole collection.
        progress : callable, optional
            Called with each `Progress`.
        """
        return Request("forget", _forgetting(paths, collection), ForgetReport, progress)

    @Verb
    def would_forget(self, paths: Paths = (), *, collection: str | None = None) -> Request[ForgetReport]:
        """Return what `forget` would remove, with the same arguments, and change nothing."""
        return Request("would_forget", _forgetting(paths, collection), ForgetReport)

    @Verb
    def rename_collection(self, collection: str, name: str) -> Request[None]:
        """Give a collection another name.

        Raises
        ------
        UsageError
            ``name_taken``.
        UnknownCollectionError
        """
        return Request("rename_collection", {"collection": collection, "name": name})

    @Verb
    def watch(self, collection: str = DEFAULT_COLLECTION, on: bool = True) -> Request[Watch]:
        """Have a collection follow its folders: what changes there is indexed within seconds.

        It does so as long as an engine runs, which does not end for want of work then, and again when the next one
        has started. Folders on network disks, and in which the system does not report changes, are looked at now and
        then.

        Parameters
        ----------
        collection : str
        on : bool
            False to end that.
        """
        return Request("watch", {"collection": collection, "on": on}, Watch)

    @Verb
    def compact(self, *, progress: Report | None = None) -> Request[CompactReport]:
        """Clean away what the index's files still hold of documents that were deleted or changed.

        An engine that has nothing to do does so by itself, unless the index is large.
        """
        return Request("compact", {}, CompactReport, progress)


def _forgetting(paths: Paths, collection: str | None) -> dict[str, Any]:
    named = absolute(paths)
    if not named and collection is None:
        raise UsageError("Name paths or a collection to forget.", "Name a PATH, or --collection NAME.")
    return {"paths": named, "collection": collection}

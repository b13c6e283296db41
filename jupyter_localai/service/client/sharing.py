"""The verbs about what a team shares: a lock of documents, and a bundle of a collection; `Verbs` has them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...config import DEFAULT_COLLECTION
from ...results.base import to_json
from ...results.files import Rules
from ...results.projects import BundleInfo, ExportReport, ImportReport, Lock
from .methods import Verb
from .naming import absolute
from .request import Report, Request


class SharingVerbs:
    """Lock, export and import."""

    @Verb
    def lock(
        self,
        folder: str | os.PathLike[str],
        roots: Mapping[str, Rules] | None = None,
        collection: str = DEFAULT_COLLECTION,
        *,
        progress: Report | None = None,
    ) -> Request[Lock]:
        """Describe the documents of a project as they are on disk now, and how a collection has cut them.

        Parameters
        ----------
        folder : path
            The project's.
        roots : mapping of str to Rules, optional
            Paths in it, and what to include and exclude; without any, only the embedding model is described.
        collection : str
        progress : callable, optional
            Called with each `Progress`.
        """
        named = {absolute(path)[0]: to_json(rules) for path, rules in (roots or {}).items()}
        arguments = {"folder": absolute(folder)[0], "roots": named, "collection": collection}
        return Request("lock", arguments, Lock, progress)

    @Verb
    def export_bundle(
        self,
        path: str | os.PathLike[str],
        collection: str = DEFAULT_COLLECTION,
        *,
        half: bool = False,
        texts: bool = True,
        progress: Report | None = None,
    ) -> Request[ExportReport]:
        """Write a collection into one file, which another index can take in.

        Parameters
        ----------
        path : path
            The file. It is replaced if it is a bundle already.
        collection : str
        half : bool
            Write the vectors with 16 bits a number, in half the room.
        texts : bool
            Whether the texts of the documents are in it. Without them, who imports it needs the documents.
        progress : callable, optional
            Called with each `Progress`.

        Raises
        ------
        UnknownCollectionError
        BundleError
            ``file_exists`` when something else is there; ``folder_missing``, ``unwritable``.
        """
        arguments = {"path": absolute(path)[0], "collection": collection, "half": half, "texts": texts}
        return Request("export_bundle", arguments, ExportReport, progress)

    @Verb
    def import_bundle(
        self,
        path: str | os.PathLike[str],
        name: str = "",
        *,
        root: str | os.PathLike[str] = "",
        progress: Report | None = None,
    ) -> Request[ImportReport]:
        """Make a collection of a file that `export_bundle` wrote, all of it or nothing.

        Nothing is embedded if the configured embedding model made its vectors.

        Parameters
        ----------
        path : path
            The file.
        name : str
            Of the collection; the one that it was exported with when left out.
        root : path
            The folder that has the documents on this machine; the collection then follows it. When left out, citations
            show their passages, and open once the folder is indexed into the collection.
        progress : callable, optional
            Called with each `Progress`.

        Raises
        ------
        BundleError
            When something in the file is damaged, too new or unsafe; nothing is stored then. ``bundle_root`` when none
            of the documents is in `root`.
        StoreError
            ``collection_exists``.
        """
        arguments = {"path": absolute(path)[0], "name": name, "root": absolute(root)[0] if os.fspath(root) else ""}
        return Request("import_bundle", arguments, ImportReport, progress)

    @Verb
    def inspect_bundle(self, path: str | os.PathLike[str]) -> Request[BundleInfo]:
        """Check a file that `export_bundle` wrote, and return what it has; changes nothing.

        Raises
        ------
        BundleError
            As `import_bundle`.
        """
        return Request("inspect_bundle", {"path": absolute(path)[0]}, BundleInfo)

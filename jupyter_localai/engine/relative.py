"""Documents' paths for other machines, in a bundle or on a server."""

from __future__ import annotations

import os

from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..paths import inside, lies_in


class RelativePaths:
    """The documents' paths relative to what was indexed; they say nothing of the folders above.

    Parameters
    ----------
    roots : dict of str to str
        The root of each document, by its path.
    """

    @classmethod
    def of(cls, catalogue: Catalogue, collection: Collection) -> RelativePaths:
        """Return those of a collection's documents that could be read."""
        return cls({path: root for _, path, root in catalogue.readable(collection)})

    def __init__(self, roots: dict[str, str]) -> None:
        self._root_of = roots
        folders = {root: os.path.dirname(root) if root in roots else root for root in roots.values()}
        try:
            base = os.path.commonpath(folders.values()) if folders else ""
        except ValueError:  # they are on several drives of Windows
            base = ""
        home = os.path.expanduser("~")
        # it has the home of every user, or all there is
        is_telling = not base or (base != home and lies_in(home, [base]))
        labels: dict[str, str] = {}
        for folder in dict.fromkeys(sorted(folders.values())):
            label = "" if folder == base else inside(folder, base)
            if is_telling and len(set(folders.values())) > 1:
                label = os.path.basename(folder) or "root"
                while label in labels.values():
                    label += "_"
            labels[folder] = label
        self._labels = {root: (folder, labels[folder]) for root, folder in folders.items()}

    def relative(self, path: str) -> str:
        """Return a document's path, with ``/``."""
        folder, label = self._labels[self._root_of[path]]
        return "/".join(filter(None, (label, inside(path, folder))))

    def ordered(self) -> list[str]:
        """Return the documents in the order of their relative paths."""
        return sorted(self._root_of, key=self.relative)

    def roots(self) -> list[tuple[str, str]]:
        """Return each root, and its relative path."""
        named = []
        for root, (folder, label) in sorted(self._labels.items()):
            name = os.path.basename(root) if root != folder else ""
            named.append((root, "/".join(filter(None, (label, name))) or "."))
        return named

"""Which documents of a collection a glob means."""

from __future__ import annotations

import fnmatch
import os
import re

from ..errors import UsageError
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..ingest.discover import matches
from ..paths import inside


def matching(catalogue: Catalogue, collection: Collection, pattern: str) -> list[int]:
    """Return the ids of the documents whose path relative to their root, or base name, matches.

    An absolute pattern is compared with whole paths.

    Raises
    ------
    UsageError
        ``no_matching_file``.
    """
    absolute = os.path.isabs(pattern)
    found = [
        document_id
        for document_id, path, root in catalogue.readable(collection)
        if (fnmatch.fnmatch(path, pattern) if absolute else matches(pattern, inside(path, root)))
    ]
    if found:
        return found
    if absolute:
        told = f"Collection {collection.name!r} has no document {_unescaped(pattern)!r}."
        raise UsageError(told, "Index it there, or ask the collection that has it.", code="no_matching_file")
    told = f"No document of collection {collection.name!r} matches {pattern!r}."
    raise UsageError(told, "Check the pattern; for example '*.pdf' or 'reports/*'.", code="no_matching_file")


def _unescaped(pattern: str) -> str:
    """Return the path that `glob.escape` was given."""
    return re.sub(r"\[([*?[])\]", r"\1", pattern)

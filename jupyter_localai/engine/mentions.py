"""Which documents a question is limited to: those of a glob, and those that it names, as in ``@report.md``."""

from __future__ import annotations

import difflib
import glob
import re
from pathlib import PurePosixPath

from ..errors import UsageError
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..paths import inside
from .selecting import matching

_MENTION = re.compile(r'(?<![\w@.])@(?:"([^"\n]{1,300})"|([^\s"@]{1,300}))')
_AFTER = ".,:;!?)]}'"


def chosen(catalogue: Catalogue, collection: Collection, question: str, files: str | None) -> list[int] | None:
    """Return the ids of the documents to search; None for all.

    A name after ``@`` means a document by its name, with or without its suffix, or by its path. Other words after
    ``@``, such as a decorator, mean nothing.

    Raises
    ------
    UsageError
        ``no_matching_file``, with the closest name.
    """
    ids = None if files is None else set(matching(catalogue, collection, files))
    names = [quoted or bare.rstrip(_AFTER) for quoted, bare in _MENTION.findall(question)]
    if not any(names):
        return None if ids is None else sorted(ids)
    paths = [PurePosixPath(inside(path, root)) for _, path, root in catalogue.readable(collection)]
    named: set[int] = set()
    for name in filter(None, names):
        wanted = PurePosixPath(name)
        if any(wanted.name.casefold() == path.stem.casefold() for path in paths):
            named |= set(matching(catalogue, collection, f"{glob.escape(name)}.*"))
        elif any(wanted.suffix.casefold() == path.suffix.casefold() for path in paths if path.suffix):
            named |= _exactly(catalogue, collection, name, [path.name for path in paths])
    if not named:
        return None if ids is None else sorted(ids)
    return sorted(named if ids is None else named & ids)


def _exactly(catalogue: Catalogue, collection: Collection, name: str, known: list[str]) -> set[int]:
    try:
        return set(matching(catalogue, collection, glob.escape(name)))
    except UsageError as error:
        close = difflib.get_close_matches(PurePosixPath(name).name, known, 1)
        if not close:
            raise
        raise UsageError(error.message, f"Did you mean @{_quoted(close[0])}?", code="no_matching_file") from None


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"\s", name) else name

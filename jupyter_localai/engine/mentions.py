"""Which documents a question is limited to: those of a glob, and those that it names, as in ``@report.md``."""

from __future__ import annotations

import glob as glob_module
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ..answer.scope import closest
from ..errors import UsageError
from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..paths import inside
from ..results.passages import Hit
from .selecting import called, caseless, matching

_MENTION = re.compile(r'(?<![\w@.])@(?:"([^"\n]{1,300})"|([^\s"@]{1,300}))')
_AFTER = ".,:;!?)]}'"
_FILE_NAME = re.compile(r"(?<![\w@./-])[\w-][\w-]{0,80}(?:\.[\w-]{1,40}){0,3}\.(?=\w{0,4}[^\W\d])\w{1,5}(?!\w)")


def chosen(
    catalogue: Catalogue, collections: Sequence[Collection], question: str, files: str | Sequence[str] | None
) -> list[int] | None:
    """Return the ids of the documents to search; None for all.

    A name after ``@`` means a document by its name, with or without its suffix, or by its path. Other words after
    ``@``, such as a decorator, mean nothing.

    Raises
    ------
    UsageError
        ``no_matching_file``, with the closest name.
    """
    globs = [files] if isinstance(files, str) else files or []
    ids = {number for glob in globs if glob for number in matching(catalogue, collections, glob)} or None
    names = [quoted or bare.rstrip(_AFTER) for quoted, bare in _MENTION.findall(question)]
    if not any(names):
        return None if ids is None else sorted(ids)
    paths = _paths(catalogue, collections)
    named: set[int] = set()
    for name in filter(None, names):
        wanted = PurePosixPath(name)
        if any(caseless(wanted.name) == caseless(path.stem) for path in paths):
            named |= set(matching(catalogue, collections, f"{glob_module.escape(name)}.*"))
        elif any(wanted.suffix.casefold() == path.suffix.casefold() for path in paths if path.suffix):
            named |= _exactly(catalogue, collections, name, [path.name for path in paths])
    if not named:
        return None if ids is None else sorted(ids)
    return sorted(named if ids is None else named & ids)


def unknown(question: str, catalogue: Catalogue, collections: Sequence[Collection], hits: Sequence[Hit]) -> str:
    """Return a note on a file that a question names, if no document has that name and one has nearly that.

    A file that the passages write about is none of these.
    """
    found = _FILE_NAME.findall(question)
    if not found:
        return ""
    known = {path.name for path in _paths(catalogue, collections)}
    folded, suffixes = {caseless(name) for name in known}, {PurePosixPath(name).suffix.casefold() for name in known}
    said = "\n".join(hit.text for hit in hits).casefold()
    for name in found:
        if PurePosixPath(name).suffix.casefold() not in suffixes or caseless(name) in folded:
            continue
        close = closest(name, sorted(known))
        if close and name.casefold() not in said:
            error = not_indexed(name, close, collections)
            return f"{error.message} {error.remedy}"
    return ""


def not_indexed(name: str, close: str, collections: Sequence[Collection]) -> UsageError:
    """Return that no document has a name, and which one may be meant."""
    where = called([collection.name for collection in collections])
    hint = f"Did you mean {close!r}?" if close else "See which there are: jupyter localai documents."
    return UsageError(f"No document of {where} is called {name!r}.", hint, code="no_matching_file")


def _paths(catalogue: Catalogue, collections: Sequence[Collection]) -> list[PurePosixPath]:
    return [PurePosixPath(inside(path, root)) for each in collections for _, path, root in catalogue.readable(each)]


def _exactly(catalogue: Catalogue, collections: Sequence[Collection], name: str, known: list[str]) -> set[int]:
    try:
        return set(matching(catalogue, collections, glob_module.escape(name)))
    except UsageError as error:
        close = closest(PurePosixPath(name).name, known)
        if not close:
            raise
        raise UsageError(error.message, f"Did you mean @{_quoted(close)}?", code="no_matching_file") from None


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"\s", name) else name

"""Parts of a collection: the documents that match a glob, and the vectors of an even sample of chunks."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import os
import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from ..answer.scope import closest
from ..embed.base import Array
from ..errors import UsageError
from ..index.catalogue import Catalogue
from ..index.chunks import StoredChunk
from ..index.distant import DistantVectors
from ..index.registry import Collection
from ..ingest.discover import matches
from ..paths import inside
from ..results.vectors import MAX_LIMIT, WORDS_CHARS, Point, Vectors, packed
from ..text.clip import clipped

_ESCAPED = re.compile(r"\[([*?[])\]")
_WILDCARDS = re.compile(r"[*?[]")


def matching(catalogue: Catalogue, collections: Sequence[Collection], pattern: str) -> list[int]:
    """Return the ids of the documents that a glob means, by the first way of comparing that finds any.

    It is compared with paths relative to their root and with base names, then with the ends of whole paths, which is
    what lists show; at last with both regardless of case. An absolute pattern is compared with whole paths, and means
    no other file than the one that it names, where there is one; that of a folder means all documents in it. Brackets
    mean themselves where a document is called so.

    Raises
    ------
    UsageError
        ``no_matching_file``, with the closest name where a name was given.
    """
    if "[" in pattern:
        with contextlib.suppress(UsageError):
            return _matching(catalogue, collections, glob.escape(pattern))
    return _matching(catalogue, collections, pattern)


def _matching(catalogue: Catalogue, collections: Sequence[Collection], pattern: str) -> list[int]:
    wanted = os.path.expanduser(pattern).replace(os.sep, "/").removeprefix("./")
    absolute = os.path.isabs(wanted)
    for plain, part in ((str, _literal(wanted)), (caseless, "")):
        documents = [
            (number, path.replace(os.sep, "/"), inside(path, root))
            for collection in collections
            for number, path, root in catalogue.readable(collection, part)
        ]
        fitting = plain(wanted)
        if not absolute:
            ids = [number for number, _, relative in documents if matches(fitting, plain(relative))]
            if ids:
                return ids
        shown = fitting if absolute else f"*/{fitting}"
        ids = [
            number
            for number, path, _ in documents
            if fnmatch.fnmatchcase(plain(path), shown) and not (absolute and _is_another(_unescaped(wanted), path))
        ]
        if absolute and not ids:
            folder = plain(_unescaped(wanted)).rstrip("/") + "/"
            ids = [number for number, path, _ in documents if plain(path).startswith(folder)]
        if ids:
            return ids
    raise _no_match(pattern, absolute, collections, [relative for _, _, relative in documents])


def _no_match(pattern: str, absolute: bool, collections: Sequence[Collection], known: Sequence[str]) -> UsageError:
    name, where = _unescaped(pattern), called([collection.name for collection in collections])
    is_name = not _WILDCARDS.search(_ESCAPED.sub("", pattern))
    close = closest(name.replace(os.sep, "/").rsplit("/", 1)[-1], [path.rsplit("/", 1)[-1] for path in known])
    hint = f"Did you mean {close!r}?" if close and is_name else ""
    if absolute:
        remedy = hint or "Index it there, or ask the collection that has it."
        return UsageError(f"There is no document {name!r} in {where}.", remedy, code="no_matching_file")
    if is_name:
        remedy = hint or "See which there are: jupyter localai documents."
        return UsageError(f"No document of {where} is called {name!r}.", remedy, code="no_matching_file")
    remedy = "Check the pattern; for example '*.pdf' or 'reports/*'."
    return UsageError(f"No document of {where} matches {name!r}.", remedy, code="no_matching_file")


def called(names: Sequence[str]) -> str:
    """Return collections by their names, in words."""
    if len(names) == 1:
        return f"collection {names[0]!r}"
    return f"the collections {', '.join(map(repr, names[:-1]))} and {names[-1]!r}" if names else "any collection"


def _is_another(path: str, other: str) -> bool:
    """Whether two paths are of two files that are there; not so for two spellings of one."""
    try:
        return path != other and not os.path.samefile(path, other)
    except OSError:
        return False


def caseless(text: str) -> str:
    """Return a name without capitals, and with accents in the one form: macOS writes them in another than keyboards."""
    return unicodedata.normalize("NFC", text).casefold()


def _literal(glob: str) -> str:
    """Return a part that stands in every path which fits a glob as it is, as long as there is one."""
    return max(re.split(r"[*?/]", glob.split("[", 1)[0]), key=len)


def _unescaped(pattern: str) -> str:
    """Return the path that `glob.escape` was given."""
    return _ESCAPED.sub(r"\1", pattern)


def sample(
    catalogue: Catalogue, distant: DistantVectors, collection: Collection, limit: int, query: Array | None
) -> Vectors:
    """Return at most `limit` vectors of a collection, spread evenly over its documents, and the query's.

    Raises
    ------
    UsageError
        For a `limit` outside 1 to 50,000.
    LocalAIError
        When the vectors stay on a server, which does not give them.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"limit is {limit}; it must lie between 1 and {MAX_LIMIT:,}.", "Leave it out.")
    numbers = catalogue.chunks.numbers(collection.id)
    total = len(numbers)
    if total > limit:
        numbers = [numbers[at * total // limit] for at in range(limit)]
    chunks = sorted(catalogue.chunks.by_id(numbers).values(), key=lambda chunk: (chunk.path, chunk.seq))
    vectors = np.stack([chunk.vector for chunk in chunks]) if chunks else np.empty((0, 0), np.float32)
    distant.check_whole(collection, vectors)
    return Vectors(
        collection=collection.name,
        embedder=collection.embedder,
        dimension=vectors.shape[1] if query is None else len(query),
        total=total,
        points=tuple(map(_point, chunks)),
        float32=packed(vectors),
        query_float32=None if query is None else packed(query),
    )


def _point(chunk: StoredChunk) -> Point:
    words = clipped(chunk.text, WORDS_CHARS)
    return Point(str(chunk.id), chunk.path, chunk.label, chunk.start, chunk.end, chunk.places[0].anchor, words)

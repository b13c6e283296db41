"""The lock ``localai.lock``: one line of JSON per document, sorted, so that version control can merge it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..results.base import to_json
from ..results.codec import from_json
from ..results.projects import Lock, LockCheck, LockedDocument

_FORMAT = 1
_MAX_BYTES = 1 << 30


def to_text(lock: Lock) -> str:
    """Return the text of a lock file: a line about the format, one about the model, one per document."""
    heads = [{"format": _FORMAT, "reading": lock.reading}, {"embedder": lock.embedder, "fingerprint": lock.fingerprint}]
    lines = [*heads, *(_line(document) for document in sorted(lock.documents, key=lambda document: document.path))]
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)


def _line(document: LockedDocument) -> dict[str, Any]:
    """Return what the lock says of a document; what the index did not take up has no chunks."""
    line = {"path": document.path, "sha256": document.sha256, "chunks": document.chunks or 0}
    return line | {key: value for key, value in to_json(document).items() if key in ("digest", "error") and value}


def read(file: Path) -> Lock:
    """Read a lock file.

    Raises
    ------
    ProjectError
        ``no_lock``; ``bad_lock`` with the line; ``lock_too_new``.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise _bad(file, "it is too large")
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        message = f"There is no {file.name} in {file.parent}."
        raise ProjectError(message, "Make one: jupyter localai project lock.", code="no_lock") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(file, f"it cannot be read ({error})") from None
    first, *rest = [_object(file, number, line) for number, line in enumerate(lines, 1)] or [{}]
    if isinstance(first.get("format"), int) and first["format"] > _FORMAT:
        remedy = "Upgrade: pip install --upgrade jupyter-localai."
        raise ProjectError(f"{file} was made by a newer version.", remedy, code="lock_too_new")
    if first.get("format") != _FORMAT or not rest:
        raise _bad(file, "its first lines are not those of a lock")
    lock = _made(file, 2, lambda: from_json(Lock, {**first, **rest[0]}))
    documents = [
        _made(file, number, functools.partial(from_json, LockedDocument, line))
        for number, line in enumerate(rest[1:], 3)
    ]
    paths = {document.path for document in documents}
    if len(paths) < len(documents):
        raise _bad(file, "a document stands in it twice, as after a merge")
    return Lock(lock.embedder, lock.fingerprint, lock.reading, tuple(documents))


def compare(wanted: Lock, here: Lock) -> LockCheck:
    """Return how the documents `here` differ from those of a lock."""
    before = {document.path: document for document in wanted.documents}
    now = {document.path: document for document in here.documents}
    both = sorted(before.keys() & now.keys())
    differs = []
    if wanted.fingerprint != here.fingerprint:
        if wanted.embedder != here.embedder:
            differs.append(
                f"The lock is for the embedding model {wanted.embedder}; the configured one is {here.embedder}."
            )
        else:
            differs.append(f"The embedding model {here.embedder} has other weights here.")
    if wanted.reading != here.reading:
        differs.append(f"The lock is of version {wanted.reading} of the readers; this is version {here.reading}.")
    return LockCheck(
        documents=len(before),
        changed=tuple(path for path in both if before[path].sha256 != now[path].sha256),
        missing=tuple(sorted(before.keys() - now.keys())),
        added=tuple(sorted(now.keys() - before.keys())),
        other_text=() if differs else tuple(path for path in both if _is_cut_otherwise(before[path], now[path])),
        differs=tuple(differs),
    )


def _is_cut_otherwise(before: LockedDocument, now: LockedDocument) -> bool:
    if before.sha256 != now.sha256 or now.chunks is None:
        return False
    return (before.chunks, before.digest, before.error) != (now.chunks, now.digest, now.error)


def _object(file: Path, number: int, line: str) -> dict[str, Any]:
    value = _made(file, number, lambda: json.loads(line))
    if not isinstance(value, dict):
        raise _bad(file, f"line {number} is no object")
    return value


def _made(file: Path, number: int, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (ValueError, RecursionError) as error:
        raise _bad(file, f"line {number} is damaged ({str(error)[:100]})") from None


def _bad(file: Path, what: str) -> ProjectError:
    remedy = "Restore it from version control, or make it again: jupyter localai project lock."
    return ProjectError(f"{file} is no lock: {what}.", remedy, code="bad_lock")

"""Documents that may have crashed the engine: those that it was working on, and how often.

A batch of documents is noted here before it is cut and embedded, and removed afterwards. Documents that are
found here after a crash are suspects; they are processed one by one, so that the next crash has
one culprit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from .catalogue import Catalogue
from .registry import Collection

_KEY = "suspects"
_TOO_OFTEN = 2


class Suspects:
    """The suspects of one collection.

    Parameters
    ----------
    catalogue : Catalogue
        Where they are noted.
    collection : Collection
        Whose documents they are.
    """

    def __init__(self, catalogue: Catalogue, collection: Collection) -> None:
        self._catalogue = catalogue
        self._room = str(collection.id)
        self._crashes = _read(catalogue).get(self._room, _Notes({}, [])).crashes

    def is_suspected(self, path: str) -> bool:
        """Whether the engine has crashed while it worked on this document, perhaps among others."""
        return path in self._crashes

    def is_guilty(self, path: str) -> bool:
        """Whether that has happened too often to try again unasked."""
        return self._crashes.get(path, 0) >= _TOO_OFTEN

    def acquit(self, paths: Iterable[str]) -> None:
        """Suspect these documents no more."""
        for path in paths:
            self._crashes.pop(path, None)

    def begin(self, paths: list[str]) -> None:
        """Note what is worked on from now on."""
        self._write(paths)

    def rest(self) -> None:
        """Note that nothing is worked on any more."""
        self._write([])

    def _write(self, at_work: list[str]) -> None:
        notes = _read(self._catalogue)
        notes[self._room] = _Notes(self._crashes, at_work)
        _keep(self._catalogue, notes)


class _Notes(NamedTuple):
    crashes: dict[str, int]
    at_work: list[str]


def settle(catalogue: Catalogue, crashed: bool) -> None:
    """Take in how the engine ended that was last here: after a crash, what it worked on is suspected."""
    notes = _read(catalogue)
    if any(room.at_work for room in notes.values()):
        for room in notes.values():
            for path in room.at_work if crashed else ():
                room.crashes[path] = room.crashes.get(path, 0) + 1
            room.at_work.clear()
        _keep(catalogue, notes)


def _read(catalogue: Catalogue) -> dict[str, _Notes]:
    stored = json.loads(catalogue.recall(_KEY) or "{}")
    return {room: _Notes(*notes) for room, notes in stored.items()}


def _keep(catalogue: Catalogue, notes: dict[str, _Notes]) -> None:
    catalogue.remember(_KEY, json.dumps(notes))


def clear(catalogue: Catalogue) -> None:
    """Forget all suspects, whose names must not stay; inside a transaction."""
    catalogue.execute("DELETE FROM state WHERE key = ?", (_KEY,))

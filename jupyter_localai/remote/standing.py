"""What a shared collection has, as the log tells it to one of its publishers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from . import distrust
from .content import Listed
from .log import Entry
from .records import Head
from .shared import Shared


@dataclasses.dataclass(frozen=True)
class Standing:
    """What is known of a path: whose entry put or dropped it last, and the document; None where it was dropped.

    ``first`` is which of its entry's chunks the document begins with.
    """

    listed: Listed | None
    publisher: str
    number: int
    at: str
    previous: int
    first: int


class Table:
    """All paths of a shared collection, as one publisher has to see them.

    Parameters
    ----------
    shared : Shared
    me : str
        The publisher's public key.
    seen : Head, optional
        A revision that has to be in the log.

    Attributes
    ----------
    state : Head
    previous : int
        Number of the publisher's last entry.
    replaced : list of Standing
        What that entry took the place of.
    turns : dict of int to int
        For each of the publisher's entries how many chunks it brought, by the number of the entry before it.
    """

    def __init__(self, shared: Shared, me: str, seen: Head | None = None) -> None:
        self._shared, self._me, self._seen = shared, me, seen or Head()
        self.state = Head()
        self.paths: dict[str, Standing] = {}
        self.previous = 0
        self.replaced: list[Standing] = []
        self.turns: dict[int, int] = {}
        self._put_by_me: set[str] = set()
        self._left: dict[str, str] = {}

    def follow(self) -> None:
        """Take in the entries that are new.

        Raises
        ------
        RemoteError
        """
        for entry in self._shared.log.after(self.state):
            if entry.number == self._seen.number and entry.head != self._seen.head:
                raise distrust.history_changed(entry.number)
            self.apply(entry)
        if self.state.number < self._seen.number:
            raise distrust.history_changed(self._seen.number)

    def apply(self, entry: Entry) -> list[Standing]:
        """Take in an entry; return what was in the place of what it puts and drops."""
        replaced: list[Standing] = []
        first = 0
        changes: list[tuple[str, Listed | None]] = [(listed.path, listed) for listed in entry.says.put]
        for path, listed in (*changes, *((path, None) for path in entry.says.drop)):
            before = self.paths.get(path)
            if before is not None and before.listed is not None:
                replaced.append(before)
            self.paths[path] = Standing(listed, entry.publisher, entry.number, entry.at, entry.previous, first)
            first += listed.chunks if listed else 0
        if entry.publisher == self._me:
            self.turns[entry.previous] = first
            self.previous, self.replaced = entry.number, replaced
            self._put_by_me.update(listed.path for listed in entry.says.put)
            self._put_by_me.difference_update(entry.says.drop)
            for listed in entry.says.put:
                self._left.pop(listed.path, None)
            self._left.update(entry.says.leave)
        self.state = entry.state
        return replaced

    def mine(self) -> Iterator[tuple[str, Standing]]:
        """Yield the paths whose document is the publisher's."""
        for path, standing in self.paths.items():
            if standing.publisher == self._me and standing.listed is not None:
                yield path, standing

    def differs(self, path: str, version: str) -> bool:
        """Whether a path has other content than this version, or none."""
        standing = self.paths.get(path)
        return standing is None or standing.listed is None or standing.listed.version != version

    def conflicts(self, wanted: Mapping[str, str], paths: Iterable[str]) -> list[str]:
        """Return those of some paths that the publisher put and somebody else changed since.

        Those are left out whose version is the same, or was left to the other before.
        """
        return [
            path
            for path in paths
            if path in self._put_by_me
            and self.paths[path].publisher != self._me
            and self.differs(path, wanted[path])
            and self._left.get(path) != wanted[path]
        ]

    def is_left(self, path: str, version: str) -> bool:
        """Whether the publisher left a path to another one when it had this version of it."""
        return self._left.get(path) == version and self.differs(path, version)

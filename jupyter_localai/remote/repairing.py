"""Repairing: a publisher sends what the server should have of its documents once more, and takes away what is stray."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping

from ..results.reports import Progress
from .content import pack
from .log import Draft
from .publishing import Load, Publishing
from .records import Head, Repaired
from .sealing import Signer
from .sending import AT_ONCE, Parcel, delete, of_write
from .shared import READ_RECORDS, WRITE_RECORDS, Shared
from .standing import Standing, Table


def repair(
    shared: Shared,
    signer: Signer,
    wanted: Mapping[str, str],
    load: Load,
    state: Head | None = None,
    readable: bool = False,
) -> Iterator[Progress | Repaired]:
    """Mend a shared collection from the publisher's record; the last event is `Repaired`.

    The documents that this publisher has published are sent again; those that are not as they were are published anew.
    Documents of others are theirs to mend. Parameters and errors as of `publish`.
    """
    table = Table(shared, signer.public, state)
    table.follow()
    run = Publishing(shared, signer, table, wanted, readable, "")
    mending = _Repairing(shared, signer, table, wanted)
    try:
        # an entry of its own: whatever an earlier run has still on its way counts no more
        yield from (Progress("share") for _ in run.make(Draft(), ()))
        for _ in run.sender.send(mending.parcels(load)):
            yield Progress("share", mending.done, mending.total)
        strays = yield from mending.remove_strays()
        yield from run.run(load, mending.other)
    finally:
        run.sender.close()
    yield Repaired(table.state, run.sender.sent, strays)


class _Repairing:
    def __init__(self, shared: Shared, signer: Signer, table: Table, wanted: Mapping[str, str]) -> None:
        self._shared, self._me, self._table = shared, signer.public, table
        self._wanted = wanted
        self._mine = {path: of for path, of in table.mine() if not table.differs(path, wanted.get(path, ""))}
        self.total, self.done = len(self._mine), 0
        self.other: set[str] = set()
        """Paths whose document cannot be made again as it was published."""

    def parcels(self, load: Load) -> Iterator[Parcel]:
        """Yield the documents that are still as they were published."""
        for document in load(list(self._mine)):
            standing, packed = self._mine[document.path], pack(document, self._wanted[document.path])
            if packed.listed == standing.listed:
                yield Parcel(packed, standing.previous, standing.first)
            else:
                self.other.add(document.path)
            self.done += 1

    def remove_strays(self) -> Generator[Progress, None, int]:
        """Delete the publisher's chunks that are part of no document; return how many there were."""
        standings: dict[int, list[Standing]] = defaultdict(list)
        for _, standing in self._table.mine():
            standings[standing.previous].append(standing)
        strays = 0
        for previous, chunks in self._table.turns.items():
            known = {one for of in standings[previous] for one in self._ids(of)}
            number = empty = 0
            while number * WRITE_RECORDS < chunks or empty < AT_ONCE:  # so many writes were on their way at once
                found, removed = self._remove(previous, number, known)
                strays, empty, number = strays + removed, 0 if found else empty + 1, number + 1
            yield Progress("share", self.done, self.total)
        return strays

    def _ids(self, standing: Standing) -> list[str]:
        return self._shared.ids(self._me, standing.previous, standing.listed) if standing.listed else []

    def _remove(self, previous: int, number: int, known: set[str]) -> tuple[bool, int]:
        """Delete the strays of one write; return whether it had anything, and how many were deleted."""
        removed = 0
        while found := of_write(self._shared, self._me, previous, number):
            strays = [one for one in found if one not in known]
            delete(self._shared, strays)
            removed += len(strays)
            if not strays or len(found) < READ_RECORDS:
                return True, removed
        return removed > 0, removed

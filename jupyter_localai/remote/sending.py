"""Chunks on their way to a shared collection, some writes at a time, and away from it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .content import Packed
from .door import Metadata
from .shared import READ_RECORDS, WRITE_RECORDS, Shared, batches
from .standing import Standing

if TYPE_CHECKING:
    from ..results.vectors import Array


AT_ONCE = 2  # with three, a single node spends twice the time, on waiting for its own locks
_WRITE = "w"


class Parcel(NamedTuple):
    """A document to send: for which entry of its publisher's, by the number of the one before, and where in it.

    ``first`` is which of that entry's chunks the document begins with.
    """

    packed: Packed
    previous: int
    first: int


class _Row(NamedTuple):
    id: str
    tag: str
    body: bytes
    vector: Array
    text: str
    path: str


class Sender:
    """Sends chunks with their sealed bodies; each may be sent again.

    Parameters
    ----------
    shared : Shared
    me : str
        The publisher's public key.
    readable : bool
        Whether text and path are to be sent unsealed as well.

    Attributes
    ----------
    sent : int
        How many chunks were stored.
    """

    def __init__(self, shared: Shared, me: str, readable: bool) -> None:
        self._shared, self._me, self._readable = shared, me, readable
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="share")
        self.sent = 0

    def close(self) -> None:
        """Wait for what is on its way, and send no more."""
        self._pool.shutdown(cancel_futures=True)

    def send(self, parcels: Iterable[Parcel]) -> Iterator[None]:
        """Send the chunks of documents; yields after each write that was done.

        Raises
        ------
        RemoteError
        """
        pending: deque[Future[int]] = deque()
        rows = (row for parcel in parcels for row in self._rows(parcel))
        while some := list(itertools.islice(rows, WRITE_RECORDS)):
            if len(pending) == AT_ONCE:
                self.sent += pending.popleft().result()
                yield
            pending.append(self._pool.submit(self._write, some))
        for one in pending:
            self.sent += one.result()
            yield

    def _rows(self, parcel: Parcel) -> Iterator[_Row]:
        packed, previous, first = parcel
        ids = self._shared.ids(self._me, previous, packed.listed)
        for number, one in enumerate(ids):
            tag = write_tag(self._shared, self._me, previous, (first + number) // WRITE_RECORDS)
            yield _Row(
                one, tag, packed.bodies[number], packed.vectors[number], packed.texts[number], packed.listed.path
            )

    def _write(self, rows: Sequence[_Row]) -> int:
        shared, ids = self._shared, [row.id for row in rows]
        vectors = np.stack([row.vector for row in rows])
        sealed = [shared.key.seal(row.id, row.body) for row in rows]
        metadatas: list[Metadata] = [
            {_WRITE: row.tag, **one, shared.key.after(one): None} for row, one in zip(rows, sealed, strict=True)
        ]
        if not self._readable:
            shared.door.upsert(shared.chunks, ids, vectors, metadatas)
        else:
            told = [{**one, "path": row.path} for one, row in zip(metadatas, rows, strict=True)]
            shared.door.upsert(shared.chunks, ids, vectors, told, [row.text for row in rows])
        return len(rows)


def write_tag(shared: Shared, publisher: str, previous: int, number: int) -> str:
    """Return what some chunks of one entry have in common, so that strays are found without listing everything."""
    return shared.key.tag("write", publisher, previous, number)


def of_write(shared: Shared, publisher: str, previous: int, number: int) -> list[str]:
    """Return the ids of records that have a tag, at most `READ_RECORDS` of them.

    Raises
    ------
    RemoteError
    """
    where = {_WRITE: write_tag(shared, publisher, previous, number)}
    records = shared.door.get(shared.chunks, where=where, limit=READ_RECORDS, metadatas=False)
    return [record.id for record in records]


def delete(shared: Shared, ids: Sequence[str]) -> None:
    """Delete chunks.

    Raises
    ------
    RemoteError
    """
    for part in batches(ids, WRITE_RECORDS):
        shared.door.delete(shared.chunks, part)


def remove(shared: Shared, standings: Iterable[Standing]) -> None:
    """Delete the chunks of documents that no longer count, as far as they are still there.

    Raises
    ------
    RemoteError
    """
    ids = [one for of in standings if of.listed is not None for one in shared.ids(of.publisher, of.previous, of.listed)]
    for some in batches(ids, READ_RECORDS):
        delete(shared, [record.id for record in shared.door.get(shared.chunks, some, metadatas=False)])

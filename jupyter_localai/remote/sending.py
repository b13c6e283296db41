"""Chunks on their way to a shared collection, some writes at a time, and away from it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .content import Packed
from .shared import READ_RECORDS, WRITE_RECORDS, Shared, batches
from .standing import Standing

if TYPE_CHECKING:
    from ..results.vectors import Array


AT_ONCE = 3
_WRITE = "w"


class Row(NamedTuple):
    """What is stored of a chunk."""

    id: str
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

    def send(self, previous: int, documents: Iterable[Packed], first: int = 0) -> Iterator[None]:
        """Send the chunks of the documents of one entry; yields after each write that was done.

        Parameters
        ----------
        previous : int
            Number of the publisher's entry before the one that will list the documents.
        first : int
            Which of the entry's chunks comes first.

        Raises
        ------
        RemoteError
        """
        pending: deque[Future[int]] = deque()
        for number, rows in _writes(self._rows(previous, documents), first):
            if len(pending) == AT_ONCE:
                self.sent += pending.popleft().result()
                yield
            pending.append(self._pool.submit(self._write, write_tag(self._shared, self._me, previous, number), rows))
        for one in pending:
            self.sent += one.result()
            yield

    def _rows(self, previous: int, documents: Iterable[Packed]) -> Iterator[Row]:
        for document in documents:
            ids = self._shared.ids(self._me, previous, document.listed)
            paths = itertools.repeat(document.listed.path)
            parts = zip(ids, document.bodies, document.vectors, document.texts, paths)  # noqa: B905  (paths go on)
            yield from itertools.starmap(Row, parts)

    def _write(self, tag: str, rows: Sequence[Row]) -> int:
        shared, ids = self._shared, [row.id for row in rows]
        vectors = np.stack([row.vector for row in rows])
        metadatas = [{_WRITE: tag, **shared.key.seal(row.id, row.body)} for row in rows]
        if not self._readable:
            shared.door.upsert(shared.chunks, ids, vectors, metadatas)
        else:
            told = [{**one, "path": row.path} for one, row in zip(metadatas, rows, strict=True)]
            shared.door.upsert(shared.chunks, ids, vectors, told, [row.text for row in rows])
        return len(rows)


def _writes(rows: Iterator[Row], first: int) -> Iterator[tuple[int, list[Row]]]:
    """Yield the writes of an entry, each with its number; chunks before `first` are left out."""
    number, room = first // WRITE_RECORDS, WRITE_RECORDS - first % WRITE_RECORDS
    while some := list(itertools.islice(rows, room)):
        yield number, some
        number, room = number + 1, WRITE_RECORDS


def write_tag(shared: Shared, publisher: str, previous: int, number: int) -> str:
    """Return what all chunks of one write have in common, so that strays can be found without listing everything."""
    return shared.key.tag("write", publisher, previous, number)


def remove(shared: Shared, standings: Iterable[Standing]) -> None:
    """Delete the chunks of documents that no longer count, as far as they are still there.

    Raises
    ------
    RemoteError
    """
    ids = [one for of in standings if of.listed is not None for one in shared.ids(of.publisher, of.previous, of.listed)]
    for some in batches(ids, READ_RECORDS):
        found = [record.id for record in shared.door.get(shared.chunks, some, metadatas=False)]
        for part in batches(found, WRITE_RECORDS):
            shared.door.delete(shared.chunks, part)

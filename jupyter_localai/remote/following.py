"""Following: what is new in a shared collection, revision by revision, and nothing of it that was not checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..results.reports import Progress
from . import distrust
from .content import Listed, unpack
from .door import Record
from .log import Entry
from .records import Head, Revision, SharedDocument
from .sealing import NotSealed
from .shared import READ_RECORDS, Shared, batches

_MOST_BODY_BYTES = 16 << 20


def follow(shared: Shared, state: Head, vectors: bool, ahead: Head | None = None) -> Iterator[Progress | Revision]:
    """Yield the revisions after a state, in order; nothing when there is none, which takes one request.

    Whoever has stored a revision is at `Head` (number, head) of it, and can go on from there later. What a revision
    puts and a later one replaces or drops again is left out. No more than one revision is held in memory.

    Parameters
    ----------
    vectors : bool
        Whether to fetch the vectors of the chunks.
    ahead : Head, optional
        That of the last `Revision` that was stored.

    Raises
    ------
    RemoteError
        Those of the door and of the log; ``shared_damaged`` for texts or vectors that are missing or not those that
        were published. What came before is good.
    """
    run = _Following(shared, vectors, ahead or Head())
    if not run.look_ahead(state):
        return
    yield Progress("sync", 0, run.total, "chunks")
    for entry in run.entries(state):
        put = tuple(run.documents(entry))
        yield Revision(entry.number, entry.head, entry.at, entry.publisher, put, entry.says.drop, run.ahead)
        yield Progress("sync", run.done, max(run.done, run.total), "chunks")


def count_chunks(shared: Shared) -> int:
    """Return how many chunks a shared collection has, as its publishers signed; the server may count otherwise.

    Raises
    ------
    RemoteError
        As `follow`.
    """
    run = _Following(shared, False, Head())
    run.look_ahead(Head())
    return run.total


class _Following:
    def __init__(self, shared: Shared, vectors: bool, ahead: Head) -> None:
        self._shared, self._vectors, self.ahead = shared, vectors, ahead
        self._latest: dict[str, tuple[int, int]] = {}  # of a path: the last entry about it, and its chunks then
        self.done = 0

    @property
    def total(self) -> int:
        """How many chunks there are to fetch, as far as the log was seen."""
        return sum(chunks for _, chunks in self._latest.values())

    def entries(self, state: Head) -> Iterator[Entry]:
        """Yield the entries after a state; the last one that was seen has to be there, or else it was hidden."""
        for entry in self._shared.log.after(state):
            if entry.number == self.ahead.number and entry.head != self.ahead.head:
                raise distrust.history_changed(entry.number)
            if entry.number > self.ahead.number:
                self.ahead = entry.state
            state = entry.state
            yield entry
        if state.number < self.ahead.number:
            raise distrust.history_changed(self.ahead.number)

    def look_ahead(self, state: Head) -> bool:
        """Take note of what the entries after a state are about; return whether there are any."""
        number = 0
        for entry in self.entries(state):
            number = entry.number
            self._latest.update(dict.fromkeys(entry.says.drop, (number, 0)))
            self._latest.update({listed.path: (number, listed.chunks) for listed in entry.says.put})
        return number > 0

    def documents(self, entry: Entry) -> Iterator[SharedDocument]:
        """Yield the documents of an entry that no later one is about."""
        listed = [one for one in entry.says.put if self._is_latest(one, entry)]
        ids = {one.path: self._shared.ids(entry.publisher, entry.previous, one) for one in listed}
        records: dict[str, Record] = {}
        for some in batches([name for names in ids.values() for name in names], READ_RECORDS):
            found = self._shared.door.get(self._shared.chunks, some, vectors=self._vectors)
            records.update({record.id: record for record in found})
        looked = False
        for one in listed:
            found = [records.pop(name) for name in ids[one.path] if name in records]
            if len(found) < one.chunks:
                if not looked:  # since then it may have been replaced, and deleted
                    looked = self.look_ahead(entry.state) or True
                if self._is_latest(one, entry):
                    why = f"of {one.path} {one.chunks - len(found)} of {one.chunks} chunks are missing"
                    raise distrust.damaged(entry.number, why)
                continue
            try:
                yield self._document(one, found)
            except (NotSealed, ValueError, RecursionError):
                why = f"a chunk of {one.path} is not as it was published"
                raise distrust.damaged(entry.number, why) from None
            self.done += one.chunks

    def _is_latest(self, listed: Listed, entry: Entry) -> bool:
        return self._latest.get(listed.path, (0, 0))[0] <= entry.number

    def _document(self, listed: Listed, records: Sequence[Record]) -> SharedDocument:
        key = self._shared.key
        bodies = [key.open(record.id, record.metadata, _MOST_BODY_BYTES) for record in records]
        vectors = [record.vector for record in records if record.vector is not None]
        if self._vectors and len(vectors) < len(records):
            raise ValueError("a vector is missing")
        return unpack(listed, bodies, [record.id for record in records], vectors if self._vectors else None)

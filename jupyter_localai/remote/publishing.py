"""Publishing: chunks first, then the entry that makes them count, then away with what it replaced.

An error anywhere means that it is unknown what was done. Whoever publishes again repeats what may be missing: what was
sent before an entry is no part of the collection, and what an entry replaced is looked for once more.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from ..errors import RemoteError
from ..results.base import to_json
from ..results.reports import Progress
from . import distrust
from .content import Packed, pack
from .log import MAX_ENTRY_BYTES, Draft
from .records import Head, Published, SharedDocument
from .sealing import Signer, canonical
from .sending import Parcel, Sender, remove
from .shared import Shared
from .standing import Table

Take = Literal["", "theirs", "mine"]
_Change = Packed | str | tuple[str, str]  # a document, a path to drop, a path to leave and the version
Load = Callable[[Sequence[str]], Iterator[SharedDocument]]
REVISION_CHUNKS = 1000
"""With so many chunks a revision is made, so that what is held in memory and what a failure undoes is bounded."""


def publish(
    shared: Shared,
    signer: Signer,
    wanted: Mapping[str, str],
    load: Load,
    state: Head | None = None,
    readable: bool = False,
    take: Take = "",
) -> Iterator[Progress | Published]:
    """Bring a shared collection to what the publisher has; the last event is `Published`.

    Closing the generator stops it; the revisions that were made stay.

    Parameters
    ----------
    shared : Shared
        On the server; `Shared.create` makes it.
    wanted : mapping of str to str
        The publisher's documents: path, and a version that changes with anything that a `SharedDocument` has.
        Documents that it published and that are not among them are dropped.
    load : callable
        Yields the documents of some of these paths, one at a time; may leave out what is gone meanwhile.
    state : Head, optional
        The last revision that this publisher has seen.
    readable : bool
        Leave the texts and paths of what is sent readable for other clients of Chroma.
    take : str
        Whose content counts where another publisher changed what this one had published: ``mine``, ``theirs``.

    Raises
    ------
    RemoteError
        Those of the door and of the log; ``shared_conflict`` without `take`, before anything is changed for these
        documents.
    """
    table = Table(shared, signer.public, state)
    table.follow()
    run = Publishing(shared, signer, table, wanted, readable, take)
    try:
        yield from run.run(load)
    finally:
        run.sender.close()
    yield Published(table.state, run.put, run.dropped, run.sender.sent, run.left)


class Publishing:
    """A run of a publisher; parameters and errors as of `publish`.

    Attributes
    ----------
    sender : Sender
    put, dropped, left : int
        As in `Published`.
    """

    def __init__(
        self, shared: Shared, signer: Signer, table: Table, wanted: Mapping[str, str], readable: bool, take: Take
    ) -> None:
        self._shared, self._signer, self._table = shared, signer, table
        self._wanted, self._take = wanted, take
        self.sender = Sender(shared, signer.public, readable)
        self.put = self.dropped = self.left = 0

    def run(self, load: Load, anew: Collection[str] = ()) -> Iterator[Progress]:
        """Publish what differs, and the documents at these paths anyway."""
        table, wanted = self._table, self._wanted
        remove(self._shared, table.replaced)  # which an earlier run may not have come to
        conflicts = table.conflicts(wanted, wanted)
        if conflicts and not self._take:
            raise self._conflict(conflicts)
        leave = {path: wanted[path] for path in conflicts if self._take == "theirs"}
        differing = [path for path, version in wanted.items() if path in anew or table.differs(path, version)]
        put = [path for path in differing if path not in leave and not self._is_left(path)]
        drop = [path for path, _ in table.mine() if path not in wanted]
        self.left = len(differing) - len(put)
        yield Progress("share", 0, len(put))
        documents = (pack(document, wanted[document.path]) for document in load(put))
        for draft, packed in _drafts(documents, drop, leave):
            for _ in self.make(draft, packed):
                yield Progress("share", self.put, len(put))
            self.put += len(draft.put)
            self.dropped += len(draft.drop)
            yield Progress("share", self.put, len(put))

    def _is_left(self, path: str) -> bool:
        return self._take != "mine" and self._table.is_left(path, self._wanted[path])

    def make(self, draft: Draft, packed: Sequence[Packed]) -> Iterator[None]:
        """Make a revision, the next one where somebody else was faster; yields between its steps."""
        table = self._table
        entry, sent_after = None, -1
        while entry is None:
            if sent_after != table.previous:  # else the ids are the same
                sent_after = table.previous
                yield from self.sender.send(_parcels(packed, sent_after))
            yield
            entry = self._shared.log.commit(table.state, table.previous, draft, self._signer)
            if entry is None:
                before = table.state
                table.follow()
                if table.state == before:  # what stood there a moment ago is hidden now
                    raise distrust.history_changed(before.number + 1)
                conflicts = table.conflicts(self._wanted, [listed.path for listed in draft.put])
                if conflicts and self._take != "mine":
                    raise self._conflict(conflicts)
                mine = dict(table.mine())
                draft = dataclasses.replace(draft, drop=tuple(path for path in draft.drop if path in mine))
        replaced = table.apply(entry)
        yield
        remove(self._shared, replaced)

    def _conflict(self, paths: Sequence[str]) -> RemoteError:
        rows = [(path, self._table.paths[path]) for path in paths]
        return distrust.conflict([(path, self._shared.publishers[of.publisher], of.at) for path, of in rows])


def _parcels(packed: Iterable[Packed], previous: int) -> Iterator[Parcel]:
    first = 0
    for one in packed:
        yield Parcel(one, previous, first)
        first += one.listed.chunks


def _drafts(
    documents: Iterable[Packed], drop: Iterable[str], leave: Mapping[str, str]
) -> Iterator[tuple[Draft, list[Packed]]]:
    """Cut a change into revisions, each with the documents that are to be sent before it."""
    changes: Iterator[_Change] = itertools.chain(drop, leave.items(), documents)
    gathered = _Gathered()
    for change in changes:
        if gathered.is_full_for(change):
            yield gathered.draft(), gathered.packed
            gathered = _Gathered()
        gathered.add(change)
    if gathered.bytes:
        yield gathered.draft(), gathered.packed


class _Gathered:
    """What goes into one revision."""

    def __init__(self) -> None:
        self.packed: list[Packed] = []
        self._drop: list[str] = []
        self._leave: dict[str, str] = {}
        self._chunks = self.bytes = 0

    def is_full_for(self, change: _Change) -> bool:
        bytes_, chunks = _sizes(change)
        too_many = self._chunks + chunks > REVISION_CHUNKS or self.bytes + bytes_ > MAX_ENTRY_BYTES
        return self.bytes > 0 and too_many

    def add(self, change: _Change) -> None:
        bytes_, chunks = _sizes(change)
        self.bytes, self._chunks = self.bytes + bytes_, self._chunks + chunks
        match change:
            case Packed():
                self.packed.append(change)
            case str():
                self._drop.append(change)
            case (path, version):
                self._leave[path] = version

    def draft(self) -> Draft:
        return Draft(tuple(one.listed for one in self.packed), tuple(self._drop), self._leave)


def _sizes(change: _Change) -> tuple[int, int]:
    """Return how many bytes a change has in an entry, and how many chunks it brings."""
    if isinstance(change, Packed):
        return len(canonical(to_json(change.listed))) + 1, change.listed.chunks
    return len(canonical(change)) + 1, 0

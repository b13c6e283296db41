"""Vectors that only a server has: asked for one by one, kept in memory for a while, and done without when it is away.

A vector's key says which collection's it is and what the server calls it. What cannot be got now counts as zeros, which
are near to nothing: what is found is then found by words.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from ..embed.base import Array
from ..errors import LocalAIError, RemoteError, StoreError
from ..remote import distrust, refusals
from ..remote.door import Door
from . import exact
from .catalogue import Catalogue
from .origins import Origin
from .registry import Collection
from .stored import to_blobs

T = TypeVar("T")
_KEPT = 20_000  # vectors
_COMPARED = 2000
"""Chunks that are compared one by one sooner than the server finds the nearest among them."""
_AT_ONCE = 300  # ids that any server returns
_SPARE = 20  # neighbours asked for beyond those wanted: the server may have chunks that are not here yet, or no more
_PAUSE_SECONDS = 30
TOLERANCE = 5e-3
"""Of the length of a unit vector in half precision."""
OF_CONTENT = ("history_changed", "unknown_publisher", "shared_damaged", "shared_newer", "wrong_key", "no_key")
"""What is wrong with what was published, and not with the way to the server."""
_OF_ONE = (*OF_CONTENT, "shared_missing", "shared_kind", "shared_elsewhere")
_ALL = 0  # stands for every collection


def key(collection_id: int, name: str) -> bytes:
    """Return the key of a vector that the server knows by this name."""
    return f"shared {collection_id} {name}".encode()


class DistantVectors:
    """The vectors of a store's attached collections that stay on a server.

    Parameters
    ----------
    catalogue : Catalogue
    enter : callable
        Returns the door to the server.
    """

    def __init__(self, catalogue: Catalogue, enter: Callable[[], Door]) -> None:
        self._catalogue = catalogue
        self._enter = enter
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._uuids: dict[str, str] = {}
        self._lock = threading.Lock()
        self._paused: dict[int, tuple[float, LocalAIError]] = {}
        self._wrong: dict[int, LocalAIError] = {}
        self.canaries: dict[int, tuple[list[int], Iterable[Array]]] = {}
        """Of each collection by its number: some chunks, and vectors of what they say that were made here."""
        catalogue.chunks.distant = self.blobs

    def is_usable(self, number: int, origin: Origin) -> bool:
        """Whether the server can find by meaning now; after a failure nothing is asked of it for a while."""
        return not origin.damaged and not self.is_away(number)

    def is_away(self, number: int) -> bool:
        """Whether the server, or the collection of that number there, has failed just now, so that it is not asked."""
        return any(self._pause_of(each) is not None for each in (number, _ALL))

    def wrong(self, number: int, origin: Origin) -> LocalAIError | None:
        """Return what was wrong when the collection of that number was last followed or asked; None if all was well.

        Where its vectors stay on the server, that is also what the server failed with when another one was asked.
        """
        if origin.damaged:
            message = f"The server no longer finds the vectors of {origin.name!r}, whose index it has lost."
            remedy = "Ask a publisher to mend it: jupyter localai share --repair."
            return RemoteError(message, remedy, code="shared_index_damaged")
        return self._wrong.get(number) or (self._pause_of(_ALL) if origin.vectors == "remote" else None)

    def report(self, number: int, error: LocalAIError | None) -> None:
        """Note how it went when the collection of that number was followed or asked."""
        if error is None:
            self._wrong.pop(number, None)
            for each in (number, _ALL):
                self._paused.pop(each, None)
            return
        self._wrong[number] = error
        if error.code not in OF_CONTENT:
            self._pause(number, error)

    def _pause(self, number: int, error: LocalAIError) -> None:
        self._paused[number if error.code in _OF_ONE else _ALL] = time.monotonic() + _PAUSE_SECONDS, error

    def _pause_of(self, number: int) -> LocalAIError | None:
        """Return what failed, while nothing is asked for that reason."""
        until, error = self._paused.get(number, (0.0, None))
        return error if time.monotonic() < until else None

    def blobs(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return vectors, as SQLite would keep them, by their keys."""
        by_collection: dict[int, list[bytes]] = defaultdict(list)
        for each in keys:
            by_collection[int(each.split(b" ", 2)[1])].append(each)
        found: dict[bytes, bytes] = {}
        for number, wanted in by_collection.items():
            origin = self._catalogue.origins.get(number)
            if origin is None:
                raise StoreError("The index has vectors of a server that it does not know.", code="store_damaged")
            got = self._get(number, origin, wanted) if self.is_usable(number, origin) else {}
            nothing = bytes(2 * origin.dimension)
            found |= {each: got.get(each, nothing) for each in wanted}
        return found

    def check_whole(self, collection: Collection, vectors: Array) -> None:
        """Refuse vectors of a collection among which are zeros, where they are for others than a search here.

        Raises
        ------
        LocalAIError
        """
        origin = self._catalogue.origins.get(collection.id)
        if origin is not None and not vectors.any(axis=1).all():
            message = f"The server does not give all vectors of {origin.name!r}."
            remedy = "Try again in a minute. If it stays so, ask a publisher to run: jupyter localai share --repair."
            raise self.wrong(collection.id, origin) or RemoteError(message, remedy, code="shared_damaged")

    def query(
        self, collection: Collection, vector: Array, limit: int, document_ids: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(chunk number, cosine similarity)`` of the nearest chunks; none while the server is away."""
        chunks, origin = self._catalogue.chunks, self._catalogue.origins.get(collection.id)
        if origin is None or not self.is_usable(collection.id, origin):
            return []
        if document_ids is not None and chunks.count_of(document_ids) <= _COMPARED:
            near = exact.query(self._catalogue, collection, vector, limit, document_ids)
            return near if self.is_usable(collection.id, origin) else []
        among = None if document_ids is None else self._names(document_ids)
        wanted = functools.partial(_nearest, vector, limit + _SPARE, among)
        asked = self._trying(collection.id, origin, wanted)
        return self._numbered(collection, asked or [])[:limit]

    def nearest(self, origin: Origin, vector: Array) -> float:
        """Return the cosine of the record that the server finds nearest to a vector; -1 for none.

        Raises
        ------
        LocalAIError
        """
        found = self._asked(origin, lambda door, uuid: door.query(uuid, vector, 1))
        return found[0][1] if found else -1.0

    def _get(self, number: int, origin: Origin, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that the server still has; none of them once it fails, since some alone would mislead."""
        with self._lock:
            found = {each: self._kept[each] for each in keys if each in self._kept}
            for each in found:
                self._kept.move_to_end(each)
        missing = [each for each in keys if each not in found]
        for at in range(0, len(missing), _AT_ONCE):
            part = {each.rsplit(b" ", 1)[1].decode(): each for each in missing[at : at + _AT_ONCE]}
            got = self._trying(number, origin, functools.partial(_fetch, part, origin.dimension))
            if got is None:
                return {}
            found |= got
            with self._lock:
                self._kept |= got
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found

    def _trying(self, number: int, origin: Origin, work: Callable[[Door, str], T]) -> T | None:
        """Return what comes of work with the server's collection; None, and it is left alone a while, if that fails."""
        try:
            return self._asked(origin, work)
        except LocalAIError as error:
            self.report(number, error)
            self._pause(number, error)  # whatever it was
            return None

    def _asked(self, origin: Origin, work: Callable[[Door, str], T]) -> T:
        """Return what comes of work with the server's collection, also where it was made anew since it was last asked.

        Raises
        ------
        LocalAIError
        """
        door = self._enter()
        if door.address != origin.address:
            raise refusals.elsewhere(origin.name, origin.address)
        known = self._uuids.get(origin.name)
        if known is not None:
            try:
                return work(door, known)
            except RemoteError as error:
                if error.code not in ("shared_missing", "shared_refused"):  # a proxy may know collections by UUID
                    raise
        uuid = door.collection(origin.name)
        if uuid is None:
            raise distrust.not_shared(origin.name)
        self._uuids[origin.name] = uuid
        return work(door, uuid)

    def _names(self, document_ids: Sequence[int]) -> list[str]:
        """Return what the server calls the chunks of documents."""
        sql = "SELECT DISTINCT v.key FROM chunks c JOIN vectors v ON v.id = c.vector_id WHERE c.document_id IN ({})"
        return [row[0].rsplit(b" ", 1)[1].decode() for row in self._catalogue.rows_in(sql, document_ids)]

    def _numbered(self, collection: Collection, found: Sequence[tuple[str, float]]) -> list[tuple[int, float]]:
        """Return the chunks that the server's names mean, all of those that say the same, in the order of the names."""
        # the plus keeps SQLite from going through all chunks of the collection, which come in this order
        sql = f"""SELECT v.key, c.id FROM vectors v JOIN chunks c ON c.vector_id = v.id
                  WHERE +c.collection_id = {collection.id} AND v.key IN ({{}}) ORDER BY c.id"""
        numbers: dict[bytes, list[int]] = defaultdict(list)
        for each, number in self._catalogue.rows_in(sql, [key(collection.id, name) for name, _ in found]):
            numbers[each].append(number)
        return [(number, cosine) for name, cosine in found for number in numbers[key(collection.id, name)]]


def _nearest(
    vector: Array, limit: int, among: Sequence[str] | None, door: Door, uuid: str
) -> Sequence[tuple[str, float]]:
    """Return the nearest records; a server fails that is to look among some, and has one of them no more."""
    try:
        return door.query(uuid, vector, limit, among)
    except RemoteError as error:
        if among is None or error.code != "shared_failed":
            raise
        parts = (among[at : at + _AT_ONCE] for at in range(0, len(among), _AT_ONCE))
        there = [one.id for part in parts for one in door.get(uuid, part, vectors=False, metadatas=False)]
        if len(there) == len(among):
            raise
        return door.query(uuid, vector, limit, there) if there else []


def _fetch(names: Mapping[str, bytes], dimension: int, door: Door, uuid: str) -> dict[bytes, bytes]:
    """Return vectors as SQLite would keep them, by their keys, of which the server's names are given."""
    records = {one.id: one.vector for one in door.get(uuid, list(names), vectors=True, metadatas=False)}
    sound = {name: vector for name, vector in records.items() if vector is not None and _is_sound(vector, dimension)}
    blobs = to_blobs(np.stack([*sound.values()])) if sound else []
    return {names[name]: blob for name, blob in zip(sound, blobs, strict=True)}


def _is_sound(vector: Array, dimension: int) -> bool:
    """Whether a vector can be one of the collection's; another could be nearer to a question than equal texts are."""
    return len(vector) == dimension and bool(abs(np.linalg.norm(vector.astype(np.float64)) - 1) < TOLERANCE)

"""The log of a shared collection: entries that are signed and chained, of which the first with a number counts.

An entry is one record of the collection ``NAME.log``, called after its number. It is written by `add`, which leaves
alone what is there, and read back: whoever's entry stands there has made that revision. Others take the next number.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..errors import RemoteError
from ..results.base import to_json
from ..results.codec import from_json
from . import distrust
from .content import Listed
from .door import Door, Record
from .records import Head
from .sealing import MAX_SEALED_BYTES, NotSealed, ShareKey, Signer, canonical, is_signed

FORMAT = 1
MAX_ENTRY_BYTES = MAX_SEALED_BYTES * 3 // 4
"""Of the JSON of an entry, before it is sealed."""
_MOST_ENTRY_BYTES = 16 << 20
_AT_ONCE = 32
_KEY = "k"
_POINT = np.ones((1, 1), np.float32)  # Chroma's records have vectors


@dataclasses.dataclass(frozen=True)
class Draft:
    """What an entry says.

    Attributes
    ----------
    put : tuple of Listed
        Documents that are new or have new content.
    drop : tuple of str
        Paths of documents that are gone.
    leave : dict of str to str
        Paths that the publisher leaves to another one, with the version of its own that does not count.
    """

    put: tuple[Listed, ...] = ()
    drop: tuple[str, ...] = ()
    leave: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A revision as the log has it.

    Attributes
    ----------
    head : str
        SHA-256 of what was signed, which names the head before it.
    publisher : str
        The public key.
    previous : int
        Number of the same publisher's entry before this one; 0 for the first.
    """

    number: int
    head: str
    at: str
    publisher: str
    previous: int
    says: Draft

    @property
    def state(self) -> Head:
        """Where somebody is who has all up to this entry."""
        return Head(self.number, self.head)


@dataclasses.dataclass(frozen=True)
class _Signed:
    format: int
    number: int
    before: str
    at: str
    publisher: str
    previous: int
    put: tuple[Listed, ...]
    drop: tuple[str, ...]
    leave: dict[str, str]


class Log:
    """The log, for those who have the share key.

    Parameters
    ----------
    door : Door
    uuid : callable
        Returns the UUID of the collection that has the entries.
    key : ShareKey
    publishers : mapping of str to str
        Public keys of those who are believed, and what they are called.
    """

    def __init__(self, door: Door, uuid: Callable[[], str], key: ShareKey, publishers: Mapping[str, str]) -> None:
        self._door, self._uuid, self._key, self._publishers = door, uuid, key, publishers
        self._first = hashlib.sha256(f"jupyter-localai shared collection {key.id}".encode()).hexdigest()

    def after(self, state: Head) -> Iterator[Entry]:
        """Yield the entries after a state, in order, each checked; where there is none, this takes one request.

        Raises
        ------
        RemoteError
            Those of the door, ``wrong_key``, ``history_changed``, ``unknown_publisher``, ``shared_damaged``,
            ``shared_newer``.
        """
        while True:
            numbers = range(max(1, state.number), state.number + _AT_ONCE)
            found = {record.id: record for record in self._door.get(self._uuid(), [_id(n) for n in numbers])}
            if state.number:
                held = found.pop(_id(state.number), None)
                if held is None or self._read(held, state.number, None).head != state.head:
                    raise distrust.history_changed(state.number)
            for number in range(state.number + 1, state.number + 1 + len(found)):
                if _id(number) not in found:
                    raise distrust.history_changed(number)
                entry = self._read(found[_id(number)], number, state.head or self._first)
                state = entry.state
                yield entry
            if state.number < numbers[-1]:
                return

    def commit(self, state: Head, previous: int, draft: Draft, signer: Signer) -> Entry | None:
        """Make `draft` the revision after a state; None when somebody else made that revision.

        Raises
        ------
        RemoteError
            Those of the door: then it is unknown whether the revision was made.
        """
        number = state.number + 1
        at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        signed = _Signed(
            FORMAT, number, state.head or self._first, at, signer.public, previous, draft.put, draft.drop, draft.leave
        )
        text = canonical(to_json(signed))
        signature = base64.b64encode(signer.sign(_purpose(text))).decode("ascii")
        outer = canonical({"entry": text.decode(), "signature": signature})
        metadata = {_KEY: self._key.id, **self._key.seal(_place(number), outer)}
        refused = None
        try:
            self._door.add(self._uuid(), [_id(number)], _POINT, [metadata])
        except RemoteError as error:
            refused = error
        standing = self._door.get(self._uuid(), [_id(number)])
        if not standing:
            raise refused or distrust.log_damaged(number, "its entry was not kept")
        if any(standing[0].metadata.get(name) != value for name, value in metadata.items()):
            return None
        return Entry(number, _head(text), at, signer.public, previous, draft)

    def _read(self, record: Record, number: int, before: str | None) -> Entry:
        """Return the entry in a record; `before` is the head that it must name."""
        if record.metadata.get(_KEY) != self._key.id:
            raise distrust.wrong_key()
        try:
            outer = json.loads(self._key.open(_place(number), record.metadata, _MOST_ENTRY_BYTES))
            text, signature = outer["entry"].encode(), base64.b64decode(outer["signature"], validate=True)
            told = json.loads(text)
            if isinstance(told.get("format"), int) and told["format"] > FORMAT:
                raise distrust.too_new()
            signed = from_json(_Signed, told)
            for listed in signed.put:
                listed.check()
        except (NotSealed, ValueError, RecursionError, KeyError, TypeError, AttributeError):
            raise distrust.log_damaged(number, "its entry cannot be read") from None
        if signed.publisher not in self._publishers or not is_signed(signed.publisher, _purpose(text), signature):
            raise distrust.unknown_publisher(number)
        if signed.number != number or (before is not None and signed.before != before):
            raise distrust.history_changed(number)
        says = Draft(signed.put, signed.drop, signed.leave)
        return Entry(number, _head(text), signed.at, signed.publisher, signed.previous, says)


def _id(number: int) -> str:
    return f"rev-{number:012d}"


def _place(number: int) -> str:
    return f"log {number}"


def _purpose(text: bytes) -> bytes:
    """Return what is signed: the entry, and that it is one."""
    return b"jupyter-localai log entry\0" + text


def _head(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()

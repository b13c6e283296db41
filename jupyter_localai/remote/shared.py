"""A shared collection on its server: chunks with their vectors in one collection, the log in another beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from . import distrust
from .content import Listed
from .door import Door
from .log import Log
from .sealing import ShareKey

Item = TypeVar("Item")
WRITE_RECORDS, READ_RECORDS = 250, 300
"""How many records a request has at most; more are not taken by Chroma Cloud."""


class Shared:
    """A shared collection, for those who have its key.

    Parameters
    ----------
    door : Door
    name : str
        Of the collection on the server; the log's is this with ``.log``.
    key : ShareKey
    publishers : mapping of str to str
        Public keys of those who are believed, in hexadecimal, and what they are called.

    Attributes
    ----------
    log : Log
    """

    def __init__(self, door: Door, name: str, key: ShareKey, publishers: Mapping[str, str]) -> None:
        self.door, self.name, self.key, self.publishers = door, name, key, publishers
        self.log = Log(door, lambda: self._uuid(f"{name}.log"), key, publishers)
        self._uuids: dict[str, str] = {}

    def create(self) -> None:
        """Make the collection on the server, unless it is there."""
        for name in (self.name, f"{self.name}.log"):
            self._uuids[name] = str(self.door.collection(name, create=True))

    @property
    def chunks(self) -> str:
        """The UUID of the collection that has the chunks.

        Raises
        ------
        RemoteError
            Those of the door; ``shared_missing``.
        """
        return self._uuid(self.name)

    def ids(self, publisher: str, previous: int, listed: Listed) -> list[str]:
        """Return what the chunks of a document are called, which a publisher puts after the entry `previous`.

        The same content at the same time has the same ids, so that a step can be repeated. Later ones have others: what
        is still on its way then, a deletion for example, does not concern them.
        """
        about = ("chunk", publisher, previous, listed.path, listed.content)
        return [self.key.tag(*about, number) for number in range(listed.chunks)]

    def _uuid(self, name: str) -> str:
        if name not in self._uuids:
            uuid = self.door.collection(name)
            if uuid is None:
                raise distrust.not_shared(self.name)
            self._uuids[name] = uuid
        return self._uuids[name]


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield `items` in parts of at most `size`."""
    for at in range(0, len(items), size):
        yield items[at : at + size]

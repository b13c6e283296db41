"""Where an attached collection comes from: the server's collection, how far it is followed, where its vectors are."""

from __future__ import annotations

import dataclasses
import json
from typing import Literal

from .database import Database
from .registry import ORIGIN, PUBLISHED

Vectors = Literal["local", "remote"]


@dataclasses.dataclass(frozen=True)
class Origin:
    """What is known of the server's collection that one here follows.

    Attributes
    ----------
    address : str
        Of the server.
    name : str
        The server's name of the collection.
    key_id : str
        Of the key that opens its texts.
    vectors : {"local", "remote"}
        Whether the vectors are here, or stay on the server.
    publishers : dict of str to str
        The public keys of those who are believed, in hexadecimal, and what they are called.
    dimension : int
        Numbers a vector.
    root : str
        The folder that its documents are said to lie in here.
    revision, head : int, str
        The last one that was taken in, and its hash; 0 and empty before the first.
    ahead, ahead_head : int, str
        The last one that was seen then: what it and those before it change may be missing so far.
    synced : float
        When the server was last asked successfully, in seconds since 1970.
    damaged : bool
        Whether the server does not find its own vectors.
    """

    address: str
    name: str
    key_id: str
    publishers: dict[str, str]
    vectors: Vectors
    dimension: int
    root: str
    revision: int = 0
    head: str = ""
    ahead: int = 0
    ahead_head: str = ""
    synced: float = 0.0
    damaged: bool = False


@dataclasses.dataclass(frozen=True)
class Publication:
    """Where a collection of this store is published; attributes as of `Origin`.

    ``is_open`` says that its texts are readable there, ``is_joined`` that it was there before. ``revision`` and
    ``head`` are the last ones that were seen.
    """

    address: str
    name: str
    key_id: str
    publishers: dict[str, str]
    is_open: bool = False
    is_joined: bool = False
    revision: int = 0
    head: str = ""


class Origins:
    """The origins of attached collections, and where others are published; by the number of the collection."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, number: int) -> Origin | None:
        """Return the origin of a collection; None for one that is not attached."""
        told = self._db.recall(f"{ORIGIN}{number}")
        return None if told is None else Origin(**json.loads(told))

    def put(self, number: int, origin: Origin) -> None:
        """Remember the origin of a collection; inside a transaction."""
        self._put(f"{ORIGIN}{number}", origin)

    def published(self, number: int) -> Publication | None:
        """Return where a collection was published; None for one that was not."""
        told = self._db.recall(f"{PUBLISHED}{number}")
        return None if told is None else Publication(**json.loads(told))

    def publish(self, number: int, where: Publication) -> None:
        """Remember where a collection is published; inside a transaction."""
        self._put(f"{PUBLISHED}{number}", where)

    def is_distant(self, number: int) -> bool:
        """Whether a collection's vectors stay on the server."""
        origin = self.get(number)
        return origin is not None and origin.vectors == "remote"

    def _put(self, key: str, value: Origin | Publication) -> None:
        told = json.dumps(dataclasses.asdict(value))
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, told))

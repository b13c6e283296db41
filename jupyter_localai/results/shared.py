"""What happens between a collection here and one on a server: sharing, attaching, following."""

from __future__ import annotations

import dataclasses
from typing import Literal

from .base import CallResult


@dataclasses.dataclass(frozen=True)
class ShareWishes:
    """How a collection is to be published; as `share` of the clients explains.

    ``publishers`` are those to be believed from now on, each as ``NAME=KEY``.
    """

    name: str = ""
    is_open: bool = False
    key: str = ""
    publishers: tuple[str, ...] = ()
    take: Literal["", "theirs", "mine"] = ""
    repair: bool = False
    dry_run: bool = False
    yes_to: str = ""


@dataclasses.dataclass(frozen=True)
class AttachWishes:
    """How a shared collection is to be attached; as `attach` of the clients explains."""

    collection: str = ""
    vectors: Literal["", "local", "remote"] = ""
    root: str = ""
    yes_to: str = ""


@dataclasses.dataclass(frozen=True)
class Attachment:
    """What an attached collection follows, as ``collections`` and ``status`` show it.

    Attributes
    ----------
    address, name : str
        The server's address, and its name of the collection.
    revision : int
        The last one that was taken in.
    synced : float
        When the server was last asked successfully, in seconds since 1970; 0 for never.
    vectors : {"local", "remote"}
        Whether the vectors are here, or stay on the server.
    code, message, remedy : str
        Why it could not be followed, or not be searched by meaning, last time; empty if all is well.
    """

    address: str
    name: str
    revision: int
    synced: float
    vectors: Literal["local", "remote"]
    code: str = ""
    message: str = ""
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class ShareReport(CallResult):
    """What was published of a collection, or would be.

    Attributes
    ----------
    collection : str
        Its name here.
    address, name : str
        The server's address, and its name of the collection.
    revision : int
        The last one that is there now.
    documents : int
        How many are published of this collection.
    put, dropped, chunks : int
        How many documents were sent and taken away, and how many chunks were sent.
    left : int
        How many documents another publisher has put under the same paths since; theirs stay.
    left_out : int
        How many documents have a path that not every system can have, or too much blank space, and are not shared.
    strays : int
        How many records of publishing that was broken off were taken away, by a repair.
    key_file : str
        The file that members need, when it is new or was asked for; empty otherwise.
    is_open : bool
        Whether others who reach the server can read the texts.
    dry_run : bool or None
    seconds : float
    """

    collection: str
    address: str
    name: str
    revision: int
    documents: int
    put: int = 0
    dropped: int = 0
    chunks: int = 0
    left: int = 0
    left_out: int = 0
    strays: int = 0
    key_file: str = ""
    is_open: bool = False
    dry_run: bool | None = None
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class AttachReport(CallResult):
    """The collection that follows one on a server from now on: its name here, what it has, where it comes from."""

    collection: str
    documents: int
    chunks: int
    attachment: Attachment
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class Synced:
    """How one attached collection was brought up to date: what changed, and where it is now."""

    collection: str
    attachment: Attachment
    put: int = 0
    dropped: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.attachment.code


@dataclasses.dataclass(frozen=True)
class SyncReport(CallResult):
    """How attached collections were brought up to date."""

    collections: tuple[Synced, ...]
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with any."""
        return all(each.ok for each in self.collections)

"""What a team does with a server: one publishes a collection, others attach it and follow."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from ..config import DEFAULT_COLLECTION
from ..remote import check
from ..results.reports import Progress
from ..results.servers import ServerCheck, ServerReply
from ..results.shared import AttachReport, AttachWishes, ShareReport, ShareWishes, SyncReport
from . import attaching, attachments, publishing
from .store import Store


class Teaming:
    """The part of an engine that shares, attaches and syncs, and asks the server."""

    _store: Store

    def share(
        self, collection: str = DEFAULT_COLLECTION, wishes: ShareWishes | None = None
    ) -> Iterator[Progress | ShareReport]:
        """Publish a collection, or what has changed in it; the last event is the ShareReport."""
        return publishing.share(self._store, collection, wishes or ShareWishes())

    def attach(self, key: str, wishes: AttachWishes | None = None) -> Iterator[Progress | AttachReport]:
        """Make a collection that follows the one of a key file; the last event is the AttachReport."""
        return attaching.attach(self._store, key, wishes or AttachWishes())

    def sync(self, collection: str | Sequence[str] | None = None) -> Iterator[Progress | SyncReport]:
        """Bring attached collections, or all of them, up to date; the last event is the SyncReport."""
        return attaching.sync(self._store, collection)

    def stale(self, collection: str | Sequence[str] | None, conversation: str | None = None) -> list[str]:
        """Return the attached collections among those that are asked which it is time to bring up to date."""
        before = None if collection else self._store.catalogue.conversations.last(conversation)[1]
        return attachments.stale(self._store, self._store.names(collection or before or DEFAULT_COLLECTION))

    def shared_server(self) -> ServerReply:
        """Ask the server of shared collections whether it is one, and takes the token."""
        door, begun = self._store.door(), time.monotonic()
        door.heartbeat()
        return ServerReply(door.address, time.monotonic() - begun)

    def check_shared_server(self) -> ServerCheck:
        """Try whether that server does what shared collections rely on."""
        door = self._store.door()
        with contextlib.closing(self._store.shared_server.second_door(self._store.config)) as other:
            return check.check(door, other)

"""A collection goes to the team's server: the first time with a new key, later what has changed of it."""

from __future__ import annotations

import dataclasses
import getpass
import re
import secrets
import shlex
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

from ..errors import EmbedderMismatchError, RemoteError, UsageError
from ..index.origins import Publication
from ..index.registry import Collection
from ..remote.accepted import Accepted
from ..remote.distrust import of_another_index
from ..remote.key_file import NAME, KeyFile
from ..remote.keys import KeyRing
from ..remote.publishing import publish
from ..remote.records import Head, Published, Repaired
from ..remote.repairing import repair
from ..remote.sealing import KEY_BYTES, ShareKey, Signer
from ..remote.shared import Shared
from ..remote.standing import Table
from ..results.reports import Progress
from ..results.shared import ShareReport, ShareWishes
from .outgoing import Outgoing
from .store import Store

T = TypeVar("T")
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")


def share(store: Store, collection: str, wishes: ShareWishes) -> Iterator[Progress | ShareReport]:
    """Publish a collection, or what has changed in it; the last event is the `ShareReport`.

    Raises
    ------
    UnknownCollectionError, EmbedderMismatchError
    UsageError
        ``attached`` for a collection that follows another; ``shared_name`` for a name that no server takes.
    RemoteError
        ``shared_exists`` when the name is taken on the server, ``not_a_publisher`` when members would not believe this
        user; else as `publish`.
    """
    started = time.perf_counter()
    store.check_writable()
    target = store.searchable(collection)
    if store.catalogue.origins.get(target.id) is not None:
        message = f"Collection {collection!r} is attached: it follows one that others publish."
        raise UsageError(message, "Publish a collection of your own documents.", code="attached")
    sharing = _Sharing(store, target, wishes)
    report = yield from sharing.run()
    yield dataclasses.replace(report, seconds=time.perf_counter() - started)


class _Sharing:
    def __init__(self, store: Store, target: Collection, wishes: ShareWishes) -> None:
        self._store, self._target, self._wishes = store, target, wishes
        self._ring = KeyRing()
        self._signer = Signer(self._ring.publisher_key())
        self._door = store.door()
        Accepted().check(self._door.address, wishes.yes_to)
        self._outgoing = Outgoing(store.catalogue, target)
        self._key_file = ""

    def run(self) -> Generator[Progress, None, ShareReport]:
        yield Progress("share")
        before = self._store.catalogue.origins.published(self._target.id)
        if before is not None and self._wishes.name not in ("", before.name):
            before = None  # under another name it is another publication, with another key
        outgoing = self._outgoing
        wanted = outgoing.wanted()
        if before is None and self._wishes.dry_run and not self._wishes.key:
            return self._report(Head(), self._wishes.name or self._target.name, len(wanted), put=len(wanted))
        where = self._where(before)
        if self._signer.public not in where.publishers:
            raise RemoteError(
                f"Members of {where.name!r} do not know you as a publisher, so what you publish would not count.",
                f"Have its publisher run: jupyter localai share --publisher {_user()}={self._signer.public}. "
                "Then ask for the new key file, and name it with --key.",
                code="not_a_publisher",
            )
        key = ShareKey(self._ring.share_key(where.key_id))
        shared = Shared(self._door, where.name, key, where.publishers)
        state = Head(where.revision, where.head)
        if self._wishes.dry_run:
            return self._would(shared, wanted, state)
        shared.create()
        if where.is_joined and not where.revision and self._wishes.take != "mine":
            self._check_others(shared, wanted)
        repaired = None
        if self._wishes.repair:
            repaired = yield from _ended(
                repair(shared, self._signer, wanted, outgoing.load, state, where.is_open), Repaired
            )
            state = repaired.state
        take, is_open = self._wishes.take, where.is_open
        done = yield from _ended(publish(shared, self._signer, wanted, outgoing.load, state, is_open, take), Published)
        self._remember(dataclasses.replace(where, revision=done.state.number, head=done.state.head))
        return dataclasses.replace(
            self._report(done.state, where.name, len(wanted), done.put, done.dropped),
            chunks=done.chunks + (repaired.chunks if repaired else 0),
            strays=repaired.strays if repaired else 0,
            left=done.left,
            is_open=is_open,
        )

    def _where(self, before: Publication | None) -> Publication:
        """Return where to publish, made at the first time; with the publishers of a key file, and those to add."""
        wishes = self._wishes
        where = self._joined(KeyFile.read(Path(wishes.key)), before) if wishes.key else before or self._begun()
        if where.address != self._door.address:
            raise RemoteError(
                f"Collection {self._target.name!r} is published at {where.address}; shared_host is another address.",
                f"Set shared_host to {where.address}. Where the server has moved, name the key file again: --key FILE.",
                code="shared_elsewhere",
            )
        changed = dataclasses.replace(where, publishers={**where.publishers, **_publishers(wishes.publishers)})
        if wishes.dry_run:
            return changed
        if changed != before:
            self._remember(changed)
        is_new = before is None or changed.publishers != before.publishers
        if is_new or not changed.revision:  # also where an earlier run ended before it was told
            self._key_file = str(self._file(changed).write(self._ring.folder))
        return changed

    def _begun(self) -> Publication:
        """Return a new publication, with a key of its own that is kept."""
        name = self._wishes.name or self._target.name
        if not NAME.fullmatch(name):
            message = (
                f"{name!r} cannot be a name on a Chroma server: it takes letters, digits, dots, hyphens and _; "
                "at least three, and no two dots in a row."
            )
            raise UsageError(message, "Name it otherwise there: --as NAME.", code="shared_name")
        if self._is_taken(name):
            raise RemoteError(
                f"The server at {self._door.address} has a collection {name!r} already.",
                "Take another name with --as NAME; or, to publish together, name its key file with --key FILE.",
                code="shared_exists",
            )
        secret = secrets.token_bytes(KEY_BYTES)
        key = ShareKey(secret)
        self._ring.keep_share_key(key.id, secret)
        publishers = {self._signer.public: _user()}
        return Publication(self._door.address, name, key.id, publishers, self._wishes.is_open)

    def _is_taken(self, name: str) -> bool:
        """Whether the server has something of that name; what is empty, its operator has made for this."""
        uuids = [self._door.collection(each) for each in (name, f"{name}.log")]
        return any(self._door.count(uuid) for uuid in uuids if uuid is not None)

    def _joined(self, file: KeyFile, before: Publication | None) -> Publication:
        """Return the publication of a key file: that of others; or what was published before, wherever it is now."""
        if file.fingerprint != self._target.fingerprint:
            raise EmbedderMismatchError(
                f"The shared collection {file.name!r} has vectors of the embedding model {file.embedder}, "
                f"and collection {self._target.name!r} of {self._target.embedder}.",
                f"Switch it: set embedder to {file.embedder}, and run: jupyter localai rebuild "
                f"-c {shlex.quote(self._target.name)}.",
                code="other_embedder",
            )
        key = ShareKey(file.secret)
        if before is not None and before.key_id != key.id:
            message = f"The key file is not of the collection that {self._target.name!r} is published as."
            raise RemoteError(message, "Name the right one.", code="wrong_key")
        self._ring.keep_share_key(key.id, file.secret)
        made = before or Publication(self._door.address, file.name, key.id, {}, self._wishes.is_open, is_joined=True)
        publishers = {**made.publishers, **file.publishers}
        if made.address != self._door.address:  # where it has to go on
            shared = Shared(self._door, made.name, key, publishers)
            Table(shared, self._signer.public, Head(made.revision, made.head)).follow()
        return dataclasses.replace(made, address=self._door.address, publishers=publishers)

    def _file(self, where: Publication) -> KeyFile:
        secret, target = self._ring.share_key(where.key_id), self._target
        return KeyFile.of(where.name, secret, where.publishers, target.embedder, target.fingerprint)

    def _check_others(self, shared: Shared, wanted: dict[str, str]) -> None:
        """Refuse to take away, from an index that has not published before, what this user published from another."""
        table = Table(shared, self._signer.public)
        table.follow()
        gone = [path for path, _ in table.mine() if path not in wanted]
        if gone:
            raise of_another_index(gone)

    def _would(self, shared: Shared, wanted: dict[str, str], state: Head) -> ShareReport:
        """Return what publishing would send and take away."""
        table = Table(shared, self._signer.public, state)
        table.follow()
        put = [path for path, version in wanted.items() if table.differs(path, version)]
        dropped = [path for path, _ in table.mine() if path not in wanted]
        return self._report(table.state, shared.name, len(wanted), len(put), len(dropped))

    def _remember(self, where: Publication) -> None:
        with self._store.catalogue.transaction():
            self._store.catalogue.origins.publish(self._target.id, where)

    def _report(self, state: Head, name: str, documents: int, put: int = 0, dropped: int = 0) -> ShareReport:
        return ShareReport(
            self._target.name,
            self._door.address,
            name,
            state.number,
            documents,
            put,
            dropped,
            left_out=self._outgoing.left_out,
            key_file=self._key_file,
            dry_run=self._wishes.dry_run or None,
        )


def _ended(events: Iterator[Progress | T], kind: type[T]) -> Generator[Progress, None, T]:
    """Pass on progress; return the event of that kind which ends it."""
    for event in events:
        if isinstance(event, kind):
            return event
        if isinstance(event, Progress):
            yield event
    raise AssertionError(f"no {kind.__name__} came")


def _publishers(given: tuple[str, ...]) -> dict[str, str]:
    """Return publishers to add, by their public keys; each is given as ``NAME=KEY``."""
    added = {}
    for each in given:
        name, _, key = each.rpartition("=")
        if not name or not name.isprintable() or not _PUBLIC_KEY.fullmatch(key):
            message = f"{each[:100]!r} is no publisher: it takes a name, = and a public key of 64 digits."
            raise UsageError(message, "The new publisher's own share shows what to write.", code="bad_publisher")
        added[key] = name
    return added


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "publisher"

"""What is watched of a collection that follows its folders, and the news of them.

Only the folders that `ingest.discover` looks into are watched, each by itself: a system has a limit of folders that it
reports on, and installed packages, repositories' insides and ignored folders would use it up.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
from collections.abc import Generator, Mapping, Set
from pathlib import Path

from ..index.place import NETWORK_DISKS, disk_kind
from ..index.registry import Collection
from ..ingest import names
from ..ingest.discover import folders
from ..paths import lies_in, real
from ..results.files import Rules
from ..results.reports import Watch
from . import attachments
from .store import Store

_QUIET_MS = 500  # without another change, and what has changed is reported
_GATHER_MS = 2000  # after the first change it is reported anyway
_TICK_MS = 1000
_MANY = 1000
"""With more changed paths, all folders are compared: what is remembered of a burst stays small."""


_WATCHES_TREES = sys.platform in ("darwin", "win32")
"""Whether the system reports on a folder with all below it at the cost of one; there each folder by itself is dear."""


Identity = tuple[int, int]
"""What tells a folder from any other: its disk and its number there."""


@dataclasses.dataclass(frozen=True)
class Subject:
    """A collection to watch: its name, its roots, and the store's folder, which is never looked into."""

    name: str
    roots: tuple[tuple[str, Rules], ...]
    store: str


@dataclasses.dataclass(frozen=True)
class Watched:
    """What is watched for some roots.

    Attributes
    ----------
    folders : frozenset of str
        In which the system reports changes.
    files : frozenset of str
        Roots that are files; of their folders nothing else counts.
    stands : mapping of str to (int, int) or None
        Folders whose place may be taken by others unreported, as when one above them is moved or a disk is taken away,
        each with what tells it from others; None for a root that is not there.
    why : Watch or None
        What there is to say: why some roots have to be looked at now and then, without the interval, or which is
        missing; None if the system reports everything.
    """

    folders: frozenset[str]
    files: frozenset[str]
    why: Watch | None = None
    stands: Mapping[str, Identity | None] = dataclasses.field(default_factory=dict)

    def is_outdated(self) -> bool:
        """Whether a root has come, or one that was there is gone or is another folder now."""
        return any(_identity(path) != identity for path, identity in self.stands.items())


class Pending:
    """Paths that have changed and are not yet compared; all of the roots, after very many or where folders changed."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._alone = {os.path.dirname(path) for path in watched.files} - watched.folders
        self.paths: set[str] = set()
        self.is_everything = False

    def add(self, changed: set[tuple[bool, str]]) -> None:
        """Take in what has changed, each path with whether it was deleted."""
        for is_deleted, path in changed:
            folder, name = os.path.split(path)
            if folder in self._alone and path not in self._watched.files:
                continue
            if name == ".gitignore" or self._is_folder(path, is_deleted):
                self.is_everything = True
            elif path in self._watched.files or not (name.startswith(".") or names.leaving(name)):
                self.paths.add(path)
        if len(self.paths) > _MANY:
            self.is_everything = True
        if self.is_everything:
            self.paths.clear()

    def take(self) -> list[str]:
        """Return the paths, and have none any more."""
        taken = sorted(self.paths)
        self.paths.clear()
        return taken

    def _is_folder(self, path: str, is_deleted: bool) -> bool:
        return path in self._watched.folders if is_deleted else os.path.isdir(path)


def subjects(store: Store) -> list[Subject]:
    """Return the collections that follow their folders."""
    registry = store.catalogue.registry
    watched = registry.watched()
    return [_subject(store, collection) for collection in registry.active() if collection.id in watched]


def set_watched(store: Store, name: str, on: bool) -> None:
    """Have a collection follow its folders from now on, or no longer.

    Raises
    ------
    UnknownCollectionError, StoreError
    """
    store.check_writable()
    attachments.refuse(store, name)
    collection = store.collection(name)
    with store.catalogue.transaction():
        store.catalogue.registry.watch(collection, on)


def watched(subject: Subject) -> Watched:
    """Return what there is to watch of a collection now."""
    inside, files = set[str](), set[str]()
    stands = dict[str, Identity | None]()
    why = None
    for root, rules in subject.roots:
        kind = disk_kind(Path(root))
        if not os.path.exists(root):
            stands[root] = None
            message, remedy = f"{root} is not there.", "If it will not come back, forget it."
            why = why or Watch(subject.name, "system", len(subject.roots), 0, "root_missing", message, remedy)
        elif kind in NETWORK_DISKS:
            message = f"{root} lies on a network disk ({kind}), whose changes on other machines no system reports."
            why = _polled(subject, "network_disk", message, "")
        elif os.path.isdir(root):
            stands[root] = _identity(root)
            inside.update(path for path in folders(root, rules, subject.store) if os.access(path, os.R_OK))
        else:
            files.add(root)
            stands[os.path.dirname(root)] = _identity(os.path.dirname(root))
    return Watched(frozenset(inside), frozenset(files), why, stands)


def _identity(path: str) -> Identity | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev, info.st_ino


def news(watched: Watched, stop: threading.Event) -> Generator[set[tuple[bool, str]], None, None]:
    """Yield what has changed, with whether it was deleted; about every second, also when nothing has.

    Nothing is missed from the first `next` on. Where something may be, one of the folders has changed.

    Raises
    ------
    OSError
        When the system reports on no more folders; `FileNotFoundError` or `PermissionError` when a folder has changed
        since `watched`.
    """
    alone = {os.path.dirname(path) for path in watched.files}
    places = watched.folders | alone
    if not places:
        while not stop.wait(_TICK_MS / 1000):
            yield set()
        return
    from watchfiles import Change, watch

    reports = watch(
        *sorted(_outermost(places) if _WATCHES_TREES else places),
        watch_filter=None,
        debounce=_GATHER_MS,
        step=_QUIET_MS,
        stop_event=stop,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        debug=False,
        force_polling=False,
        recursive=_WATCHES_TREES,
        ignore_permission_denied=False,  # else it says nothing of the limit either
    )
    try:
        for changes in reports:
            yield {
                (change is Change.deleted, path)
                for change, path in changes
                if not _WATCHES_TREES or os.path.dirname(path) in places or path in places
            }
    except RuntimeError as error:
        if "decode" not in str(error):
            raise
        # a name that is not valid Unicode has changed, and with that watchfiles reports nothing any more
        yield {(False, min(places))}
        while not stop.wait(_TICK_MS / 1000):
            yield set()


def _outermost(folders: Set[str]) -> list[str]:
    """Return those of some folders that lie in no other."""
    found: list[str] = []
    for folder in sorted(folders):
        if not found or not lies_in(folder, found):
            found.append(folder)
    return found


def unreported(subject: Subject, number: int) -> Watch:
    """Return why a system that does not report on so many folders has them polled."""
    return _polled(
        subject,
        "watch_limit",
        f"The system does not report changes in {number:,} folders.",
        "Let it watch more, for example: sudo sysctl fs.inotify.max_user_watches=1048576",
    )


def _polled(subject: Subject, code: str, message: str, remedy: str) -> Watch:
    return Watch(subject.name, "polling", len(subject.roots), code=code, message=message, remedy=remedy)


def _subject(store: Store, collection: Collection) -> Subject:
    roots = store.catalogue.registry.roots(collection)
    return Subject(collection.name, tuple(roots.items()), real(str(store.config.store)))

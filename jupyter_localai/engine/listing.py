"""What has changed below a collection's roots since the last run; it compares, and changes nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence, Set
from pathlib import PurePath

from .. import ingest
from ..config import Config
from ..errors import ReadError
from ..index.catalogue import DocumentRecord, Source
from ..ingest import names
from ..ingest.discover import FoundFile, discover
from ..ingest.read import load
from ..paths import above, lies_in, real
from ..results.files import Failure, Notice, Rules, Skipped
from ..results.reports import Progress
from .plan import Plan, Task
from .store import Store

PICTURE = "picture that OCR can read"
"""Why a picture is passed over."""
_REPORT_EVERY = 100  # files; a run can be cancelled as often
_FRESH_NS = 2_000_000_000
"""A file changed so shortly ago may change again without its time changing: FAT counts in two seconds."""

_ENDED_A_READER = ("timeout", "too_much_memory", "reader_crashed")
_ROOT_MISSING = "What is indexed of it is kept. If it has moved, index it where it is now; if it is gone, forget it."
_ROOT_AWAY = "What is indexed of it is kept. Bring its disk back; if the documents are gone, forget the folder."
_ROOT_EMPTY = "Nothing of it is indexed any more. If it will not come back, forget it."


def look(store: Store, task: Task) -> Generator[Progress, None, Plan]:
    """See what has changed below some roots; reads nothing but what has moved, and changes nothing."""
    started = time.perf_counter()
    listing = _Listing(store, task)
    yield from listing.compare()
    return Plan(
        task=task,
        started=started,
        known=listing.known,
        todo=listing.todo,
        gone=listing.gone,
        moved=listing.moved,
        left=listing.left,
        inside=listing.inside,
        passed_on=listing.passed_on,
        seen=len(listing.seen),
        unchanged=listing.unchanged,
        skipped=listing.skipped,
        failed=listing.failed,
        notices=listing.notices,
    )


class _Listing:
    """The difference between what is known of a collection and what is on disk; attributes as `Plan` has them."""

    def __init__(self, store: Store, task: Task) -> None:
        registry = store.catalogue.registry
        self.known = store.catalogue.documents(task.target) if task.target else {}
        self._roots = registry.roots(task.target) if task.target else {}  # which the collection has, listed now or not
        self._listed = task.roots
        self._disk_of = registry.disk
        self._forgotten = registry.forgotten(task.name, task.recalled)
        self._config = store.config
        self._retry = task.retry
        self._only = task.only
        self._ocr = task.ocr
        self._pictures = store.catalogue.pictures()
        self._store = real(str(store.config.store))
        self._now = time.time_ns()
        self._unlisted: dict[str, list[str]] = {}
        self.seen: set[str] = set()
        self.todo: dict[str, Source] = {}
        self.gone: list[DocumentRecord] = []
        self.moved: list[tuple[DocumentRecord, Source]] = []
        self.left: list[str] = []
        self.inside: dict[str, str] = {}
        self.passed_on: list[tuple[DocumentRecord, str]] = []
        self.unchanged = 0
        self.skipped: list[Skipped] = []
        self.failed: list[Failure] = []
        self.notices: list[Notice] = []

    def compare(self) -> Iterator[Progress]:
        """Walk the roots and fill the attributes."""
        roots = self._listed
        self.inside = {root: home for root, rules in roots.items() if (home := self._home(root, rules))}
        for root in sorted(roots):  # the outermost first: a file belongs to the first that has it
            yield from self._walk(root, roots[root])
        yield from self._find_gone()
        yield from self._follow_moves()
        self._report_once()
        yield Progress("list", len(self.seen))
        yield Progress("index", 0, len(self.todo))

    def _home(self, path: str, rules: Rules) -> str:
        """Return the outermost root that has the file `path`, which is to be indexed without rules; empty for none."""
        if rules != Rules() or path in self._roots or not os.path.isfile(path):
            return ""
        homes = (
            root
            for root in sorted(self._roots)
            if lies_in(path, [root]) and not self._forgotten.covers(path, root) and self._would_find(path, root)
        )
        return next(homes, "")

    def _would_find(self, path: str, root: str) -> bool:
        """Whether the rules of a root let a file in."""
        items = discover(root, self._roots[root], self._store, frozenset({path}))
        return any(isinstance(item, FoundFile) for item in items)

    def _walk(self, root: str, rules: Rules) -> Iterator[Progress]:
        unlisted = self._unlisted[root] = []
        if self._is_taken_away(root):
            self.failed.append(
                Failure(root, "disk_away", "The folder is empty, and lay on another disk before.", _ROOT_AWAY)
            )
            unlisted.append(root)
            return
        for number, item in enumerate(discover(root, rules, self._store, self._only), 1):
            if number % _REPORT_EVERY == 0:
                yield Progress("list", len(self.seen))
            if isinstance(item, Failure):
                self.failed.append(item)
                unlisted.append(item.path)
            elif isinstance(item, Skipped):
                self.skipped.append(item)
            elif self._forgotten.covers(item.path, root):
                self.skipped.append(Skipped(item.path, "forgotten; name it to index it again"))
            elif item.path not in self.seen:
                self._sort(item, self.inside.get(root, root))

    def _is_taken_away(self, root: str) -> bool:
        """Whether the disk with a root seems to be away, and what is there is the empty folder where it belongs."""
        disk = self._disk_of(root)
        if disk is None or disk == disk_of(root):
            return False
        try:
            with os.scandir(root) as entries:
                return next(entries, None) is None
        except OSError:  # is told when it is walked
            return False

    def _sort(self, file: FoundFile, root: str) -> None:
        known = self.known.get(file.path)
        is_picture = names.is_picture(file.path)
        if is_picture and known is None and not self._ocr and file.path not in self._pictures:
            self.skipped.append(Skipped(file.path, PICTURE))
            return
        self.seen.add(file.path)
        if known is not None and known.root < root and known.root in self._roots and known.root not in self._unlisted:
            root = known.root  # an outer root, of which it is unknown whether it still has the file
        stamp = (file.size, file.mtime_ns, file.ctime_ns)
        if (
            known is None
            or known.reading != ingest.VERSION
            or (known.size, known.mtime_ns, known.ctime_ns) != stamp
            or self._may_succeed_now(known)
        ):
            fresh = max(file.mtime_ns, file.ctime_ns) > self._now - _FRESH_NS
            self.todo[file.path] = Source(
                file.path, root, file.size, 0 if fresh else file.mtime_ns, file.ctime_ns, reading=ingest.VERSION
            )
            return
        if known.failure is not None and is_picture and known.needs_ocr:
            self.skipped.append(Skipped(file.path, PICTURE))
        elif known.failure is not None:
            self.failed.append(known.failure)
        else:
            self.unchanged += 1
        if known.root != root:
            self.passed_on.append((known, root))

    def _may_succeed_now(self, known: DocumentRecord) -> bool:
        """Whether an unchanged file that could not be read before is worth another try."""
        failure = known.failure
        if failure is not None and self._retry:
            return True
        worth_it = failure is not None and failure.code not in _ENDED_A_READER
        return worth_it and not known.sha256 and known.size <= self._config.max_file_bytes

    def _find_gone(self) -> Iterator[Progress]:
        """Find the documents that no root has any more."""
        out = [
            known
            for known in self.known.values()
            if known.path not in self.seen and self._is_compared(known.path) and self._is_out(known)
        ]
        wanted = {known.path for known in out if not _is_absent(known.path)}
        for root in self._roots:
            if root not in self._listed and any(lies_in(path, [root]) for path in wanted):
                yield from self._look_for(wanted, root)
        self.gone = [
            known
            for known in out
            if known.path not in self.seen
            and (known.path not in wanted or not any(self._may_have(root, known.path) for root in self._unlisted))
        ]

    def _is_compared(self, path: str) -> bool:
        """Whether the run is about this path."""
        return not self._only or any(place in self._only for place in (path, *above(path)))

    def _is_out(self, known: DocumentRecord) -> bool:
        """Whether a document was not found where it should have been."""
        if known.root in self._unlisted:
            return not self._may_have(known.root, known.path)
        if known.root not in self._roots:
            return False  # it was imported, and is in no folder
        # of a root that was not to be listed, only what was deleted from under its eyes
        listed = any(
            lies_in(known.path, [root]) and not lies_in(known.path, unlisted)
            for root, unlisted in self._unlisted.items()
        )
        return listed and _is_absent(known.path) and not _is_absent(known.root)

    def _may_have(self, root: str, path: str) -> bool:
        """Whether a file that was not found may be in a root all the same: where it could not be listed."""
        return lies_in(path, [root]) and lies_in(path, self._unlisted[root])

    def _look_for(self, wanted: Set[str], root: str) -> Iterator[Progress]:
        """Look in a root that was not to be listed for files that are there, but not in their own root any more."""
        unlisted = self._unlisted[root] = []
        for number, item in enumerate(discover(root, self._roots[root], self._store), 1):
            if number % _REPORT_EVERY == 0:
                yield Progress("list", len(self.seen))
            if isinstance(item, Failure):
                unlisted.append(item.path)
            elif isinstance(item, FoundFile) and item.path in wanted and not self._forgotten.covers(item.path, root):
                self._sort(item, root)

    def _report_once(self) -> None:
        """Leave out of the report what roots that overlap say twice, or what one skips and another has."""
        self.skipped = [skipped for skipped in dict.fromkeys(self.skipped) if skipped.path not in self.seen]
        kept = {known.path for known in self.known.values()} - {known.path for known in self.gone}
        failed = []
        for failure in dict.fromkeys(self.failed):
            if failure.code == "not_found" and failure.path in self._roots:
                left = any(lies_in(path, [failure.path]) for path in kept)
                failure = dataclasses.replace(failure, remedy=_ROOT_MISSING if left else _ROOT_EMPTY)
            failed.append(failure)
        self.failed = failed

    def _follow_moves(self) -> Iterator[Progress]:
        """Find new files whose content is that of a document that is no longer where it was."""
        missing = {root for root in self._roots if _is_absent(root)}
        no_root = {k.root for k in self.known.values()} - self._roots.keys()  # of documents that were imported
        away = (
            k for k in self.known.values() if k.root in no_root or (k.root in missing and self._is_compared(k.path))
        )
        lost = [*self.gone, *(k for k in away if _is_absent(k.path))]
        sizes = set[tuple[int, str]]()
        gone: dict[tuple[str, str], dict[int, DocumentRecord]] = defaultdict(dict)  # by suffix and content
        for known in lost:
            if known.failure is None and known.reading == ingest.VERSION:
                sizes.add((known.size, _suffix(known.path)))
                gone[_suffix(known.path), known.sha256][known.id] = known
        new: dict[tuple[str, str], list[Source]] = defaultdict(list)
        for source in self.todo.values():
            suffix = _suffix(source.path)
            if source.path not in self.known and (source.size, suffix) in sizes:
                new[suffix, content_hash(source.path, self._config)].append(source)
                yield Progress("list", len(self.seen))
        for content, sources in new.items():
            if content in gone:
                self.moved += _paired(list(gone[content].values()), sources)
        for number, (known, source) in enumerate(self.moved):
            if _is_named_otherwise(known.path, source.path):
                self.moved[number] = known, dataclasses.replace(source, reading=0)  # till it is read again
            else:
                del self.todo[source.path]
        moved = {known.id for known, _ in self.moved}
        self.gone = [known for known in self.gone if known.id not in moved]
        self._leave_roots(missing, moved)

    def _leave_roots(self, missing: set[str], moved: set[int]) -> None:
        """Give up a root that is not there when most of its documents turned up elsewhere."""
        for root in sorted(missing):
            here = [known for known in self.known.values() if known.root == root]
            stayed = [known for known in here if known.id not in moved]
            if len(stayed) * 2 < len(here):
                self.left.append(root)
                self.gone = list({known.id: known for known in (*self.gone, *stayed)}.values())
                self.failed = [failure for failure in self.failed if failure.path != root]
                now = Counter(source.root for known, source in self.moved if known.root == root).most_common(1)[0][0]
                self.notices.append(Notice("root_moved", f"{root} has moved to {now}.", "Nothing was read again."))


def missing_root(root: str) -> Failure:
    """Return the notice for a missing root whose documents are kept."""
    return Failure(root, "not_found", "There is no such file or folder.", _ROOT_MISSING)


def disk_of(path: str) -> int | None:
    """Return the number of the disk that a folder lies on; None for anything else."""
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev if stat.S_ISDIR(info.st_mode) else None


def content_hash(path: str, config: Config) -> str:
    """Return the SHA-256 of a file's bytes, empty when it cannot be read."""
    try:
        return hashlib.sha256(load(path, config.max_file_bytes)).hexdigest()
    except ReadError:
        return ""


def _is_named_otherwise(before: str, now: str) -> bool:
    """Whether chunks of a file may have been cut under a name that it no longer has."""
    return _suffix(now) == ".pdf" and PurePath(before).name != PurePath(now).name


def _suffix(path: str) -> str:
    return PurePath(path).suffix.lower()


def _paired(gone: Sequence[DocumentRecord], new: Sequence[Source]) -> Iterator[tuple[DocumentRecord, Source]]:
    """Pair documents with new files of the same content; those whose paths end alike first."""
    left = {known.id: (known, PurePath(known.path).parts) for known in gone}
    waiting = [(source, PurePath(source.path).parts) for source in new]
    for length in range(max(len(parts) for _, parts in waiting), -1, -1):
        by_end: dict[tuple[str, ...], list[DocumentRecord]] = defaultdict(list)
        for known, parts in left.values():
            by_end[parts[len(parts) - length :] if length <= len(parts) else ()].append(known)
        still = []
        for source, parts in waiting:
            same = by_end.get(parts[len(parts) - length :]) if length <= len(parts) else None
            if same:
                known = same.pop(0)
                del left[known.id]
                yield known, source
            else:
                still.append((source, parts))
        waiting = still
        if not left or not waiting:
            return


def _is_absent(path: str) -> bool:
    """Whether there is nothing at `path`; where one may not look, there may be something."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

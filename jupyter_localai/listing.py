"""What has changed below a collection's roots since the last run: compares, and changes nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from . import ingest
from .config import Config
from .errors import ReadError
from .index.catalogue import Known, Source
from .index.registry import Forgotten
from .ingest.discover import Found, discover
from .ingest.read import load
from .schema import Failure, Notice, Progress, Rules, Skipped

_REPORT_EVERY = 500  # files
_FRESH_NS = 2_000_000_000
"""A file changed so shortly ago may change again without its time changing: FAT counts in two seconds."""

_ROOT_MISSING = "What is indexed of it is kept. If it has moved, index it where it is now; if it is gone, forget it."


class Listing:
    """The difference between what is known of a collection and what is on disk.

    Parameters
    ----------
    known : mapping
        The collection's documents by path.
    roots : iterable of str
        The roots it has, listed now or not.
    forgotten : Forgotten
        What the user took out.
    config : Config
        For the largest file to read, and for the store, which is never indexed itself.

    Attributes
    ----------
    todo : dict of str to Source
        New and changed files by path, still to be read.
    gone : list of Known
        Documents whose file was deleted, moved, or is left out by the rules now.
    moved : list of (Known, Source)
        Documents whose file is now elsewhere; the first of each is in `gone` no longer.
    left : list of str
        Roots that are not on disk and whose documents have moved.
    """

    def __init__(self, known: Mapping[str, Known], roots: Iterable[str], forgotten: Forgotten, config: Config) -> None:
        self._known = known
        self._roots = tuple(roots)
        self._forgotten = forgotten
        self._config = config
        self._now = time.time_ns()
        self.seen: set[str] = set()
        self.todo: dict[str, Source] = {}
        self.gone: list[Known] = []
        self.moved: list[tuple[Known, Source]] = []
        self.left: list[str] = []
        self.unchanged = 0
        self.skipped: list[Skipped] = []
        self.failed: list[Failure] = []
        self.notices: list[Notice] = []

    def compare(self, roots: Mapping[str, Rules]) -> Iterator[Progress]:
        """Walk the roots and fill the attributes."""
        for root, rules in roots.items():
            yield from self._walk(root, rules)
        self._follow_moves()
        yield Progress("list", files=len(self.seen), total_files=len(self.todo))

    def known_content(self, source: Source) -> str:
        """Return the SHA-256 of the content with which a file need not be read again; empty for a new one."""
        known = self._known.get(source.path)
        good = known is not None and known.failure is None and known.reading == ingest.VERSION
        return known.sha256 if known is not None and good else ""

    def _walk(self, root: str, rules: Rules) -> Iterator[Progress]:
        unlisted: list[str] = []
        for item in discover(root, rules, str(self._config.store)):
            if isinstance(item, Failure):
                if item.path == root and root in self._roots and item.code == "not_found":
                    item = dataclasses.replace(item, remedy=_ROOT_MISSING)
                self.failed.append(item)
                unlisted.append(item.path)
            elif isinstance(item, Skipped):
                self.skipped.append(item)
            elif self._forgotten.covers(item.path, root):
                self.skipped.append(Skipped(item.path, "forgotten; name it to index it again"))
            elif item.path not in self.seen:
                self.seen.add(item.path)
                self._sort(item, root)
                if len(self.seen) % _REPORT_EVERY == 0:
                    yield Progress("list", files=len(self.seen))
        for known in self._known.values():
            if known.path in self.seen or _under(known.path, unlisted):
                continue  # what could not be listed may still be there
            if known.root == root or (_under(known.path, [root]) and not os.path.lexists(known.path)):
                self.gone.append(known)

    def _sort(self, found: Found, root: str) -> None:
        known = self._known.get(found.path)
        stamp = (found.size, found.mtime_ns, found.ctime_ns)
        if known is None or known.reading != ingest.VERSION or (known.size, known.mtime_ns, known.ctime_ns) != stamp:
            fresh = found.mtime_ns > self._now - _FRESH_NS
            self.todo[found.path] = Source(
                found.path, root, found.size, 0 if fresh else found.mtime_ns, found.ctime_ns, reading=ingest.VERSION
            )
        elif known.failure is not None:
            self.failed.append(known.failure)
        else:
            self.unchanged += 1

    def _follow_moves(self) -> None:
        """Find new files whose content is that of a document that is no longer where it was."""
        missing = {root for root in self._roots if not os.path.lexists(root)}
        lost = [*self.gone, *(k for k in self._known.values() if k.root in missing and not os.path.lexists(k.path))]
        at_size: dict[tuple[int, str], dict[int, Known]] = defaultdict(dict)
        for known in lost:
            if known.failure is None and known.reading == ingest.VERSION:
                at_size[known.size, _suffix(known.path)][known.id] = known
        for source in [s for s in self.todo.values() if s.path not in self._known]:
            candidates = at_size.get((source.size, _suffix(source.path)))
            if not candidates:
                continue
            digest = content_hash(source.path, self._config)
            same = [known for known in candidates.values() if known.sha256 == digest]
            if same:
                known = max(same, key=lambda k: _common_end(k.path, source.path))
                del candidates[known.id]
                del self.todo[source.path]
                self.moved.append((known, source))
        moved = {known.id for known, _ in self.moved}
        self.gone = [known for known in self.gone if known.id not in moved]
        self._leave_roots(missing, moved)

    def _leave_roots(self, missing: set[str], moved: set[int]) -> None:
        """Give up a root that is not there when most of its documents turned up elsewhere."""
        for root in sorted(missing):
            here = [known for known in self._known.values() if known.root == root]
            stayed = [known for known in here if known.id not in moved]
            if len(stayed) * 2 < len(here):
                self.left.append(root)
                self.gone = list({known.id: known for known in (*self.gone, *stayed)}.values())
                self.failed = [failure for failure in self.failed if failure.path != root]
                now = Counter(source.root for known, source in self.moved if known.root == root).most_common(1)[0][0]
                self.notices.append(Notice("root_moved", f"{root} has moved to {now}.", "Nothing had to be read anew."))


def content_hash(path: str, config: Config) -> str:
    """Return the SHA-256 of a file's bytes, empty when it cannot be read."""
    try:
        return hashlib.sha256(load(path, config.max_file_bytes)).hexdigest()
    except ReadError:
        return ""


def _suffix(path: str) -> str:
    return PurePath(path).suffix.lower()


def _common_end(one: str, other: str) -> int:
    """Return how many of the last parts of two paths are equal."""
    pairs = zip(reversed(PurePath(one).parts), reversed(PurePath(other).parts), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(PurePath(one).parts))


def _under(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)

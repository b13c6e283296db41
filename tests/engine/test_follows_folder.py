"""Whatever happens to a folder and to the process, the index ends as if built in one go."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index.chroma import VectorStore
from jupyter_localai.index.database import Database
from jupyter_localai.index.folders import ChromaFolders
from jupyter_localai.results.files import Rules
from tests.support import probe
from tests.support.equality import assert_same, assert_sound
from tests.support.in_process import WordEmbedder
from tests.support.makers import locked

COLLECTIONS = {"all": Rules(), "some": Rules(include=("*.md",))}
RULES = (Rules(), Rules(include=("*.md",)), Rules(exclude=("a.*",)), Rules(exclude=("deep",), ignore=False))
NAMES = ("a.md", "b.md", "c.txt", "sub/a.md", "sub/deep/d.txt")
OUTSIDE = ("../other/a.md", "../other/e.txt")
ROOTS = ("sub", "sub/deep", "sub/a.md", "../other", "../other/a.md")


class Kill(BaseException):
    """Ends the engine at a fault point."""


class Bomb:
    """Raises `Kill` at the n-th crossing of a fault point: before and after each commit, each call of Chroma's."""

    def __init__(self) -> None:
        self.left = 0

    def cross(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Kill

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        real_transaction = Database.transaction

        @contextlib.contextmanager
        def transaction(database: Database) -> Iterator[None]:
            self.cross()
            with real_transaction(database):
                yield
                self.cross()
            self.cross()

        def around(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                self.cross()
                result = real(*arguments, **options)
                self.cross()
                return result

            return call

        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(Database, "transaction", transaction))
            stack.enter_context(mock.patch("jupyter_localai.embed.ahead._AT_FIRST", 3))
            stack.enter_context(mock.patch("jupyter_localai.engine.indexing._BATCH_CHARS", 300))
            stack.enter_context(
                mock.patch("jupyter_localai.engine.listing._FRESH_NS", 20_000_000)
            )  # Linux counts in 4 ms
            for method in ("upsert", "update_metadata", "delete"):
                stack.enter_context(mock.patch.object(VectorStore, method, around(getattr(VectorStore, method))))
            yield


def check_here(folders: ChromaFolders, collection: object) -> bool:
    """Stand in for the check in another process, which takes seconds and has tests of its own."""
    return probe.agrees_here(folders, collection)


class World:
    """A folder, its index, and what may happen to them."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "documents"
        self.folder.mkdir()
        (self.folder / "always.md").write_text("# Always\n\nThis file is always there.\n")
        self.base = base
        self.other = base / "other"
        self.other.mkdir()
        self.away = base / "away"
        self.forgotten: set[str] = set()
        self.indexed: set[str] = set()
        self.fingerprint = "words-1"
        self.bomb = Bomb()
        self.engine = self.open("store")

    def open(self, name: str) -> Engine:
        embedder = WordEmbedder()
        embedder.fingerprint = self.fingerprint
        return Engine.open(Config(store=self.base / name), embedder)

    def crash(self) -> None:
        """Leave the files as they are; nothing is closed properly."""
        probe.abandon(self.engine)
        self.engine = self.open("store")

    # what may happen ---------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        return Path(os.path.normpath(self.folder / name))

    def may_hold(self, name: str) -> bool:
        """Whether there can be a file of that name: the other root may be away, or a file."""
        return self.other.is_dir() or not self.path(name).is_relative_to(self.other)

    def write(self, name: str, paragraphs: list[int]) -> None:
        path = self.path(name)
        if self.may_hold(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n\n".join(paragraph(number) for number in paragraphs))
            os.utime(path, (1_000_000_000, 1_000_000_000))

    def edit(self, name: str, at: int, number: int) -> None:
        path = self.path(name)
        if path.exists():
            parts = path.read_text().split("\n\n")
            parts[at % len(parts) : at % len(parts) + number % 2] = [paragraph(number)]
            path.write_text("\n\n".join(parts))

    def touch_up(self, name: str, at: int, number: int) -> None:
        """Edit a file so that neither its size nor its time tells."""
        path = self.path(name)
        if path.exists():
            before, data = path.stat(), bytearray(path.read_bytes())
            if data:
                data[at % len(data)] = ord("a") + number
                path.write_bytes(data)
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def ignore(self, lines: str) -> None:
        (self.folder / ".gitignore").write_text(lines)

    def swap(self, name: str, other: str) -> None:
        if name != other and self.path(name).exists() and self.path(other).exists():
            self.path(name).rename(self.base / "swapped")
            self.path(other).rename(self.path(name))
            (self.base / "swapped").rename(self.path(other))

    def rename(self, name: str, other: str) -> None:
        if self.path(name).exists() and self.may_hold(other):
            self.path(other).parent.mkdir(parents=True, exist_ok=True)
            self.path(name).replace(self.path(other))

    def copy(self, name: str, other: str) -> None:
        if self.path(name).exists() and name != other and self.may_hold(other):
            self.path(other).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.path(name), self.path(other))

    def delete(self, name: str) -> None:
        if self.may_hold(name):
            self.path(name).unlink(missing_ok=True)

    def unplug(self) -> None:
        if self.other.is_dir():
            self.other.rename(self.away)

    def plug(self) -> None:
        """Bring the other root back, whatever stands in its place."""
        if self.away.exists():
            self.other.unlink(missing_ok=True)
            self.away.rename(self.other)

    def become_file(self) -> None:
        self.unplug()
        self.other.write_text(paragraph(3))

    def index(self, collection: str) -> None:
        self.run([str(self.folder)], collection, COLLECTIONS[collection])

    def add(self, collection: str, root: str, rules: int) -> None:
        """Index another root, or the same with other rules."""
        path = str(self.path(root))
        if os.path.exists(path):
            self.forgotten.discard(path)
            self.run([path], collection, RULES[rules])

    def refresh(self, collection: str) -> None:
        if collection in {info.name for info in self.engine.collections()}:
            self.run([], collection, None)

    def refresh_locked(self, collection: str, root: str) -> None:
        with locked(self.path(root)):
            self.refresh(collection)

    def run(self, paths: list[str], collection: str, rules: Rules | None) -> None:
        """Index, and see that the report tells what was done, and a dry run what will be."""
        self.indexed.add(collection)
        before = self.count(collection)
        will = None
        if not self.bomb.left:
            *_, will = self.engine.index(paths, collection, rules, dry_run=True)
        *_, did = self.engine.index(paths, collection, rules)
        if before is not None:
            assert self.count(collection) == before + did.added - did.removed
        if will is not None:
            for name in ("added", "updated", "unchanged", "removed", "moved", "failed", "warnings"):
                assert getattr(will, name) == getattr(did, name), name

    def count(self, name: str) -> int | None:
        """Return how many documents there are; None when some are missing after a kill."""
        return next((info.documents for info in self.engine.collections() if info.name == name), 0)

    def roots(self) -> set[str]:
        registry = probe.catalogue(self.engine).registry
        return {root for collection in registry.all() for root in registry.roots(collection)}

    def knows(self, path: str) -> bool:
        catalogue = probe.catalogue(self.engine)
        return path in self.roots() or any(path in catalogue.documents(each) for each in catalogue.registry.all())

    def forget(self, name: str) -> None:
        path = str(self.path(name))
        if self.knows(path) and any(Path(path).is_relative_to(root) for root in self.roots() if root != path):
            self.forgotten.add(path)
        with contextlib.suppress(StoreError):
            list(self.engine.forget([path]))

    def rebuild(self) -> None:
        list(self.engine.rebuild())

    def switch(self) -> None:
        """Go over to another embedding model."""
        self.plug()
        self.engine.close()
        self.fingerprint = "words-2" if self.fingerprint == "words-1" else "words-1"
        self.engine = self.open("store")
        missing = [root for root in self.roots() if not os.path.exists(root)]
        for root in missing:
            self.forget(os.path.relpath(root, self.folder))
        self.rebuild()

    def reopen(self) -> None:
        self.engine.close()
        self.engine = self.open("store")

    def kill(self, after: int, action: str, argument: str) -> None:
        self.bomb.left = after
        try:
            getattr(self, action)(*([argument] if argument else []))
        except Kill:
            if action == "switch" and after % 2:  # and back again
                self.fingerprint = "words-2" if self.fingerprint == "words-1" else "words-1"
            self.bomb.left = 0
            self.crash()
            if action == "switch":
                self.rebuild()
            # killed before it was on disk, a request to forget is as if never made
            self.forgotten = {path for path in self.forgotten if not self.knows(path)}
        finally:
            self.bomb.left = 0

    # what must hold at the end -----------------------------------------------------------------

    def finish(self) -> None:
        self.plug()
        self.index("all")
        for root in sorted(self.roots()):
            if not os.path.exists(root):
                self.forget(os.path.relpath(root, self.folder))
        for collection in sorted(self.indexed):
            self.refresh(collection)
        for path in self.forgotten:
            assert not probe.rows(self.engine, "SELECT 1 FROM documents WHERE path = ?", path)
        assert_sound(self.engine)
        fresh = self.open("fresh")
        for collection in (info.name for info in self.engine.collections() if info.roots):  # none: killed at the start
            for root, rules in sorted(probe.roots(self.engine, collection).items()):
                list(fresh.index([root], collection, rules))
            list(fresh.index([], collection))
            assert_same(self.engine, fresh, collection, frozenset(self.forgotten))
        fresh.close()
        self.engine.close()


def paragraph(number: int) -> str:
    return f"## Heading {number}\n\n" + " ".join(f"word{(number * 7 + i) % 50}" for i in range(45))


names = st.sampled_from([*NAMES, *NAMES, *OUTSIDE])
roots = st.sampled_from(ROOTS)
numbers = st.integers(0, 12)
collections = st.sampled_from(sorted(COLLECTIONS))
steps = st.one_of(
    st.tuples(st.just("write"), names, st.lists(numbers, max_size=6)),
    st.tuples(st.just("edit"), names, numbers, numbers),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("swap"), names, names),
    st.tuples(st.just("touch_up"), names, numbers, numbers),
    st.tuples(st.just("ignore"), st.sampled_from(["", "sub/\n", "a.md\n!sub/a.md\n", "*.txt\n"])),
    st.tuples(st.sampled_from(["unplug", "plug", "become_file"])),
    st.tuples(st.just("index"), collections),
    st.tuples(st.just("add"), collections, roots, st.integers(0, len(RULES) - 1)),
    st.tuples(st.just("refresh"), collections),
    st.tuples(st.just("refresh_locked"), collections, roots),
    st.tuples(st.just("switch")),
    st.tuples(st.just("forget"), names),
    st.tuples(st.just("rebuild")),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("kill"), st.integers(1, 40), st.just("index"), collections),
    st.tuples(st.just("kill"), st.integers(1, 12), st.just("forget"), names),
    st.tuples(st.just("kill"), st.integers(1, 8), st.just("rebuild"), st.just("")),
    st.tuples(st.just("kill"), st.integers(1, 60), st.just("switch"), st.just("")),
)

FULL = [("write", name, list(range(at, at + 4))) for at, name in enumerate([*NAMES, *OUTSIDE])]
NESTED = [*FULL, ("index", "all"), ("add", "all", "sub", 0), ("add", "all", "../other", 0)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        list.__add__, st.sampled_from([[], FULL, NESTED, NESTED]).map(list), st.lists(steps, min_size=3, max_size=12)
    )
)
@example([*NESTED, ("delete", "sub/a.md"), ("refresh", "all")])
@example([*NESTED, ("ignore", "sub/\n"), ("refresh", "all"), ("touch_up", "sub/a.md", 20, 3), ("refresh", "all")])
@example(
    [*NESTED, ("unplug",), ("write", "b.md", [5, 6, 7, 8]), ("refresh", "all"), ("become_file",), ("refresh", "all")]
)
@example([*NESTED, ("refresh_locked", "all", "../other"), ("kill", 30, "switch", ""), ("refresh_locked", "all", "sub")])
@example([*NESTED, ("forget", "sub/a.md"), ("add", "all", "sub/a.md", 0), ("swap", "sub/a.md", "a.md"), ("switch",)])
@example([*FULL, ("index", "all"), ("rename", "a.md", "sub/z.md"), ("kill", 9, "index", "all")])
@example([*FULL, ("index", "all"), ("edit", "a.md", 1, 7), ("kill", 14, "index", "all"), ("edit", "a.md", 1, 8)])
@example([*FULL, ("index", "all"), ("index", "some"), ("kill", 3, "forget", "b.md"), ("copy", "b.md", "a.md")])
@example([*FULL, ("index", "some"), ("delete", "a.md"), ("kill", 2, "index", "some"), ("write", "a.md", [0, 1, 2, 3])])
def test_any_sequence_ends_as_an_index_built_in_one_go(happenings):
    with (
        tempfile.TemporaryDirectory() as base,
        mock.patch.object(ChromaFolders, "_check", check_here),
    ):
        world = World(Path(os.path.realpath(base)))
        with world.bomb.planted():
            for action, *arguments in happenings:
                getattr(world, action)(*arguments)
            world.finish()


def test_every_fault_point_of_a_run_is_survived(tmp_path):
    """Kill the same run at its first fault point, at its second, and so on until it gets through."""
    with mock.patch.object(ChromaFolders, "_check", check_here):
        for after in range(1, 200):
            base = tmp_path / str(after)
            base.mkdir()
            world = World(base)
            with world.bomb.planted():
                for _, name, numbers in FULL[:3]:
                    world.write(name, numbers)
                world.index("all")
                world.edit("a.md", 1, 9)
                world.rename("b.md", "renamed.md")
                world.delete("c.txt")
                world.write("new.md", [20, 21])
                world.bomb.left = after
                try:
                    world.index("all")
                    survived = True
                except Kill:
                    survived = False
                    world.crash()
                world.bomb.left = 0
                world.finish()
            if survived:
                break
    assert 10 < after < 199

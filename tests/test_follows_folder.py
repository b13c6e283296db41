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
from jupyter_localai.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index.check import agrees
from jupyter_localai.index.database import Database
from jupyter_localai.index.folders import ChromaFolders
from jupyter_localai.index.store import VectorStore
from jupyter_localai.schema import Rules
from tests.conftest import WordEmbedder
from tests.equality import assert_same, assert_sound

COLLECTIONS = {"all": Rules(), "some": Rules(include=("*.md",))}
NAMES = ("a.md", "b.md", "c.txt", "sub/a.md", "sub/deep/d.txt")


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
            stack.enter_context(mock.patch("jupyter_localai.index.write._EMBED_AT_ONCE", 3))
            stack.enter_context(mock.patch("jupyter_localai.indexing._BATCH_CHUNKS", 4))
            for method in ("upsert", "update_metadata", "delete"):
                stack.enter_context(mock.patch.object(VectorStore, method, around(getattr(VectorStore, method))))
            yield


def check_here(folders: ChromaFolders, collection: object) -> bool:
    """Stand in for the check in another process, which takes seconds and has tests of its own."""
    return agrees(folders._catalogue, collection.id, folders._root)  # type: ignore[attr-defined]


class World:
    """A folder, its index, and what may happen to them."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "documents"
        self.folder.mkdir()
        (self.folder / "always.md").write_text("# Always\n\nThis file is always there.\n")
        self.base = base
        self.forgotten: set[str] = set()
        self.indexed: set[str] = set()
        self.bomb = Bomb()
        self.engine = self.open("store")

    def open(self, name: str) -> Engine:
        return Engine(Config(store=self.base / name), WordEmbedder())

    def crash(self) -> None:
        """Leave the files as they are; nothing is closed properly."""
        for store in self.engine._folders._open.values():
            store.close()
        self.engine._catalogue.close()
        self.engine = self.open("store")

    # what may happen ---------------------------------------------------------------------------

    def write(self, name: str, paragraphs: list[int]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(paragraph(number) for number in paragraphs))

    def edit(self, name: str, at: int, number: int) -> None:
        path = self.folder / name
        if path.exists():
            parts = path.read_text().split("\n\n")
            parts[at % len(parts) : at % len(parts) + number % 2] = [paragraph(number)]
            path.write_text("\n\n".join(parts))

    def rename(self, name: str, other: str) -> None:
        if (self.folder / name).exists():
            (self.folder / other).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).replace(self.folder / other)

    def copy(self, name: str, other: str) -> None:
        if (self.folder / name).exists() and name != other:
            (self.folder / other).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.folder / name, self.folder / other)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def index(self, collection: str) -> None:
        self.indexed.add(collection)
        for _ in self.engine.index([str(self.folder)], collection, COLLECTIONS[collection]):
            pass

    def knows(self, path: str) -> bool:
        registry = self.engine._catalogue.registry
        return any(path in self.engine._catalogue.documents(collection) for collection in registry.all())

    def forget(self, name: str) -> None:
        path = str(self.folder / name)
        if self.knows(path):
            self.forgotten.add(path)
        with contextlib.suppress(StoreError):
            list(self.engine.forget([path]))

    def rebuild(self) -> None:
        list(self.engine.rebuild())

    def reopen(self) -> None:
        self.engine.close()
        self.engine = self.open("store")

    def kill(self, after: int, action: str, argument: str) -> None:
        self.bomb.left = after
        try:
            getattr(self, action)(*([argument] if action != "rebuild" else []))
        except Kill:
            self.crash()
            # killed before it was on disk, a request to forget is as if never made
            self.forgotten = {path for path in self.forgotten if not self.knows(path)}
        finally:
            self.bomb.left = 0

    # what must hold at the end -----------------------------------------------------------------

    def finish(self) -> None:
        for collection in sorted(self.indexed | {"all"}):
            self.index(collection)
        for path in self.forgotten:
            assert not self.engine._catalogue.rows("SELECT 1 FROM documents WHERE path = ?", (path,))
        assert_sound(self.engine)
        fresh = self.open("fresh")
        for collection in self.indexed:
            list(fresh.index([str(self.folder)], collection, COLLECTIONS[collection]))
            assert_same(self.engine, fresh, collection, frozenset(self.forgotten))
        fresh.close()
        self.engine.close()


def paragraph(number: int) -> str:
    return f"## Heading {number}\n\n" + " ".join(f"word{(number * 7 + i) % 50}" for i in range(45))


names = st.sampled_from(NAMES)
numbers = st.integers(0, 12)
collections = st.sampled_from(sorted(COLLECTIONS))
steps = st.one_of(
    st.tuples(st.just("write"), names, st.lists(numbers, max_size=6)),
    st.tuples(st.just("edit"), names, numbers, numbers),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("index"), collections),
    st.tuples(st.just("forget"), names),
    st.tuples(st.just("rebuild")),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("kill"), st.integers(1, 40), st.just("index"), collections),
    st.tuples(st.just("kill"), st.integers(1, 12), st.just("forget"), names),
    st.tuples(st.just("kill"), st.integers(1, 8), st.just("rebuild"), st.just("")),
)

FULL = [("write", name, list(range(at, at + 4))) for at, name in enumerate(NAMES)]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=3, max_size=14))
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

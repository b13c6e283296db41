"""The collections of a store in SQLite: what they are, their roots, and what the user forgot."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import PurePath

from ..errors import UnknownCollectionError
from ..results.files import Rules
from .database import Database
from .tables import HEADS, KEYWORDS, statements


@dataclasses.dataclass(frozen=True)
class Collection:
    """A row of ``collections``."""

    id: int
    name: str
    active: bool
    chroma_name: str
    folder: str
    seal: str
    buried: int
    embedder: str
    fingerprint: str
    texts: bool = False


FOLDER = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,39}-\d{1,19})-[0-9a-f]{6}")
"""Name of a Chroma folder: the collection's name in Chroma, and what makes it another one than the one before."""

_COLUMNS = "id, name, active, chroma_name, folder, seal, buried, embedder, fingerprint, texts"


_REMAINS = "remains of "  # and the number of a collection: a key of the table `state`
_WATCHED = "watched "  # and the number of a collection: likewise
_DISK = "disk of "  # and the mark of a root's path, which must not stay on disk itself
ORIGIN, PUBLISHED = "origin ", "published "  # likewise
_FORMER = "\0former root\0"  # no path has these characters


class Registry:
    """The collections in one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[Collection]:
        """Return every collection by name, those that are being built included."""
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM collections ORDER BY name, id")
        return [_sound(Collection(i, name, bool(active), *rest)) for i, name, active, *rest in rows]

    def active(self) -> list[Collection]:
        """Return the collections that answer, by name."""
        return [collection for collection in self.all() if collection.active]

    def find(self, name: str, active: bool = True) -> Collection | None:
        """Return the collection of that name, or the one being built to replace it."""
        return next((c for c in self.all() if c.name == name and c.active is active), None)

    def fresh(self, collection: Collection) -> Collection:
        """Return the row as it is now.

        Raises
        ------
        UnknownCollectionError
            When it is gone.
        """
        for row in self.all():
            if row.id == collection.id:
                return row
        raise UnknownCollectionError.for_name(collection.name, [row.name for row in self.active()])

    def create(self, name: str, chroma_stem: str, embedder: str, fingerprint: str, active: bool = True) -> Collection:
        """Add a collection and its keyword indexes; inside a transaction."""
        sql = "INSERT INTO collections (name, active, chroma_name, embedder, fingerprint) VALUES (?, ?, '', ?, ?)"
        number = self._db.execute(sql, (name, active, embedder, fingerprint)).lastrowid
        self._db.execute("UPDATE collections SET chroma_name = ? WHERE id = ?", (f"{chroma_stem}-{number}", number))
        for statement in statements((KEYWORDS + HEADS).format(id=number)):
            self._db.execute(statement)
        return next(c for c in self.all() if c.id == number)

    def drop(self, collection: Collection) -> None:
        """Delete a collection with all that belongs to it; inside a transaction."""
        for index, view in (("keywords", "chunks"), ("names", "documents"), ("heads", "pages")):
            self._db.execute(f'DROP TABLE "{index}_{collection.id}"')
            self._db.execute(f'DROP VIEW "{view}_{collection.id}"')
        for table in ("chunks", "pages", "tombstones", "documents", "roots"):
            self._db.execute(f"DELETE FROM {table} WHERE collection_id = ?", (collection.id,))
        self._db.execute("DELETE FROM collections WHERE id = ?", (collection.id,))
        sql = "DELETE FROM forgotten WHERE collection = ?1 AND ?1 NOT IN (SELECT name FROM collections)"
        self._db.execute(sql, (collection.name,))
        self.clear_remains([collection.id])
        self.watch(collection, False)
        told = [(f"{key}{collection.id}",) for key in (ORIGIN, PUBLISHED)]
        self._db.execute_many("DELETE FROM state WHERE key = ?", told)

    def rename(self, name: str, new: str) -> None:
        """Give a collection, in every version, another name that none has; inside a transaction."""
        self._db.execute("UPDATE collections SET name = ? WHERE name = ?", (new, name))
        self._db.execute("UPDATE forgotten SET collection = ? WHERE collection = ?", (new, name))

    def replace(self, old: Collection, new: Collection) -> None:
        """Let `new`, built beside `old`, take its place; inside a transaction."""
        self.watch(new, old.id in self.watched())
        self.drop(old)
        self._db.execute("UPDATE collections SET active = 1 WHERE id = ?", (new.id,))

    # where Chroma keeps them -------------------------------------------------------------------

    def set_folder(self, collection: Collection, folder: str, seal: str = "", texts: bool = False) -> None:
        """Say in which folder Chroma holds the collection, empty for none, its seal, and whether it has texts.

        Inside a transaction.
        """
        sql = "UPDATE collections SET chroma_name = ?, folder = ?, seal = ?, texts = ?, buried = 0 WHERE id = ?"
        self._db.execute(sql, (collection.chroma_name, folder, seal, texts, collection.id))

    def set_seal(self, collection: Collection, seal: str) -> None:
        """Note how the folder was closed, or that it is in use; inside a transaction."""
        self._db.execute("UPDATE collections SET seal = ? WHERE id = ?", (seal, collection.id))

    # roots -------------------------------------------------------------------------------------

    def remember_root(self, collection: Collection, path: str, rules: Rules) -> None:
        """Record that `path` belongs to the collection, so that it can be refreshed; inside a transaction."""
        stored = json.dumps(dataclasses.asdict(rules))
        self._db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (collection.id, path, stored))

    def drop_root(self, collection: Collection, path: str) -> None:
        """No longer refresh `path`; inside a transaction."""
        self._db.execute("DELETE FROM roots WHERE collection_id = ? AND path = ?", (collection.id, path))

    def roots(self, collection: Collection) -> dict[str, Rules]:
        """Return the collection's roots and the rules each was indexed with."""
        sql = "SELECT path, rules FROM roots WHERE collection_id = ? ORDER BY path"
        return {path: _rules(**json.loads(rules)) for path, rules in self._db.rows(sql, (collection.id,))}

    def watch(self, collection: Collection, on: bool) -> None:
        """Note that the collection follows its folders by itself, or that it does not; inside a transaction."""
        sql = "INSERT OR REPLACE INTO state VALUES (?, 1)" if on else "DELETE FROM state WHERE key = ?"
        self._db.execute(sql, (f"{_WATCHED}{collection.id}",))

    def watched(self) -> set[int]:
        """Return the numbers of the collections that do."""
        keys = self._db.rows("SELECT key FROM state WHERE key GLOB ?", (f"{_WATCHED}*",))
        return {int(key.removeprefix(_WATCHED)) for (key,) in keys}

    def note_disk(self, path: str, disk: int) -> None:
        """Note on which disk a root lies; inside a transaction."""
        mark = _mark(self._salt(), path).hex()
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (f"{_DISK}{mark}", str(disk)))

    def disk(self, path: str) -> int | None:
        """Return the disk on which a root lay when it was last looked at; None if that was not noted."""
        for (salt,) in self._db.rows("SELECT value FROM state WHERE key = 'salt'"):
            disk = self._db.recall(f"{_DISK}{_mark(bytes(salt), path).hex()}")
            return None if disk is None else int(disk)
        return None

    def mark_former_root(self, path: str) -> None:
        """Note that `path` was a root, so that what lay in it can be cleaned away later; inside a transaction."""
        self.mark_forgotten("", _FORMER + path)

    def lay_in_root(self, path: str) -> bool:
        """Whether `path` was a root once, or lay in one."""
        marks = self._marks("")
        salt = self._salt() if marks else b""
        return any(_mark(salt, _FORMER + str(folder)) in marks for folder in (path, *PurePath(path).parents) if marks)

    # what was deleted, and may still stand in files ------------------------------------------------

    def mark_remains(self, collection_id: int) -> None:
        """Note that Chroma's and SQLite's files may hold what was taken out of a collection; inside a transaction."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, 1)", (f"{_REMAINS}{collection_id}",))

    def clear_remains(self, collection_ids: Iterable[int]) -> None:
        """Note that they do so no longer; inside a transaction."""
        self._db.execute_many("DELETE FROM state WHERE key = ?", [(f"{_REMAINS}{i}",) for i in collection_ids])

    def with_remains(self) -> list[Collection]:
        """Return the collections of which that was noted."""
        keys = {row[0] for row in self._db.rows("SELECT key FROM state WHERE key GLOB ?", (f"{_REMAINS}*",))}
        return [collection for collection in self.all() if f"{_REMAINS}{collection.id}" in keys]

    # paths that were forgotten, though they lie in a root ------------------------------------------

    def mark_forgotten(self, collection: str, path: str) -> None:
        """Keep `path` out of later runs for the collection of that name; inside a transaction."""
        self._db.execute("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", (collection, _mark(self._salt(), path)))

    def recall(self, collection: str, path: str) -> None:
        """Let a forgotten path be indexed into the collection again; inside a transaction."""
        sql = "DELETE FROM forgotten WHERE collection = ? AND mark = ?"
        self._db.execute(sql, (collection, _mark(self._salt(), path)))

    def forgotten(self, collection: str, recalled: Iterable[str] = ()) -> ForgottenPaths:
        """Return what tells whether a path was taken out of a collection, as if those `recalled` had not been."""
        marks = self._marks(collection)
        marks -= {_mark(self._salt(), path) for path in recalled} if marks else set()
        return ForgottenPaths(self._salt() if marks else b"", marks)

    def _marks(self, collection: str) -> set[bytes]:
        return {row[0] for row in self._db.rows("SELECT mark FROM forgotten WHERE collection = ?", (collection,))}

    def _salt(self) -> bytes:
        stored = self._db.rows("SELECT value FROM state WHERE key = 'salt'")
        if stored:
            return bytes(stored[0][0])
        salt = secrets.token_bytes(32)
        self._db.execute("INSERT INTO state VALUES ('salt', ?)", (salt,))
        return salt


class ForgottenPaths:
    """Tells whether a path, or a folder it lies in, was forgotten."""

    def __init__(self, salt: bytes, marks: set[bytes]) -> None:
        self._salt = salt
        self._marks = marks
        self._folders: dict[tuple[str, str], bool] = {}

    def covers(self, path: str, root: str) -> bool:
        """Whether `path` below (or equal to) `root` was forgotten; naming the root itself outweighs its mark."""
        if not self._marks or path == root:
            return False
        folder = os.path.dirname(path)
        return _mark(self._salt, path) in self._marks or (folder != path and self._covers_folder(folder, root))

    def _covers_folder(self, folder: str, root: str) -> bool:
        if (folder, root) not in self._folders:
            self._folders[folder, root] = self.covers(folder, root)
        return self._folders[folder, root]


def _sound(collection: Collection) -> Collection:
    """Return a collection that is built anew if the names of its folder are none that we give."""
    if FOLDER.fullmatch(f"{collection.chroma_name}-000000") is None:
        return dataclasses.replace(collection, chroma_name=f"collection-{collection.id}", folder="", seal="")
    found = FOLDER.fullmatch(collection.folder)
    if found is None or found["name"] != collection.chroma_name:
        return dataclasses.replace(collection, folder="", seal="")
    return collection


def _mark(salt: bytes, path: str) -> bytes:
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), key=salt, digest_size=16).digest()


def _rules(include: list[str], exclude: list[str], ignore: bool) -> Rules:
    return Rules(tuple(include), tuple(exclude), ignore)

"""Whether a store and its files are the user's own, checked before anything in it is read or written.

A link in a store could make the product write or clear away files that are not its own. A store that another user can
write could lead questions to them. Owners are not checked where the system has none.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import StoreError

_NAMES = frozenset((".gitignore", "chroma", "crashed", "engine.json", "lock", "owner.json"))
_BEGINNINGS = ("catalogue.", "engine.log")
_OTHERS_WRITE = 0o022


def check(store: Path) -> None:
    """Refuse a store that cannot be believed; one that is not there yet, or is empty and one's own, can.

    Raises
    ------
    StoreError
        ``store_linked`` when a file or folder of the store is a link, ``store_foreign`` when it belongs to another
        user, or others can write to it.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):  # told by whoever opens it
        _check_owner(store, store, os.lstat(store))
        info = os.stat(store)
        _check_owner(store, store, info)
        closed = not _may_enter(info)
        for path, found in _own_files(store):
            if stat.S_ISLNK(found.st_mode):
                raise StoreError(
                    f"{path.name} in the store {store} is a link.",
                    "Move the whole store to where the link leads, and set LOCALAI_STORE to that folder.",
                    code="store_linked",
                )
            _check_owner(store, path, found)
            if _others_write(info):
                raise _writable_by_others(store, store)
            if not closed and _others_write(found):
                raise _writable_by_others(store, path)


def make(store: Path) -> None:
    """Make the store's folder if it is not there, and let nobody else enter it.

    Raises
    ------
    StoreError
        As `check`.
    OSError
    """
    check(store)
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    if stat.S_IMODE(os.stat(store).st_mode) != 0o700:
        store.chmod(0o700)
        check(store)  # nobody has put anything there while it was open


def open_own(path: str | os.PathLike[str], flags: int) -> int:
    """Open one of the product's own files, which is no link, readable by its owner alone when it is made; as `os.open`.

    Raises
    ------
    OSError
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o600)


def is_own(info: os.stat_result) -> bool:
    """Whether something belongs to this user or to the system's own."""
    return not hasattr(os, "getuid") or info.st_uid in (os.getuid(), 0)


def is_private(info: os.stat_result) -> bool:
    """Whether something is one's own, and nobody else can read or write it."""
    return is_own(info) and not _may_enter(info)


def exposed_parent(store: Path) -> Path | None:
    """Return the folder above a store in which another user could put something else in its place."""
    if not hasattr(os, "getuid"):
        return None
    for folder in Path(os.path.realpath(store)).parents:
        with contextlib.suppress(FileNotFoundError):
            info = os.stat(folder)
            mine = info.st_gid == os.getgid()  # a group that many systems make for each user
            write = stat.S_IWOTH if mine else _OTHERS_WRITE
            if not is_own(info) or (info.st_mode & write and not info.st_mode & stat.S_ISVTX):
                return folder
    return None


def _own_files(store: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield what in a store has a name that the product gives."""
    with os.scandir(store) as entries:
        for entry in entries:
            if entry.name in _NAMES or entry.name.startswith(_BEGINNINGS):
                with contextlib.suppress(FileNotFoundError):  # it was removed meanwhile
                    yield Path(entry.path), entry.stat(follow_symlinks=False)


def _check_owner(store: Path, path: Path, info: os.stat_result) -> None:
    if not is_own(info):
        what = f"The store {store}" if path == store else f"{path.name} in the store {store}"
        raise StoreError(
            f"{what} belongs to another user (uid {info.st_uid}).",
            "Set LOCALAI_STORE to a folder of your own.",
            code="store_foreign",
        )


def _others_write(info: os.stat_result) -> bool:
    return hasattr(os, "getuid") and bool(info.st_mode & _OTHERS_WRITE)


def _may_enter(info: os.stat_result) -> bool:
    return hasattr(os, "getuid") and bool(info.st_mode & 0o077)


def _writable_by_others(store: Path, path: Path) -> StoreError:
    what = f"The store {store}" if path == store else f"{path.name} in the store {store}"
    return StoreError(
        f"{what} can be written by other users.",
        f"If all in it is yours, run: chmod -R go-rwx {str(store)!r}. Else set LOCALAI_STORE to another folder.",
        code="store_foreign",
    )

"""Find the files of a folder that are documents, and report which were skipped and why."""

from __future__ import annotations

import dataclasses
import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from ..paths import above
from ..results.files import Failure, Rules, Skipped
from . import names
from .ignore import MAX_BYTES, MAX_RULES, IgnoreFile, TooManyRules

_THE_INDEX = "the index itself"
_NOT_TEXT = frozenset(
    "gif bmp webp ico heic svgz psd mp3 wav flac ogg m4a mp4 mkv avi mov webm wmv "
    "gz bz2 xz zst 7z rar jar whl so dll dylib exe o a lib class pyc pyd wasm bin dat iso img dmg "
    "db sqlite sqlite3 parquet feather arrow h5 hdf5 npy npz pkl pickle joblib pt pth ckpt safetensors onnx gguf "
    "localai ttf otf woff woff2 eot pst mobi azw3 djvu pages numbers".split()
)
_TARS = (".tar.gz", ".tar.bz2", ".tar.xz")


@dataclasses.dataclass(frozen=True)
class FoundFile:
    """A regular file to read: its absolute path and what tells whether it changed."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0


Item = FoundFile | Skipped | Failure


def matches(pattern: str, relative: str) -> bool:
    """Whether a glob fits a relative path (with ``/``) or its last part."""
    return fnmatch.fnmatch(relative, pattern) or fnmatch.fnmatch(relative.rsplit("/", 1)[-1], pattern)


def discover(root: str, rules: Rules | None = None, avoid: str = "", only: Set[str] = frozenset()) -> Iterator[Item]:
    """Walk one root, or parts of it, in a stable order.

    Parameters
    ----------
    root : str
        Absolute path of a file or folder that the user named. It counts even when it is
        hidden or ignored; the rules apply to what is inside it.
    rules : Rules, optional
        What to include and exclude inside a folder.
    avoid : str, optional
        Absolute path, without links, of a folder that is never entered: the index itself.
    only : set of str, optional
        Absolute paths, without links; nothing else is looked at than these, what is below them and what is above them.

    Yields
    ------
    FoundFile, Skipped or Failure
        Only regular files are found; pipes, sockets and devices are never opened, and links
        are not followed: a link inside the root is reached by its target.
    """
    try:
        info = os.stat(root)
    except OSError as error:
        yield _os_failure(root, error)
        return
    if avoid and Path(root).is_relative_to(avoid):
        yield Skipped(root, _THE_INDEX)
    elif why := names.owner(os.path.basename(root)):
        yield Skipped(root, why)
    elif stat.S_ISDIR(info.st_mode):
        walk = _Walk(root, rules or Rules(), avoid, only)
        yield from (item for item in walk.all() if not isinstance(item, _Folder))
        if not os.path.lexists(root):  # taken away meanwhile: what was not found in it need not be deleted
            yield _os_failure(root, FileNotFoundError())
    elif stat.S_ISREG(info.st_mode):
        yield FoundFile(root, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    else:
        yield Skipped(root, "not a regular file")


def folders(root: str, rules: Rules, avoid: str = "") -> Iterator[str]:
    """Yield the folders that `discover` looks into; parameters as there."""
    if not (avoid and Path(root).is_relative_to(avoid)):
        walk = _Walk(root, rules, avoid, frozenset())
        yield from (item.path for item in (_Folder(root), *walk.all()) if isinstance(item, _Folder))


@dataclasses.dataclass(frozen=True)
class _Folder:
    """A folder on the way: the parts of its path below the root, and whether all in it is looked at.

    `ignores` are the ignore files from the root down to it, each with how many parts its own folder has.
    """

    path: str
    parts: tuple[str, ...] = ()
    whole: bool = True
    ignores: tuple[tuple[int, IgnoreFile], ...] = ()


class _Walk:
    def __init__(self, root: str, rules: Rules, avoid: str, only: Set[str]) -> None:
        self._root = root
        self._rules = rules
        self._avoid = avoid
        self._only = only
        self._on_the_way = {place for path in only for place in (path, *above(path))}

    def all(self) -> Iterator[Item | _Folder]:
        """Walk what is to be walked, however deep the folders are; folders before what is in them."""
        whole = not self._only or any(place in self._only for place in (self._root, *above(self._root)))
        open_folders = [self._folder(_Folder(self._root, (), whole))]
        while open_folders:
            item = next(open_folders[-1], None)
            if item is None:
                open_folders.pop()
                continue
            if isinstance(item, _Folder):
                open_folders.append(self._folder(item))
            yield item

    def _folder(self, folder: _Folder) -> Iterator[Item | _Folder]:
        """Yield what is in a folder."""
        try:
            with os.scandir(folder.path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            is_gone = isinstance(error, FileNotFoundError) and not names.is_too_long(folder.path, is_folder=True)
            if folder.path == self._root or not is_gone:
                yield _os_failure(folder.path, error, is_folder=True)
            return  # else deleted since its name was read
        if self._rules.ignore:
            try:
                folder = _with_ignores(folder, entries)
            except FileNotFoundError:
                pass  # deleted since its name was read
            except OSError as error:
                failure = _os_failure(os.path.join(folder.path, ".gitignore"), error)
                why = "Its .gitignore cannot be read, so what it should leave out is not known."
                yield dataclasses.replace(failure, path=folder.path, message=why)
                return
            except TooManyRules:
                yield Failure(
                    folder.path,
                    "too_many_rules",
                    "Its .gitignore has more or longer rules than are read, so what it should leave out is not known.",
                    f"Shorten it to {MAX_RULES:,} rules and {MAX_BYTES // 1024} KiB, or index with --no-ignore.",
                )
                return
        for entry in entries:
            if not folder.whole and entry.path not in self._on_the_way:
                continue
            try:
                yield self._visit(entry, folder)
            except FileNotFoundError:
                continue  # deleted since its name was read
            except OSError as error:
                yield _os_failure(entry.path, error)

    def _visit(self, entry: os.DirEntry[str], parent: _Folder) -> Item | _Folder:
        path = entry.path
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode()
            return Skipped(shown, "name is not valid Unicode")
        if names.is_link(entry):
            inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._root))
            return Skipped(path, "link, its target is read" if inside else "link that leaves the folder")
        folder = entry.is_dir(follow_symlinks=False)
        parts = (*parent.parts, entry.name)
        reason = self._passed_over(entry, folder, parts, parent.ignores)
        if reason:
            return Skipped(path, reason)
        if folder:
            return _Folder(path, parts, parent.whole or path in self._only, parent.ignores)
        if not entry.is_file(follow_symlinks=False):
            return Skipped(path, "not a regular file")
        info = entry.stat(follow_symlinks=False)
        if names.in_the_cloud(info):
            return Skipped(path, "in the cloud, not on this machine")
        return FoundFile(path, info.st_size, info.st_mtime_ns, info.st_ctime_ns)

    def _passed_over(
        self,
        entry: os.DirEntry[str],
        folder: bool,
        parts: Sequence[str],
        ignores: Sequence[tuple[int, IgnoreFile]],
    ) -> str:
        name, path = entry.name, entry.path
        if path == self._avoid:
            return _THE_INDEX
        left = "" if folder else names.leaving(name)
        if name.startswith("."):
            return left or "hidden"
        if _ignored(parts, folder, ignores):
            return "ignored by .gitignore"
        relative = "/".join(parts)
        if any(matches(pattern, relative) for pattern in self._rules.exclude):
            return "excluded"
        if folder:
            if os.path.exists(os.path.join(path, "pyvenv.cfg")):
                return "virtual environment"
            return names.TOOL_FOLDERS.get(name, "")
        if names.may_hold_secrets(name):
            return "may hold secrets"
        if self._rules.include and not any(matches(pattern, relative) for pattern in self._rules.include):
            return "not included"
        if left:
            return left
        suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
        return f"unsupported type .{suffix}" if suffix in _NOT_TEXT and not name.lower().endswith(_TARS) else ""


def _with_ignores(folder: _Folder, entries: Sequence[os.DirEntry[str]]) -> _Folder:
    """Return a folder with the ignore file that lies in it."""
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file():
            with Path(entry.path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            ignores = (*folder.ignores, (len(folder.parts), IgnoreFile(data.decode("utf-8-sig", "replace"))))
            if len(data) > MAX_BYTES or sum(len(rules) for _, rules in ignores) > MAX_RULES:
                raise TooManyRules
            return dataclasses.replace(folder, ignores=ignores)
    return folder


def _ignored(parts: Sequence[str], folder: bool, ignores: Sequence[tuple[int, IgnoreFile]]) -> bool:
    """The rule nearest to the file decides, and within one file the last one, as in git."""
    for depth, rules in reversed(ignores):
        decided = rules.hides(parts[depth:], folder)
        if decided is not None:
            return decided
    return False


def _os_failure(path: str, error: OSError, is_folder: bool = False) -> Failure:
    if isinstance(error, FileNotFoundError):
        if names.is_too_long(path, is_folder):
            told = names.too_long()
            return Failure(path, told.code, told.message, told.remedy)
        return Failure(path, "not_found", "There is no such file or folder.", "Check the path.")
    if isinstance(error, PermissionError):
        remedy = (
            "Allow what runs Jupyter to read it: System Settings, Privacy & Security, Files & Folders."
            if names.is_withheld(error)
            else "Give yourself permission in its properties, under Security."
            if os.name == "nt"
            else f"Give yourself permission, for example: chmod u+rX {path!r}."
        )
        return Failure(path, "permission_denied", "You may not read this.", remedy)
    return Failure(
        path, "unreadable", f"The system could not read this ({error.strerror}).", "Check the disk or the path."
    )

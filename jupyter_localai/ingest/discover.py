"""Find the files of a folder that are documents, and say what was passed over and why."""

from __future__ import annotations

import dataclasses
import fnmatch
import os
import stat
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

import pathspec

from ..paths import above
from ..results.passages import Failure, Rules, Skipped

_SECRET_NAMES = (
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.kdbx",
    "*.env",
)
_THE_INDEX = "the index itself"
_TOOL_FOLDERS = {
    "node_modules": "installed packages",
    "__pycache__": "compiled code",
    "site-packages": "installed packages",
}
_NOT_TEXT = frozenset(
    "png jpg jpeg gif bmp tif tiff webp ico heic svgz psd mp3 wav flac ogg m4a mp4 mkv avi mov webm wmv "
    "zip gz bz2 xz zst 7z rar tar tgz jar whl so dll dylib exe o a lib class pyc pyd wasm bin dat iso img dmg "
    "db sqlite sqlite3 parquet feather arrow h5 hdf5 npy npz pkl pickle joblib pt pth ckpt safetensors onnx gguf "
    "ttf otf woff woff2 eot doc dot ppt pps xls xlsb msg pst mobi azw3 djvu pages numbers".split()
)


@dataclasses.dataclass(frozen=True)
class FoundFile:
    """A regular file to read: its absolute path and what tells whether it changed."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0


Item = FoundFile | Skipped | Failure
Specs = list[tuple[str, pathspec.GitIgnoreSpec]]


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
    elif stat.S_ISDIR(info.st_mode):
        yield from _Walk(root, rules or Rules(), avoid, only).all()
        if not os.path.lexists(root):  # taken away meanwhile: what was not found in it need not be deleted
            yield _os_failure(root, FileNotFoundError())
    elif stat.S_ISREG(info.st_mode):
        yield FoundFile(root, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    else:
        yield Skipped(root, "not a regular file")


class _Walk:
    def __init__(self, root: str, rules: Rules, avoid: str, only: Set[str]) -> None:
        self._root = root
        self._rules = rules
        self._avoid = avoid
        self._only = only
        self._on_the_way = {place for path in only for place in (path, *above(path))}

    def all(self) -> Iterator[Item]:
        """Walk what is to be walked."""
        whole = not self._only or any(place in self._only for place in (self._root, *above(self._root)))
        return self._folder(self._root, [], whole)

    def _folder(self, folder: str, specs: Specs, whole: bool) -> Iterator[Item]:
        """Walk a folder; `specs` are the ignore files from the root down to it."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if folder == self._root or not isinstance(error, FileNotFoundError):
                yield _os_failure(folder, error)
            return  # else deleted since its name was read
        if self._rules.ignore:
            try:
                spec = _ignore_spec(entries)
            except FileNotFoundError:
                spec = None  # deleted since its name was read
            except OSError as error:
                failure = _os_failure(os.path.join(folder, ".gitignore"), error)
                why = "Its .gitignore cannot be read, so what it should leave out is not known."
                yield dataclasses.replace(failure, path=folder, message=why)
                return
            if spec is not None:
                specs = [*specs, (folder, spec)]
        for entry in entries:
            if not whole and entry.path not in self._on_the_way:
                continue
            try:
                yield from self._visit(entry, specs, whole or entry.path in self._only)
            except FileNotFoundError:
                continue  # deleted since its name was read
            except OSError as error:
                yield _os_failure(entry.path, error)

    def _visit(self, entry: os.DirEntry[str], specs: Specs, whole: bool) -> Iterator[Item]:
        path = entry.path
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode()
            yield Skipped(shown, "name is not valid Unicode")
            return
        if entry.is_symlink():
            inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._root))
            yield Skipped(path, "link, its target is read" if inside else "link that leaves the folder")
            return
        folder = entry.is_dir(follow_symlinks=False)
        reason = self._passed_over(entry, folder, specs)
        if reason:
            yield Skipped(path, reason)
        elif folder:
            yield from self._folder(path, specs, whole)
        elif not entry.is_file(follow_symlinks=False):
            yield Skipped(path, "not a regular file")
        else:
            info = entry.stat(follow_symlinks=False)
            yield FoundFile(path, info.st_size, info.st_mtime_ns, info.st_ctime_ns)

    def _passed_over(self, entry: os.DirEntry[str], folder: bool, specs: Specs) -> str:
        name, path = entry.name, entry.path
        if path == self._avoid:
            return _THE_INDEX
        if name.startswith("."):
            return "hidden"
        if _ignored(path, folder, specs):
            return "ignored by .gitignore"
        relative = os.path.relpath(path, self._root).replace(os.sep, "/")
        if any(matches(pattern, relative) for pattern in self._rules.exclude):
            return "excluded"
        if folder:
            if os.path.exists(os.path.join(path, "pyvenv.cfg")):
                return "virtual environment"
            return _TOOL_FOLDERS.get(name, "")
        if any(fnmatch.fnmatch(name.lower(), pattern) for pattern in _SECRET_NAMES):
            return "may hold secrets"
        if self._rules.include and not any(matches(pattern, relative) for pattern in self._rules.include):
            return "not included"
        suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
        return f"unsupported type .{suffix}" if suffix in _NOT_TEXT else ""


def _ignore_spec(entries: Sequence[os.DirEntry[str]]) -> pathspec.GitIgnoreSpec | None:
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file():
            lines = Path(entry.path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
            return _parse_ignore(lines)
    return None


def _parse_ignore(lines: Iterable[str]) -> pathspec.GitIgnoreSpec:
    kept = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # git, too, takes a pattern it cannot parse as matching nothing
        kept.append(line)
    return pathspec.GitIgnoreSpec.from_lines(kept)


def _ignored(path: str, folder: bool, specs: Specs) -> bool:
    """The rule nearest to the file decides, and within one file the last one, as in git."""
    for base, spec in reversed(specs):
        relative = os.path.relpath(path, base).replace(os.sep, "/") + ("/" if folder else "")
        decided = spec.check_file(relative).include
        if decided is not None:
            return decided
    return False


def _os_failure(path: str, error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError):
        return Failure(path, "not_found", "There is no such file or folder.", "Check the path.")
    if isinstance(error, PermissionError):
        return Failure(
            path,
            "permission_denied",
            "You may not read this.",
            f"Give yourself permission, for example: chmod u+rX {path!r}.",
        )
    return Failure(
        path, "unreadable", f"The system could not read this ({error.strerror}).", "Check the disk or the path."
    )

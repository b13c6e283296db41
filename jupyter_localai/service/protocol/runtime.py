"""The private folder for an engine's sockets: short, since the path of a socket is limited to some 100 bytes."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "localai-"
ENGINE, CHAT, SHARED = "engine", "chat", "shared"
"""The sockets in it: of the engine, and those of the gate that lead to the chat model and to the shared server."""
_LONGEST = 99  # bytes; 103 on macOS, 107 on Linux, with its end


def make() -> Path:
    """Return a new folder that only its owner can enter, in ``$XDG_RUNTIME_DIR`` or the folder for temporary files."""
    for base in _bases():
        if base and os.access(base, os.W_OK | os.X_OK):
            try:
                folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))  # with mode 0700
            except OSError:
                continue  # what looks writable need not be: /proc, a full disk
            if len(os.fsencode(folder / ENGINE)) <= _LONGEST:
                return folder
            folder.rmdir()
    raise OSError("there is no folder for sockets with a short enough name")


def _bases() -> Iterator[str | None]:
    yield os.environ.get("XDG_RUNTIME_DIR")
    with contextlib.suppress(FileNotFoundError):  # in a container no folder for temporary files may be writable
        yield tempfile.gettempdir()
    yield "/tmp"


def bound(path: Path) -> socket.socket:
    """Return a Unix socket at `path` that only its owner can use, as it would not be for a moment with ``chmod``."""
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    return listener


def is_private(folder: Path) -> bool:
    """Whether a folder is one of ours that nobody else can enter, and so can have put a socket into."""
    try:
        info = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or info.st_uid == os.getuid()
    return mine and stat.S_ISDIR(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o700


def remove(folder: Path) -> None:
    """Remove such a folder and the sockets in it; anything else is left alone."""
    if folder.name.startswith(PREFIX) and is_private(folder):
        with contextlib.suppress(OSError):
            for name in (ENGINE, CHAT, SHARED):
                with contextlib.suppress(FileNotFoundError):
                    if stat.S_ISSOCK((folder / name).lstat().st_mode):
                        (folder / name).unlink()
            folder.rmdir()

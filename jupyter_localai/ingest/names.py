"""What a file's name alone says: that it may hold secrets, or that a program left it and nobody wrote it; and what
systems make of it: links, what cannot be found or read.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import sys

from ..errors import ReadError

_SECRETS = (
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
_OWNER = "note of a program that a file is open"
_LEAVINGS = {
    _OWNER: ("~$*", ".~lock.*#"),
    "left by the desktop": ("desktop.ini", "thumbs.db", "ehthumbs*.db", "icon\r", "._*"),
    "shortcut to something else": ("*.url", "*.webloc", "*.lnk", "*.desktop", "*.website"),
    "document in the cloud, not on this machine": (
        *(f"*.{name}" for name in "gdoc gsheet gslides gdraw gform gtable gmap gsite gjam glink gscript".split()),
        "*.icloud",
    ),
    "lock file of a package installer": (
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "packages.lock.json",
        "conda-lock.yml",
        "*.lock",
        "*.lockb",
        "*.lockfile",
        "go.sum",
    ),
    "minified or generated code": (
        *("*.min.js", "*.min.css", "*-min.js", "*.min.mjs", "*.bundle.js", "*.chunk.js", "*.js.map", "*.css.map"),
        *("*_pb2.py", "*_pb2_grpc.py", "*.pb.go", "*.g.dart", "*.designer.cs"),
    ),
    "download that is not finished": ("*.crdownload", "*.part", "*.partial", "*.!qb"),
    "temporary file": ("*.tmp", "*.temp", "*.swp", "*~"),
}
TOOL_FOLDERS = {
    "node_modules": "installed packages",
    "__pycache__": "compiled code",
    "site-packages": "installed packages",
    **dict.fromkeys(("__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found"), "left by the system"),
}
"""Folders that programs made, and why they are passed over."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Suffixes of pictures that OCR can read."""
_LONGEST, _LONGEST_FOLDER = 259, 247
"""Characters of a path that Windows takes, unless its registry lets it take more."""
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT of ntifs.h
_IN_THE_CLOUD = 0x1000 | 0x40000 | 0x400000  # Windows: offline, or fetched when it is opened or read
_DATALESS = 0x40000000  # macOS


def may_hold_secrets(name: str) -> bool:
    """Whether files of this name hold keys or passwords."""
    return _fits(name, _SECRETS)


def leaving(name: str) -> str:
    """Return what a file is that a program left, empty for any other."""
    return next((what for what, patterns in _LEAVINGS.items() if _fits(name, patterns)), "")


def owner(name: str) -> str:
    """Return what a file is by which Office notes who has another one open, empty for any other.

    It has the suffix of a document, so that a list of all files in a folder names it.
    """
    return _OWNER if _fits(name, _LEAVINGS[_OWNER]) else ""


def is_picture(name: str) -> bool:
    """Whether a file is a picture that OCR can read."""
    return name.lower().endswith(PICTURES)


def is_link(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder leads elsewhere: a link, or a junction, which Windows does not call one."""
    if entry.is_symlink():
        return True
    return os.name == "nt" and getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _JUNCTION


def is_withheld(error: OSError) -> bool:
    """Whether macOS keeps something back by its privacy settings; a mode that forbids it is another error."""
    return sys.platform == "darwin" and error.errno == errno.EPERM


def is_too_long(path: str, is_folder: bool = False) -> bool:
    """Whether Windows may not find a path for its length alone."""
    return os.name == "nt" and len(path) > (_LONGEST_FOLDER if is_folder else _LONGEST)


def too_long() -> ReadError:
    """Return the error for such a path."""
    return ReadError(
        "The path has more characters than Windows takes.",
        "Move the folder nearer to the top of its disk, or set LongPathsEnabled to 1 in Windows' registry.",
        code="path_too_long",
    )


def in_the_cloud(info: os.stat_result) -> bool:
    """Whether the system would fetch a file from elsewhere if it was read."""
    attributes, flags = getattr(info, "st_file_attributes", 0), getattr(info, "st_flags", 0)
    return bool(attributes & _IN_THE_CLOUD or flags & _DATALESS)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in patterns)

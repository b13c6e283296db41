"""The store's folder: on a disk of this machine, and readable by its owner alone."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from ..errors import StoreError
from ..paths import below, lies_in
from ..privacy import trust

NETWORK_DISKS = frozenset(
    "nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs afs afpfs ncpfs 9p ceph glusterfs lustre gpfs beegfs webdav davfs "
    "fuse.sshfs fuse.glusterfs fuse.s3fs fuse.rclone fuse.gcsfuse fuse.davfs fuse.ceph macfuse.sshfs".split()
)
"""File systems on which SQLite's locks and shared memory cannot be relied on (https://sqlite.org/wal.html)."""


def prepare(store: Path) -> None:
    """Make the store's folder, private to its owner and invisible to git.

    Raises
    ------
    StoreError
        ``network_disk`` when it lies on another machine's disk, ``store_unwritable``; as `trust.check`.
    """
    try:
        trust.make(store)
        _refuse_network_disk(store)
        with contextlib.suppress(FileExistsError), open(_new(store / ".gitignore"), "w", encoding="ascii") as ignore:
            ignore.write("*\n")
        restrict(store)
    except OSError as error:
        raise StoreError.unwritable(f"The store {store} cannot be created ({error.strerror}).") from error


def _new(path: Path) -> int:
    return trust.open_own(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def restrict(store: Path) -> None:
    """Take group and world rights from everything in the store, whoever gave them; Windows has none that show here."""
    if os.name == "nt":
        return
    for path in (store, *below(store)):
        with contextlib.suppress(FileNotFoundError):  # Chroma's own short-lived files
            mode = path.lstat().st_mode
            wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
            if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) != wanted:
                path.chmod(wanted)


def disk_kind(path: Path) -> str:
    """Return the kind of file system that holds `path`, such as ``ext4`` or ``nfs4``; empty when unknown.

    Windows tells the kind that a disk has on its own machine; all that lies on another one is ``smb`` here.
    """
    import psutil

    real = os.path.realpath(path)
    if real.startswith("\\\\") and not real.startswith("\\\\?\\"):  # \\server\share
        return "smb"
    best, kind = "", ""
    for part in psutil.disk_partitions(all=True):
        point = part.mountpoint
        if lies_in(real, [point]) and len(point) >= len(best):
            best, kind = point, "smb" if "remote" in part.opts.split(",") else part.fstype.lower()
    return kind


def _refuse_network_disk(store: Path) -> None:
    kind = disk_kind(store)
    if kind in NETWORK_DISKS:
        raise StoreError(
            f"The store {store} lies on a network disk ({kind}), where an index can be damaged.",
            "Set LOCALAI_STORE to a folder on a disk of this machine.",
            code="network_disk",
        )


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder; those that vanish meanwhile are left out."""
    total = 0
    for file in below(folder):
        with contextlib.suppress(OSError):
            info = file.lstat()
            total += info.st_size if stat.S_ISREG(info.st_mode) else 0
    return total

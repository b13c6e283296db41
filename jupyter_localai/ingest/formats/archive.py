"""Archives: one document whose places are the documents in it, each read by the reader of its own kind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from ...errors import ReadError
from ...results.passages import Document
from .. import names
from .parts.attached import Attached
from .parts.flow import Flow
from .parts.office import MAX_BYTES, Package

SUFFIXES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz")
_MAX_MEMBERS = 10_000
_PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_BROKEN = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
_DAMAGED = "The archive is damaged; what could be read of it was."


def read(data: bytes, path: str) -> Document:
    """Read the documents in an archive; each stands under its path in it as a heading.

    Hidden files and what programs leave are passed over as in a folder; what else cannot be read is named.

    Raises
    ------
    ReadError
        ``too_large``, ``encrypted`` or ``corrupted``.
    """
    flow = Flow()
    inside = Attached(flow, "Files in the archive")
    warnings: list[str] = []
    members = _of_zip(data, warnings) if data.startswith(b"PK") else _of_tar(data, warnings)
    for name, content in members:
        if _is_secret(name):
            inside.leave_out(name)
        elif content and not _is_passed_over(name):
            inside.add(name, content)
    warnings += inside.warnings()
    if not flow.text.strip():
        warnings.append("The archive has no text that can be read.")
    return Document(path, "archive", flow.text, "", flow.places, tuple(warnings))


def _is_secret(name: str) -> bool:
    return names.may_hold_secrets(PurePosixPath(name).name)


def _is_passed_over(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        any(part.startswith(".") and part.strip(".") for part in parts)
        or any(part in names.TOOL_FOLDERS for part in parts[:-1])
        or bool(parts and names.leaving(parts[-1]))
    )


def _of_zip(data: bytes, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
    package = Package(data)
    for name in dict.fromkeys(package.names):
        if not name.endswith("/"):
            yield name, package.data(name) or b""
    if package.damaged:
        warnings.append(_DAMAGED)


def _of_tar(data: bytes, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the regular files of a tar archive; a sparse one says to be larger than it is and is left out."""
    count = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(data)), mode="r:") as archive:
            for member in archive:
                count += 1
                if count > _MAX_MEMBERS:
                    warnings.append(f"Only the first {_MAX_MEMBERS:,} files of the archive were read.")
                    return
                if member.isreg() and not member.issparse() and (file := archive.extractfile(member)) is not None:
                    yield member.name, file.read(MAX_BYTES)
    except _BROKEN:
        if not count:
            raise ReadError(
                "This is no archive of files, or it is damaged.", "Unpack it, and index the folder.", code="corrupted"
            ) from None
        warnings.append(_DAMAGED)


def _unpacked(data: bytes) -> bytes:
    opener = next((opener for sign, opener in _PACKED.items() if data.startswith(sign)), None)
    if opener is None:
        return data
    pieces: list[bytes] = []
    room = MAX_BYTES
    try:
        with opener(io.BytesIO(data)) as packed:
            while piece := packed.read(2**20):
                pieces.append(piece)
                room -= len(piece)
                if room < 0:
                    break
    except _BROKEN:
        if not pieces:
            raise
    if room < 0:
        raise ReadError(
            f"The archive unpacks to more than {MAX_BYTES // 2**20} MiB.",
            "Unpack it, and index the folder.",
            code="too_large",
        )
    return b"".join(pieces)

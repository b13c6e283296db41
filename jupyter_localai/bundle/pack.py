"""Write a bundle: the same content gives the same bytes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import secrets
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import BundleError
from ..paths import replace
from ..results.base import to_json
from .form import ALIGNMENT, FILES, MIMETYPE, NUMBERS, STORED, TENSOR, Manifest, Member

_TIME = (1980, 1, 1, 0, 0, 0)
_HEADER_BYTES = 30  # of a file in a zip, before its name
_ZIP64_BYTES = 20
_ZIP64_FROM = 1 << 31
_PADDING = 0xD935  # id of an extra field that aligns: https://developer.android.com/tools/zipalign
_EXTRA = struct.Struct("<HH")
_LENGTH = struct.Struct("<Q")


class Part:
    """A file on its way into a bundle, in a file without a name; counts and hashes what is written."""

    def __init__(self, folder: Path) -> None:
        self.stream: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # its user closes it
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write more of it."""
        self._hash.update(data)
        self.size += len(data)
        self.stream.write(data)

    def write_line(self, value: Any) -> None:
        """Write a line of JSON."""
        self.write(line(value))

    def member(self) -> Member:
        """Return its size and digest so far."""
        return Member(self.size, self._hash.hexdigest())


def line(value: Any) -> bytes:
    """Return JSON in a line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def tensor_header(rows: int, dimension: int, numbers: str) -> bytes:
    """Return the head of a file in the format safetensors, after which the vectors begin at an aligned offset."""
    size = rows * dimension * int(NUMBERS[numbers][-1])
    told = {TENSOR: {"dtype": numbers, "shape": [rows, dimension], "data_offsets": [0, size]}}
    text = json.dumps(told, separators=(",", ":")).encode()
    text += b" " * (-(_LENGTH.size + len(text)) % ALIGNMENT)
    return _LENGTH.pack(len(text)) + text


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Let a new file take the place of a bundle, or of nothing, in one step.

    Raises
    ------
    BundleError
        ``file_exists`` when something else is there; ``folder_missing``, ``unwritable``.
    """
    if not target.parent.is_dir():
        raise BundleError(f"There is no folder {target.parent}.", "Make it, or name another.", code="folder_missing")
    try:
        if os.path.lexists(target) and not is_bundle(target):
            message = f"{target} exists and is no bundle."
            raise BundleError(message, "Remove it, or name another file.", code="file_exists")
        beside = target.with_name(f".{secrets.token_hex(6)}.partial")
        try:
            yield beside
            replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        message = f"{target} cannot be written ({error.strerror})."
        raise BundleError(message, "Check the folder's permissions and its disk.", code="unwritable") from error


def is_bundle(path: Path) -> bool:
    """Whether a file begins as a bundle does."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES + len(FILES[0]) + len(MIMETYPE))
    return head[:4] == b"PK\3\4" and head[_HEADER_BYTES:] == FILES[0].encode() + MIMETYPE


def assemble(target: Path, manifest: Manifest, parts: dict[str, Part]) -> None:
    """Write the file of a bundle; the sizes and digests of its parts go into the manifest."""
    manifest = dataclasses.replace(manifest, files={name: part.member() for name, part in parts.items()})
    text = json.dumps(to_json(manifest), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    with zipfile.ZipFile(target, "x", allowZip64=True) as file:
        for name in FILES:
            if name in parts:
                parts[name].stream.seek(0)
                _add(file, name, parts[name].size, parts[name].stream)
            else:
                data = MIMETYPE if name == "mimetype" else text.encode()
                _add(file, name, len(data), io.BytesIO(data))


def _add(file: zipfile.ZipFile, name: str, size: int, content: IO[bytes]) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.create_system, info.external_attr = 3, 0o100644 << 16
    info.compress_type = zipfile.ZIP_STORED if name in STORED else zipfile.ZIP_DEFLATED
    info.file_size = size
    is_large = size >= _ZIP64_FROM
    if name == "vectors.safetensors":
        assert file.fp is not None
        begin = file.fp.tell() + _HEADER_BYTES + len(name) + (_ZIP64_BYTES if is_large else 0) + _EXTRA.size
        padding = -begin % ALIGNMENT
        info.extra = _EXTRA.pack(_PADDING, padding) + bytes(padding)
    with file.open(info, "w", force_zip64=is_large) as stream:
        shutil.copyfileobj(content, stream, 1 << 20)

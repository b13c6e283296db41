"""Bundles that are wrong in one way each, made of a right one."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_localai.bundle.form import DATA_FILES

Files = dict[str, bytes]


def files_of(path: Path) -> Files:
    """Return the files of a bundle."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path: Path, files: Files, change: Callable[[dict[str, Any]], object] = lambda manifest: None) -> Path:
    """Write a bundle of these files, with sizes and digests that are right, and what `change` makes of its manifest."""
    manifest = json.loads(files["manifest.json"])
    for name in DATA_FILES:
        manifest["files"][name] = {"size": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    change(manifest)
    zip_of(path, files | {"manifest.json": json.dumps(manifest).encode()})
    return path


def zip_of(path: Any, files: Files, stored: tuple[str, ...] = ("mimetype", "vectors.safetensors")) -> None:
    """Write a zip of these files, whatever they say."""
    with zipfile.ZipFile(path, "w") as file:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(info, data)


def with_line(files: Files, name: str, number: int, **values: Any) -> Files:
    """Return the files with some values of one line changed; None takes a key away."""
    lines = files[name].splitlines()
    line = json.loads(lines[number]) | values
    lines[number] = json.dumps({key: value for key, value in line.items() if value is not None}).encode()
    return files | {name: b"\n".join(lines) + b"\n"}


def with_lock(files: Files, number: int, **values: Any) -> Files:
    """Return the files with some values of one document's lock changed."""
    lock = json.loads(files["lock.json"])
    lock["documents"][number] |= values
    return files | {"lock.json": json.dumps(lock).encode()}


def with_vector(files: Files, numbers: bytes) -> Files:
    """Return the files with the first vector replaced, from its beginning."""
    data = files["vectors.safetensors"]
    (length,) = struct.unpack("<Q", data[:8])
    at = 8 + length
    return files | {"vectors.safetensors": data[:at] + numbers + data[at + len(numbers) :]}

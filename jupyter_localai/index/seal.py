"""Whether a Chroma folder was made on this machine, is unchanged since it was closed, and names no code to run.

Chroma builds embedding functions by the names that a folder holds. We give it none, so a folder that names one is not
ours. Its configuration is read as data, before Chroma opens it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..privacy import trust
from .database import look

_KEY_BYTES = 32
_UNNAMED = ({"type": "legacy"}, {"type": "unknown"}, None)
"""What Chroma writes where a collection has no embedding function."""


class Sealer:
    """Signs Chroma folders with this user's key on this machine, which is in no store.

    A seal has two parts: that the folder was made here, and, once it is closed, how its files were then.
    Without a key there are no seals, and no folder counts as made here.
    """

    def __init__(self) -> None:
        self._key = _key(_key_file())

    def made_here(self, folder: Path) -> str:
        """Return the seal of a folder in use."""
        return self._sign(folder.name)

    def closed(self, folder: Path) -> str:
        """Return the seal of a folder as it is now: with names, sizes and times of all its files."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        told = ((path.relative_to(folder).as_posix(), path.stat()) for path in files)
        text = "\n".join(f"{name}\t{info.st_size}\t{info.st_mtime_ns}" for name, info in told)
        return f"{self.made_here(folder)}.{self._sign(text)}" if self._key else ""

    def is_made_here(self, folder: Path, seal: str) -> bool:
        """Whether a seal says that the folder was made here."""
        return bool(self._key) and seal.partition(".")[0] == self.made_here(folder)

    def is_as_closed(self, folder: Path, seal: str) -> bool:
        """Whether a seal says that the folder is as it was closed."""
        return bool(self._key) and seal == self.closed(folder)

    def _sign(self, text: str) -> str:
        told = text.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(told, key=self._key, digest_size=16).hexdigest() if self._key else ""


def is_plain(folder: Path, name: str) -> bool:
    """Whether a Chroma folder holds the collection of that name and no other, and says of no embedding function."""
    if folder.is_symlink() or any(path.is_symlink() for path in folder.rglob("*")):
        return False
    try:
        rows = look(folder / "chroma.sqlite3", "SELECT name, config_json_str, schema_str FROM collections")
        told = [json.loads(text) for _, *texts in rows for text in texts if text]
    except (StoreError, ValueError, RecursionError):
        return False
    return [row[0] for row in rows] == [name] and all(found in _UNNAMED for found in _functions(told))


def _functions(told: Any) -> Iterator[Any]:
    """Yield what a configuration says of embedding functions, however deep."""
    waiting = [told]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from (inner for key, inner in value.items() if key == "embedding_function")
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _key_file() -> Path:
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "localai.key"


def _key(file: Path) -> bytes:
    """Return the key in a file, made when it is not there; empty when there can be none."""
    for _ in range(2):
        try:
            with open(trust.open_own(file, os.O_RDONLY), "rb") as stream:
                info, key = os.fstat(stream.fileno()), stream.read(_KEY_BYTES + 1)
            return key if len(key) == _KEY_BYTES and trust.is_private(info) else b""
        except FileNotFoundError:
            pass
        except OSError:
            return b""
        _make_key(file)
    return b""


def _make_key(file: Path) -> None:
    """Make a key, in one step, unless another process has just done so."""
    made = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(trust.open_own(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as stream:
            stream.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(made, file)
        finally:
            made.unlink()
    except OSError:
        pass

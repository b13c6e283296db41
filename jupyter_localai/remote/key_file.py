"""The file by which a publisher lets others in: the key of a shared collection, and whom to believe.

It travels from hand to hand, not by way of the server. Who has it can read the collection.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import os
import re
import secrets
from pathlib import Path

from ..errors import RemoteError
from ..paths import replace
from ..privacy import trust
from ..results.base import to_json
from ..results.codec import from_json
from .sealing import KEY_BYTES

NAME = re.compile(r"(?!.*\.\.)(?!\d+(\.\d+){3}$)[A-Za-z0-9][A-Za-z0-9._-]{1,200}[A-Za-z0-9]")
"""What a collection can be called on a Chroma server: among others, nothing that could be an address."""
SUFFIX = ".localai-key"
_FORMAT = 1
_MOST_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class KeyFile:
    """What such a file says.

    Attributes
    ----------
    name : str
        The server's name of the collection.
    key : str
        The share key, in base64.
    publishers : dict of str to str
        The public keys of those who are believed, in hexadecimal, and what they are called.
    embedder, fingerprint : str
        The embedding model of its vectors, and what identifies them.
    """

    name: str
    key: str
    publishers: dict[str, str]
    embedder: str
    fingerprint: str
    format: int = _FORMAT

    @classmethod
    def of(cls, name: str, secret: bytes, publishers: dict[str, str], embedder: str, fingerprint: str) -> KeyFile:
        """Return the file of a collection with this share key."""
        return cls(name, base64.b64encode(secret).decode("ascii"), publishers, embedder, fingerprint)

    @property
    def secret(self) -> bytes:
        """The share key."""
        return base64.b64decode(self.key)

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """Return what a file says.

        Raises
        ------
        RemoteError
            ``bad_key_file``.
        """
        try:
            with path.open("rb") as stream:
                told = from_json(cls, json.loads(stream.read(_MOST_BYTES)))
            if told.format != _FORMAT or not NAME.fullmatch(told.name):
                raise ValueError("format")
            if len(base64.b64decode(told.key, validate=True)) != KEY_BYTES:
                raise ValueError("key")
            return told
        except OSError as error:
            raise _bad(path, error.strerror or "it cannot be read") from None
        except (ValueError, RecursionError, binascii.Error):
            raise _bad(path, "it is no key file, or of a newer version") from None

    def write(self, folder: Path) -> Path:
        """Write the file into a folder, readable by its owner alone, and return its path.

        Raises
        ------
        RemoteError
            ``bad_key_file``.
        """
        path = folder / f"{self.name}{SUFFIX}"
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with open(trust.open_own(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as out:
                    out.write(json.dumps(to_json(self), indent=1) + "\n")
                replace(beside, path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise _bad(path, error.strerror or "it cannot be written") from None
        return path


def _bad(path: Path, why: str) -> RemoteError:
    return RemoteError(f"The key file {path} cannot be used ({why}).", "Ask for it again.", code="bad_key_file")

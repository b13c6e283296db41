"""Sealing and signing: what the server may not read, and what nobody else may forge.

The share key is known to all who may read a collection. From it come a key that seals, and one that makes tags: ids
that say nothing of what they stand for. Publishers sign with a key of their own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_LETTERS = 26
_PART_CHARS = 8000  # Chroma Cloud takes values below 8,182 bytes,
_MOST_PARTS = 30  # and 32 of them in a record
_PART = "c"
MAX_SEALED_BYTES = _PART_CHARS * _MOST_PARTS * 3 // 4 - 100
"""How many bytes a record can hold when they cannot be compressed."""


class NotSealed(Exception):
    """What should be sealed with this key and for this place is not, or is larger than allowed."""


class ShareKey:
    """The secret that the publishers and members of one shared collection have in common.

    Parameters
    ----------
    secret : bytes
        32 random bytes.

    Attributes
    ----------
    id : str
        Which key it is; says nothing of the secret.

    Raises
    ------
    ConfigError
        ``teams_missing`` when the extra is not installed.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a share key has {KEY_BYTES} bytes")
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError:
            raise _missing() from None
        self._cipher = AESGCM(_derived(secret, "seal"))
        self._tags = _derived(secret, "tag")
        self.id = _derived(secret, "id").hex()[:16]

    def tag(self, *parts: str | int) -> str:
        """Return 26 letters that stand for `parts`, for whoever has the key."""
        digest = hmac.digest(self._tags, canonical(parts), "sha256")
        return base64.b32encode(digest).decode("ascii").lower()[:_TAG_LETTERS]

    def seal(self, place: str, data: bytes) -> dict[str, str]:
        """Return `data` as metadata that opens with this key and at this place only.

        Raises
        ------
        ValueError
            When it does not fit into a record.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, zlib.compress(data), place.encode())
        text = base64.b64encode(nonce + sealed).decode("ascii")
        pieces = [text[at : at + _PART_CHARS] for at in range(0, len(text), _PART_CHARS)]
        if len(pieces) > _MOST_PARTS:
            raise ValueError("it is too large for a record")
        return {_part(number): piece for number, piece in enumerate(pieces)}

    @staticmethod
    def after(sealed: Mapping[str, str]) -> str:
        """Return the name that no metadata may have beside `sealed`, which would be taken for its next part."""
        return _part(len(sealed))

    def open(self, place: str, metadata: Mapping[str, Any], most: int) -> bytes:
        """Return what was sealed, at most so many bytes.

        Raises
        ------
        NotSealed
        """
        from cryptography.exceptions import InvalidTag

        pieces: list[str] = []
        while isinstance(piece := metadata.get(_part(len(pieces))), str):
            pieces.append(piece)
        try:
            sealed = base64.b64decode("".join(pieces), validate=True)
            packed = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError, binascii.Error):
            raise NotSealed from None
        inflate = zlib.decompressobj()
        try:
            data = inflate.decompress(packed, most)
        except zlib.error:
            raise NotSealed from None
        if not inflate.eof:
            raise NotSealed
        return data


class Signer:
    """A publisher's key pair.

    Parameters
    ----------
    secret : bytes
        The private half: 32 random bytes.

    Attributes
    ----------
    public : str
        The public half, in hexadecimal.
    """

    def __init__(self, secret: bytes) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError:
            raise _missing() from None
        self._private: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._private.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> bytes:
        """Return the signature."""
        return self._private.sign(data)


def is_signed(public: str, data: bytes, signature: bytes) -> bool:
    """Whether a signature of `data` is that of the publisher with this public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(value: Any) -> bytes:
    """Return the one JSON text of a value that is hashed and signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"jupyter-localai shared collection: {purpose}".encode(), hashlib.sha256)


def _part(number: int) -> str:
    return f"{_PART}{number or ''}"


def _missing() -> ConfigError:
    return ConfigError(
        "Shared collections need the package cryptography, which is not installed.",
        'Install it: pip install "jupyter-localai[teams]".',
        code="teams_missing",
    )

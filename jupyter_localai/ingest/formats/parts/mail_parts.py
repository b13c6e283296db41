"""The headers and bodies of an e-mail, decoded: whatever they claim to be, and however they are broken."""

from __future__ import annotations

import base64
import email
import email.header
import email.policy
import email.utils
import quopri
import re
from collections.abc import Callable
from email.message import Message
from typing import Any, TypeAlias

from ....errors import ReadError
from ..text import decode

Part: TypeAlias = "Message[Any, Any]"
_DECODERS: dict[str, Callable[[bytes], bytes]] = {"base64": base64.b64decode, "quoted-printable": quopri.decodestring}
_MAX_HEADER_CHARS = 4000  # the library takes time by the square of some


class _Policy(email.policy.Compat32):
    """Keeps the headers as they stand in the file, cut to a length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value if len(value) <= _MAX_HEADER_CHARS else value[:_MAX_HEADER_CHARS] + " \u2026"

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


def parse(data: bytes) -> Part:
    """Return the parts of a message.

    Raises
    ------
    ReadError
        ``corrupted`` when parts stand in parts without end.
    """
    try:
        return email.message_from_bytes(data, policy=_Policy())
    except RecursionError:
        raise ReadError(
            "The message is nested too deeply.", "Save the message you want to read on its own.", code="corrupted"
        ) from None


def header(part: Part, name: str) -> str:
    """Return a header's text on one line, empty when there is none."""
    return _readable(str(part.get(name) or ""))


def file_name(part: Part) -> str:
    """Return the name that an attachment has, on one line; it is shown and never used as a path."""
    try:
        return _readable(part.get_filename() or "")[:200]
    except Exception:  # the library raises many kinds of errors on malformed headers
        return ""


def is_attachment(part: Part) -> bool:
    """Whether a part is a file of its own, and not shown as a piece of the message."""
    try:
        return bool(part.get_filename()) or part.get_content_disposition() == "attachment"
    except Exception:  # as above
        return True


def data(part: Part) -> bytes:
    """Return what a part holds; empty when it holds other parts or cannot be decoded."""
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # as above, of malformed encodings
        return b""
    return payload if isinstance(payload, bytes) else b""


def text(part: Part) -> str:
    """Return the text of a part, in whatever encoding it really is; empty when it has none."""
    try:
        charset = part.get_content_charset()
    except Exception:  # as above
        charset = None
    return _decoded(data(part), charset)


def message_in(part: Part) -> Part | None:
    """Return the message that a part of type ``message/rfc822`` holds, decoded where it was encoded as a whole.

    Raises
    ------
    ReadError
        As `parse`.
    """
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    decoder = _DECODERS.get(str(part.get("Content-Transfer-Encoding") or "").strip().lower())
    if decoder is None or not isinstance(inner, Message):
        return inner if isinstance(inner, Message) else None
    if inner.keys():  # a program that names an encoding and does not use it
        return inner
    raw = inner.get_payload()
    try:
        return parse(decoder(raw.encode("utf-8", "surrogateescape"))) if isinstance(raw, str) else inner
    except ValueError:
        return inner


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        return decode(data, charset, trust=True)[0]
    except ReadError:
        return "" if b"\x00" in data else data.decode("latin-1")


def _readable(raw: str) -> str:
    if not raw.isascii():  # bytes that should have been encoded
        raw = _decoded(raw.encode("utf-8", "surrogateescape"), None)
    if "=?" in raw:
        try:
            pieces = email.header.decode_header(re.sub(r"\s+", " ", raw))
            raw = "".join(_piece(piece, charset) for piece, charset in pieces)
        except Exception:  # as above
            pass
    return " ".join(raw.split())


def _piece(piece: Any, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    return _decoded(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")

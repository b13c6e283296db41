"""E-mail as it is saved to a file: who, when, what about, the message, and attached texts."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from typing import Any

from ..schema import Anchor, Document
from . import read_html, read_text
from .flow import Flow

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MAX_PARTS = 500
_MAX_DEPTH = 20


def read(data: bytes, path: str) -> Document:
    """Read a message; attached texts and messages follow it, each under its name as a heading."""
    read_text.refuse_binary(data)
    message = email.message_from_bytes(data, policy=email.policy.default)
    flow = Flow()
    warnings: list[str] = []
    unread = _add(message, flow, warnings)
    if unread:
        warnings.append(f"Attachments that were not read: {', '.join(unread)}.")
    if not flow.text.strip():
        warnings.append("The message has no text.")
    return Document(path, "email", flow.text, _header(message, "Subject")[:200], flow.places, tuple(warnings))


def _add(message: Message[Any, Any], flow: Flow, warnings: list[str]) -> list[str]:
    """Add a message and what is attached to it; return the names of what cannot be read here."""
    unread: list[str] = []
    waiting: list[tuple[Message[Any, Any], int]] = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > _MAX_PARTS or depth > _MAX_DEPTH:
            warnings.append("The message has too many parts; not all were read.")
            break
        kind = part.get_content_type()
        if part.is_multipart():
            inner = [piece for piece in part.get_payload() if isinstance(piece, Message)]
            if kind == "message/rfc822" or depth == 0:
                if depth:
                    flow.begin(Anchor(heading=_header(inner[0], "Subject") or "attached message" if inner else None))
                _headers(inner[0] if kind == "message/rfc822" and inner else part, flow)
            if kind == "multipart/alternative":
                inner = [_best(inner)] if inner else []
            waiting += [(piece, depth + 1) for piece in reversed(inner)]
            continue
        if depth == 0:
            _headers(part, flow)
        name = _name(part)
        if not kind.startswith("text/"):
            unread += [name] if name else []
            continue
        if name:
            flow.begin(Anchor(heading=name))
        text = _text(part)
        if kind == "text/html":
            read_html.add(text, flow)
        else:
            flow.paragraph(text.replace("\r\n", "\n"))
    return unread


def _best(alternatives: list[Message[Any, Any]]) -> Message[Any, Any]:
    """Return the plain text among parts that say the same, else the last, which the sender liked best."""
    plain = (part for part in alternatives if part.get_content_type() == "text/plain" and _text(part).strip())
    return next(plain, alternatives[-1])


def _headers(message: Message[Any, Any], flow: Flow) -> None:
    lines = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    flow.paragraph("\n".join(lines))


def _header(message: Message[Any, Any], name: str) -> str:
    try:
        return " ".join(str(message.get(name) or "").split())
    except Exception:  # the library raises many kinds of errors on malformed headers
        return ""


def _name(part: Message[Any, Any]) -> str:
    try:
        return " ".join((part.get_filename() or "").split())[:200]
    except Exception:  # as above
        return ""


def _text(part: Message[Any, Any]) -> str:
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # as above, of malformed encodings
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = part.get_content_charset()
    except Exception:  # as above
        charset = None
    return read_text.decode(payload, charset, trust=True)[0]

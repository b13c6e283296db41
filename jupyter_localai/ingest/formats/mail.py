"""E-mail as it is saved to a file: who, when, what about, the message, and attached texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from ...errors import ReadError
from ...results.passages import Anchor, Document
from . import html
from .parts import mail_parts
from .parts.flow import Flow
from .parts.mail_parts import Part
from .text import refuse_binary

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MAX_PARTS = 500
_MAX_DEPTH = 20
_WORD = re.compile(r"\w+")
_MESSAGE_BEGINS = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From (?=[^\n]*\d{4})[^\n]*\n")


def read(data: bytes, path: str) -> Document:
    """Read a message; attached texts and messages follow it, each under its name as a heading.

    Raises
    ------
    ReadError
        ``corrupted`` when parts stand in parts without end.
    """
    refuse_binary(data)
    message = mail_parts.parse(data)
    flow = Flow()
    warnings: list[str] = []
    _warn_of(_add(message, flow, warnings), warnings)
    if not flow.text.strip():
        warnings.append("The message has no text.")
    title = mail_parts.header(message, "Subject")[:200]
    return Document(path, "email", flow.text, title, flow.places, tuple(warnings))


def read_box(data: bytes, path: str) -> Document:
    """Read a mailbox, in which message follows message; each is a place under its subject.

    A message that cannot be read is named in the warnings.
    """
    refuse_binary(data)
    flow = Flow()
    warnings: list[str] = []
    unread: list[str] = []
    for number, piece in enumerate(_messages(data), 1):
        try:
            message = mail_parts.parse(piece)
        except ReadError:
            warnings.append(f"Message {number} could not be read: it is nested too deeply.")
            continue
        flow.begin(Anchor(heading=mail_parts.header(message, "Subject")[:200] or None))
        unread += _add(message, flow, warnings)
    _warn_of(unread, warnings)
    return Document(path, "email", flow.text, "", flow.places, tuple(dict.fromkeys(warnings)))


def _messages(data: bytes) -> Iterator[bytes]:
    begins = [(match.start(), match.end()) for match in _MESSAGE_BEGINS.finditer(data)]
    if not begins or begins[0][0]:
        begins.insert(0, (0, 0))
    for index, (_, start) in enumerate(begins):
        yield data[start : begins[index + 1][0] if index + 1 < len(begins) else len(data)]


def _warn_of(unread: list[str], warnings: list[str]) -> None:
    if unread:
        more = f" and {len(unread) - 20} more" if len(unread) > 20 else ""
        warnings.append(f"Attachments that were not read: {', '.join(unread[:20])}{more}.")


def _add(message: Part, flow: Flow, warnings: list[str]) -> list[str]:
    """Add a message and what is attached to it; return the names of what cannot be read here."""
    unread: list[str] = []
    waiting: list[tuple[Part, int]] = [(message, 0)]
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
                heads = inner[0] if kind == "message/rfc822" and inner else part
                if depth:
                    flow.begin(Anchor(heading=mail_parts.header(heads, "Subject")[:200] or "attached message"))
                _headers(heads, flow)
            if kind == "multipart/alternative":
                inner = _alternatives(inner)
            waiting += [(piece, depth + 1) for piece in reversed(inner)]
            continue
        if depth == 0:
            _headers(part, flow)
        name = mail_parts.file_name(part)
        if not kind.startswith("text/") or kind == "text/rtf":
            unread += [name] if name else []
            continue
        if name:
            flow.begin(Anchor(heading=name))
        if not _add_text(part, flow):
            unread.append(name or "a web page")
    return unread


def _add_text(part: Part, flow: Flow) -> bool:
    text = mail_parts.text(part)
    try:
        if part.get_content_type() == "text/html":
            html.add(text, flow)
        else:
            flow.paragraph(text.replace("\r\n", "\n"))
    except ReadError:
        return False
    return True


def _alternatives(parts: list[Part]) -> list[Part]:
    """Return what to read of parts that should say the same: the plain text, unless it only stands in for the page."""
    plain = next((p for p in parts if p.get_content_type() == "text/plain" and mail_parts.text(p).strip()), None)
    page = next((p for p in parts if p.get_content_type() == "text/html"), None)
    if plain is None:
        return parts[-1:]
    if page is None:
        return [plain]
    shown = Flow()
    _add_text(page, shown)
    wanted = set(_WORD.findall(shown.text.lower()))
    missing = wanted - set(_WORD.findall(mail_parts.text(plain).lower()))
    return [plain, page] if 2 * len(missing) > len(wanted) else [plain]


def _headers(message: Part, flow: Flow) -> None:
    lines = [f"{name}: {value}" for name in _HEADERS if (value := mail_parts.header(message, name))]
    flow.paragraph("\n".join(lines))

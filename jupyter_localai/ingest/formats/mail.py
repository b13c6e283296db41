"""E-mail as it is saved to a file: who, when, what about, the message, and what is attached to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import PurePath

from ...errors import ReadError
from ...results.passages import Anchor, Document
from . import html
from .parts import mail_parts, quoted
from .parts.attached import Attached
from .parts.flow import Flow
from .parts.mail_parts import Part
from .text import refuse_binary

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MAX_PARTS = 500
_MAX_DEPTH = 20
_MAX_BODY_DEPTH = 3  # of a text inside the parts that come with it
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MESSAGE_BEGINS = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From (?=[^\n]*\d{4})[^\n]*\n")
_HEAD = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:")
_HEADS = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{0,60}):", re.MULTILINE)
_HEAD_BYTES = 16_384
_OF_TRANSPORT = frozenset((b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to"))
_USUAL = _OF_TRANSPORT | frozenset((b"from", b"to", b"date", b"subject", b"content-type"))
_COUNTED = re.compile(rb"\s*(\d{1,12})\s*\n")
_BODIES = ("text/plain", "text/html")
_PAGE_PARTS = ("text/css", "text/javascript", "application/javascript")  # beside a web page, for its looks
_NAMES = {  # of attachments without one, by their type
    "text/calendar": "invitation.ics",
    "text/csv": "table.csv",
    "text/rtf": "text.rtf",
    "application/pdf": "document.pdf",
    "application/json": "data.json",
    "application/xml": "data.xml",
    "text/xml": "data.xml",
}


def read(data: bytes, path: str) -> Document:
    """Read a message; what is attached follows it, each under its name as a heading.

    Raises
    ------
    ReadError
        ``corrupted`` when parts stand in parts without end.
    """
    refuse_binary(data)
    if counted := _COUNTED.match(data):  # Apple Mail's: its length comes first, notes of the program follow
        data = data[counted.end() : counted.end() + int(counted.group(1))]
    return read_message(mail_parts.parse(data), path)


def read_message(message: Part, path: str) -> Document:
    """Read a message that is taken apart already.

    Raises
    ------
    ReadError
        As `read`.
    """
    flow = Flow()
    attached = Attached(flow)
    warnings = _add(message, flow, attached)
    warnings += attached.warnings()
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
    attached = Attached(flow)
    warnings: list[str] = []
    for number, piece in enumerate(_messages(data), 1):
        try:
            message = mail_parts.parse(piece)
        except ReadError:
            warnings.append(f"Message {number} could not be read: it is nested too deeply.")
            continue
        warnings += _add(message, flow, attached, mail_parts.header(message, "Subject")[:200])
    warnings += attached.warnings()
    return Document(path, "email", flow.text, "", flow.places, tuple(dict.fromkeys(warnings)))


def is_message(data: bytes) -> bool:
    """Whether a file is a message by what it begins with; some mail programs save one without a suffix."""
    heads = {head.lower() for head in _HEADS.findall(data[:_HEAD_BYTES].partition(b"\n\n")[0].replace(b"\r", b""))}
    return _HEAD.match(data) is not None and len(heads & _USUAL) >= 3 and not heads.isdisjoint(_OF_TRANSPORT)


def is_box(data: bytes) -> bool:
    """Whether a file is a mailbox by what it begins with; those of mail programs have no suffix."""
    if not data.startswith(b"From "):
        return False
    first, *lines = data[:4096].splitlines()[:12]
    heads = [line for line in lines if not line.startswith((b" ", b"\t"))][:2]
    return re.search(rb"\d{4}", first) is not None and len(heads) == 2 and all(map(_HEAD.match, heads))


def _messages(data: bytes) -> Iterator[bytes]:
    begins = [(match.start(), match.end()) for match in _MESSAGE_BEGINS.finditer(data)]
    if not begins or begins[0][0]:
        begins.insert(0, (0, 0))
    for index, (_, start) in enumerate(begins):
        yield data[start : begins[index + 1][0] if index + 1 < len(begins) else len(data)]


def _add(message: Part, flow: Flow, attached: Attached, subject: str = "") -> list[str]:
    """Add a message and what is attached to it, in its order; return warnings."""
    flow.begin(Anchor(heading=subject or None))
    _headers(message, flow)
    warnings: list[str] = []
    waiting: list[tuple[Part, int, str]] = [(message, 0, subject)]
    seen = 0
    while waiting:
        part, depth, under = waiting.pop()
        seen += 1
        if seen > _MAX_PARTS or depth > _MAX_DEPTH:
            warnings.append("The message has too many parts; not all were read.")
            break
        kind = part.get_content_type()
        if kind == "message/rfc822":
            try:
                inner = mail_parts.message_in(part)
            except ReadError:
                inner = None
            if inner is None:
                attached.leave_out(mail_parts.file_name(part) or "a message")
                continue
            name = mail_parts.header(inner, "Subject")[:200] or "attached message"
            under = f"{subject} > {name}" if subject else name
            flow.begin(Anchor(heading=under))
            _headers(inner, flow)
            waiting.append((inner, depth + 1, under))
        elif part.is_multipart():
            pieces = [piece for piece in part.get_payload() if isinstance(piece, Message)]
            if kind == "multipart/alternative":
                pieces = _alternatives(pieces)
            waiting += [(piece, depth + 1, under) for piece in reversed(pieces)]
        elif kind in _BODIES and not mail_parts.is_attachment(part):
            if not _add_body(part, flow, under):
                attached.leave_out("a web page")
        else:
            _add_attachment(part, attached, under)
    return warnings


def _add_attachment(part: Part, attached: Attached, under: str) -> None:
    kind = part.get_content_type()
    name = mail_parts.file_name(part)
    if kind in _PAGE_PARTS and not name:
        return
    usual = _NAMES.get(kind, "")
    if not name and not usual and not kind.startswith("text/"):
        return  # such as a picture inside the message
    suffix = PurePath(usual).suffix if not PurePath(name or usual).suffix else ""
    attached.add(name or usual or "text", mail_parts.data(part), under, suffix)


def _add_body(part: Part, flow: Flow, under: str) -> bool:
    """Add what a message says, with quotes and signature under such a heading; return whether it could be read."""
    own = Anchor(heading=under or None)
    text = mail_parts.text(part)
    if part.get_content_type() == "text/html":
        flow.stand(own)
        try:
            html.add(text, flow, quotes=(own, _below(under, quoted.QUOTED)))
        except ReadError:
            return False
        return True
    for name, piece in quoted.parts(text.replace("\r\n", "\n")):
        flow.stand(_below(under, name) if name else own)
        flow.paragraph(piece)
    return True


def _below(under: str, name: str) -> Anchor:
    return Anchor(heading=f"{under} > {name}" if under else name)


def _alternatives(parts: list[Part]) -> list[Part]:
    """Return what to read of parts that should say the same: of the plain text and the page the one that says more.

    Both are read where each has much that the other has not: then the plain text only stands in for the page.
    """
    bodies = [(part, body) for part in parts if (body := _body(part)) is not None]
    found = {body.get_content_type(): (part, words) for part, body in reversed(bodies) if (words := _words(body))}
    others = [part for part in parts if all(part is not other for other, _ in bodies)]
    if len(found) < len(_BODIES):
        return [part for part, _ in found.values()] + others
    (plain, said), (page, shown) = found["text/plain"], found["text/html"]
    if 2 * len(shown - said) > len(shown) and 2 * len(said - shown) > len(said):
        return [plain, page, *others]
    return [page if len(shown) > len(said) else plain, *others]


def _body(part: Part) -> Part | None:
    """Return the text that a part shows, None when it shows none; a page may come with its pictures."""
    waiting = [(part, 0)]
    while waiting:
        inner, depth = waiting.pop()
        if inner.is_multipart():
            pieces = [piece for piece in inner.get_payload() if isinstance(piece, Message)]
            waiting += [(piece, depth + 1) for piece in reversed(pieces) if depth < _MAX_BODY_DEPTH]
        elif inner.get_content_type() in _BODIES and not mail_parts.is_attachment(inner):
            return inner
    return None


def _words(body: Part) -> set[str]:
    """Return the words that a text shows, without addresses, which pages keep behind their words."""
    shown = Flow()
    _add_body(body, shown, "")
    return set(_WORD.findall(_ADDRESS.sub("", shown.text.lower())))


def _headers(message: Part, flow: Flow) -> None:
    lines = [f"{name}: {value}" for name in _HEADERS if (value := mail_parts.header(message, name))]
    flow.paragraph("\n".join(lines))

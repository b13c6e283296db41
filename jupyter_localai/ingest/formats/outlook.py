"""Messages that Outlook saved (``.msg``): made into the message that they were, and read as one.

After Microsoft's [MS-OXMSG] and [MS-OXRTFCP]; numbers in the code are those of its properties.
"""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
from collections.abc import Iterator
from email.message import Message

from ...results.passages import Document
from . import mail, rtf
from .parts.compound import Compound, number_at
from .parts.mail_parts import Part
from .parts.rich_text import unpacked

_SUBJECT, _CLASS, _SENDER, _SENDER_ADDRESS, _SENDER_MAIL = "0037", "001A", "0C1A", "0C1F", "5D01"
_TO, _CC, _PERSON, _ADDRESS, _PERSON_MAIL = "0E04", "0E03", "3001", "3003", "39FE"
_PLAIN, _PAGE, _RICH = "1000", "1013", "1009"
_LONG_NAME, _NAME, _SHOWN_NAME, _TYPE, _DATA, _SHOWN_INSIDE = "3707", "3704", "3001", "370E", "3701", "3712"
_ROLE, _SENT, _RECEIVED, _CODE_PAGE, _PAGE_CODE_PAGE = 0x0C150003, 0x00390040, 0x0E060040, 0x3FFD0003, 0x3FDE0003
_MESSAGE = f"__substg1.0_{_DATA}000D"
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
_ENCODINGS = {65001: "utf-8", 20127: "cp1252", 28591: "cp1252", 50220: "iso2022_jp", 51932: "euc_jp"}
_MAX_PARTS = 500
_MAX_DEEP = 5


def read(compound: Compound, path: str) -> Document:
    """Read a message; what is attached follows it, each under its name as a heading.

    Raises
    ------
    ReadError
        As `mail.read_message`.
    """
    item = _Item(compound, ())
    document = mail.read_message(_message(item), path)
    if "smime" not in item.text(_CLASS).lower() or item.text(_PLAIN).strip():
        return document
    warning = "The message is encrypted or sealed, and its text was not read."
    return dataclasses.replace(document, warnings=(*document.warnings, warning))


class _Item:
    """A message, or one of its recipients or attachments."""

    def __init__(self, compound: Compound, path: tuple[str, ...], encoding: str = "") -> None:
        self._compound = compound
        self._path = path
        self._numbers = compound.stream(*path, "__properties_version1.0")
        self._head = 24 if path[-1:] == (_MESSAGE,) else 8 if path else 32
        self._encoding = encoding or _encoding(self.number(_CODE_PAGE) or self.number(_PAGE_CODE_PAGE))

    @property
    def page_encoding(self) -> str:
        return _encoding(self.number(_PAGE_CODE_PAGE))

    def number(self, tag: int) -> int:
        """Return a property that is a number or a time; 0 when there is none."""
        for at in range(self._head, len(self._numbers) - 15, 16):
            if number_at(self._numbers, at, 4) == tag:
                return number_at(self._numbers, at + 8, 8 if tag & 0xFFFF == 0x40 else 4)
        return 0

    def data(self, name: str) -> bytes:
        """Return a property that is a file."""
        return self._compound.stream(*self._path, f"__substg1.0_{name}0102")

    def text(self, name: str) -> str:
        """Return a property that is a text."""
        wide = self._compound.stream(*self._path, f"__substg1.0_{name}001F")
        narrow = b"" if wide else self._compound.stream(*self._path, f"__substg1.0_{name}001E")
        return (wide.decode("utf-16-le", "replace") or narrow.decode(self._encoding, "replace")).rstrip("\0")

    def line(self, *names: str) -> str:
        """Return the first of some properties that says something, on one line."""
        return next(filter(None, (" ".join(self.text(name).split()) for name in names)), "")

    def parts(self, kind: str) -> Iterator[_Item]:
        """Yield the recipients or attachments, in their order."""
        deep = len(self._path)
        paths = (path for path in self._compound.paths if len(path) > deep + 1 and path[:deep] == self._path)
        names = {path[deep] for path in paths if path[deep].startswith(f"__{kind}_version1.0_#")}
        for name in sorted(names)[:_MAX_PARTS]:
            yield _Item(self._compound, (*self._path, name), self._encoding)

    def message(self) -> _Item | None:
        """Return the message that is attached here, None when it is something else."""
        inner = _Item(self._compound, (*self._path, _MESSAGE), "")
        return inner if inner._numbers else None


def _encoding(page: int) -> str:
    name = _ENCODINGS.get(page, f"cp{page or 1252}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def _message(item: _Item, deep: int = 0) -> Part:
    """Return a message with its heads, its text in all its forms, and what is attached."""
    message: Part = Message()
    message["Content-Type"] = "multipart/mixed"
    _add_heads(item, message)
    texts = [_part("text/plain; charset=utf-8", text.encode("utf-8", "replace")) for text in _texts(item)]
    if page := item.data(_PAGE) or item.text(_PAGE).encode("utf-8", "replace"):
        encoding = item.page_encoding if item.data(_PAGE) else "utf-8"
        texts.append(_part(f"text/html; charset={encoding}", page))
    both = _part("multipart/alternative")
    for text in texts:
        both.attach(text)
    if texts:
        message.attach(both)
    for attached in item.parts("attach"):
        _attach(attached, message, deep)
    return message


def _texts(item: _Item) -> Iterator[str]:
    """Yield the plain text of a message; formatted text stands in for it where there is no other form."""
    if text := item.text(_PLAIN):
        yield text
    elif (rich := item.data(_RICH)) and not item.data(_PAGE):
        yield rtf.read(unpacked(rich), "").text


def _add_heads(item: _Item, message: Part) -> None:
    kinds: dict[int, list[str]] = {}
    for person in item.parts("recip"):
        kinds.setdefault(person.number(_ROLE), []).append(_person(person.line(_PERSON), person, _PERSON_MAIL, _ADDRESS))
    sent = item.number(_SENT) or item.number(_RECEIVED)
    heads = {
        "Subject": item.line(_SUBJECT),
        "From": _person(item.line(_SENDER), item, _SENDER_MAIL, _SENDER_ADDRESS),
        "To": ", ".join(kinds.get(1, ())) or item.line(_TO),
        "Cc": ", ".join(kinds.get(2, ())) or item.line(_CC),
        "Date": _date(sent) if sent else "",
    }
    for name, value in heads.items():
        if value:
            message[name] = value


def _person(name: str, item: _Item, *addresses: str) -> str:
    """Return a name and address; an address inside Exchange is none that people know."""
    address = next((line for line in map(item.line, addresses) if "@" in line), "")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _date(ticks: int) -> str:
    try:
        return email.utils.format_datetime(_EPOCH + datetime.timedelta(microseconds=ticks // 10))
    except OverflowError:
        return ""


def _attach(item: _Item, message: Part, deep: int) -> None:
    name = item.line(_LONG_NAME, _NAME, _SHOWN_NAME)
    kind = item.line(_TYPE).lower()
    if item.line(_SHOWN_INSIDE) and kind.startswith("image/"):
        return
    inner = item.message()
    if inner is not None and deep < _MAX_DEEP:
        part = _part("message/rfc822")
        part.attach(_message(inner, deep + 1))
    else:
        part = _part("application/octet-stream", item.data(_DATA))
        part.add_header("Content-Disposition", "attachment", filename=name or "attachment")
    message.attach(part)


def _part(kind: str, content: bytes | None = None) -> Part:
    part: Part = Message()
    part["Content-Type"] = kind
    if content is not None:
        part.set_payload(content)
    return part

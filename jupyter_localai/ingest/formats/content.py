"""What a file is by its content, whatever its name says: names are changed more often than contents."""

from __future__ import annotations

import io
import re
import zipfile

SIGNS = {b"%PDF-": "pdf", b"{\\rtf": "rtf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old office"}
_ZIP = b"PK\x03\x04"
_PARTS = {"word/document.xml": "word", "xl/workbook.xml": "sheet", "xl/workbook.bin": "binary sheet"}
_PARTS |= {"ppt/presentation.xml": "slides", "META-INF/container.xml": "book"}
_OPEN = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odp"}
_ROOTS = {"svg": "drawing", "kml": "map"}
WRITTEN = frozenset(("drawing", "map", "cards", "calendar", "odt", "ods", "odp"))
"""Kinds that text of another kind can begin like."""
_HEAD_BYTES = 4096
_SKIPPED = re.compile(
    rb"(?:\s|\xef\xbb\xbf|<\?.{0,1000}?\?>|<!--.{0,2000}?-->|<!DOCTYPE[^>\[]{0,500}>)*", re.DOTALL | re.I
)
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?([\w.-]{1,40})[\s/>]")
_MIME = re.compile(rb'mimetype\s*=\s*["\']application/vnd\.oasis\.opendocument\.(\w+)')
_OFFICE_XML = re.compile(
    rb"urn:schemas-microsoft-com:office:spreadsheet|schemas\.microsoft\.com/office/word/2003/wordml"
)
_HTML = re.compile(rb"<(?:html|head|body|table|meta|div|p|style|title)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<!DOCTYPE\s+html\b|<html[\s>]", re.IGNORECASE)
_MAIL = re.compile(rb"(?:MIME-Version|Content-Type):", re.IGNORECASE)
_CARDS = {b"BEGIN:VCARD": "cards", b"BEGIN:VCALENDAR": "calendar"}


def known(data: bytes) -> str:
    """Return the kind of a file whose content leaves no doubt; empty for any other."""
    kind = next((kind for sign, kind in SIGNS.items() if data.startswith(sign)), "")
    if kind:
        return kind
    if data.startswith(_ZIP):
        return _packed(data)
    head = data[:_HEAD_BYTES]
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].upper()
    for sign, cards in _CARDS.items():
        if begin.startswith(sign):
            return cards
    return _marked_up(head)


def is_page(data: bytes) -> bool:
    """Whether a file begins as a web page does."""
    return _PAGE.match(data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")) is not None


def is_text(data: bytes) -> bool:
    """Whether a file holds characters only."""
    head = data[:_HEAD_BYTES]
    return not head.startswith(_ZIP) and (b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")))


def guessed(data: bytes) -> str:
    """Return the kind of a file whose name says that it is an Office document, and whose content does not."""
    head = data[:_HEAD_BYTES]
    if _MAIL.match(head.lstrip()):
        return "email"
    if _HTML.search(head):
        return "html"
    lines = [line for line in head.split(b"\n")[:5] if line.strip()]
    return "table" if lines and all(b"\t" in line or b";" in line for line in lines[:-1] or lines) else "text"


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = next((kind for part, kind in _PARTS.items() if part in names), "")
            if not kind and "content.xml" in names and "mimetype" in names:
                with archive.open("mimetype") as handle:
                    said = handle.read(100).decode("ascii", "replace").strip()
                kind = _OPEN.get(said.rpartition("opendocument.")[2].split("-")[0], "")
            return kind
    except Exception:  # whatever is damaged in it, the reader of its suffix tells
        return ""


def _marked_up(head: bytes) -> str:
    start = _SKIPPED.match(head)
    match = _ROOT.match(head, start.end() if start else 0)
    if not match:
        return ""
    root = match.group(1).decode("ascii", "replace").lower()
    if root == "document" and (said := _MIME.search(head)):
        return _OPEN.get(said.group(1).decode("ascii", "replace"), "")
    if root in ("workbook", "worddocument") and _OFFICE_XML.search(head):
        return "xml"
    return _ROOTS.get(root, "")

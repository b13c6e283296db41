"""Which kind a file is by its suffix, and which reader reads the kind: a new reader is named here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from ...results.passages import Document
from ..names import PICTURES
from . import (
    archive,
    binary_sheets,
    cards,
    code,
    content,
    data,
    drawing,
    epub,
    html,
    mail,
    notebook,
    odf,
    old_office,
    pdf,
    picture,
    rtf,
    sheets,
    slides,
    table,
    text,
    word,
    xml,
)

BY_SUFFIX = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".qmd", ".rmd"), "markdown"),
    **dict.fromkeys((".rst", ".rest"), "rst"),
    **dict.fromkeys((".ipynb",), "notebook"),
    **dict.fromkeys((".pdf",), "pdf"),
    **dict.fromkeys(PICTURES, "picture"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".xml", ".nxml", ".dbk", ".tei"), "xml"),
    **dict.fromkeys((".eml", ".emlx", ".mht", ".mhtml"), "email"),
    **dict.fromkeys((".mbox",), "mailbox"),
    **dict.fromkeys((".rtf",), "rtf"),
    **dict.fromkeys((".epub",), "book"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "table"),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), "word"),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), "slides"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), "sheet"),
    **dict.fromkeys((".odt", ".ott", ".fodt"), "odt"),
    **dict.fromkeys((".odp", ".otp", ".odg", ".fodp", ".fodg"), "odp"),
    **dict.fromkeys((".ods", ".ots", ".fods"), "ods"),
    **dict.fromkeys((".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".pot", ".msg"), "old office"),
    **dict.fromkeys((".xlsb",), "binary sheet"),
    **dict.fromkeys((".svg",), "drawing"),
    **dict.fromkeys((".kml",), "map"),
    **dict.fromkeys((".vcf", ".vcard"), "cards"),
    **dict.fromkeys((".ics", ".ical"), "calendar"),
    **dict.fromkeys(archive.SUFFIXES, "archive"),
    **dict.fromkeys(code.SUFFIXES, "code"),
    **dict.fromkeys(data.SUFFIXES, "data"),
}
_OFFICE = frozenset(("word", "slides", "sheet", "odt", "odp", "ods", "old office", "binary sheet"))
_MAY_BEGIN_SO = frozenset(("markdown", "rst", "html", "code", "notebook"))
WITH_OCR = {"pdf": pdf.read, "picture": picture.read}
"""The readers that take what OCR has read, too."""
READERS: dict[str, Callable[[bytes, str], Document]] = {
    "text": text.read_plain,
    "markdown": text.read_markdown,
    "rst": text.read_rst,
    "code": code.read,
    "notebook": notebook.read,
    "pdf": pdf.read,
    "picture": picture.read,
    "html": html.read,
    "xml": xml.read,
    "email": mail.read,
    "mailbox": mail.read_box,
    "rtf": rtf.read,
    "book": epub.read,
    "table": table.read,
    "data": data.read,
    "word": word.read,
    "slides": slides.read,
    "sheet": sheets.read,
    "archive": archive.read,
    "odt": odf.read_text,
    "odp": odf.read_slides,
    "ods": odf.read_sheets,
    "old office": old_office.read,
    "binary sheet": binary_sheets.read,
    "drawing": drawing.read,
    "map": drawing.read_map,
    "cards": cards.read,
    "calendar": cards.read_calendar,
}


def kind_of(path: str, data: bytes) -> str:
    """Return the kind of a file: by its content where that leaves no doubt, else by its suffix."""
    kind = BY_SUFFIX.get(PurePath(path).suffix.lower(), "text")
    known = content.known(data)
    if known and not (kind in _MAY_BEGIN_SO and known in content.WRITTEN):
        return known
    if kind in _OFFICE and content.is_text(data):
        return content.guessed(data)
    return _of_text(data) if kind == "text" else kind


def _of_text(data: bytes) -> str:
    """Return the kind of a file whose suffix says nothing."""
    if mail.is_box(data):
        return "mailbox"
    if mail.is_message(data):
        return "email"
    return "html" if content.is_page(data) else "text"

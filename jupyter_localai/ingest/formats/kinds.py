"""Which kind a file is by its suffix, and which reader reads the kind: a new reader is named here."""

from __future__ import annotations

from collections.abc import Callable

from ...results.passages import Document
from . import archive, code, data, epub, html, mail, notebook, odf, pdf, rtf, sheets, slides, table, text, word, xml

BY_SUFFIX = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".qmd", ".rmd"), "markdown"),
    **dict.fromkeys((".rst", ".rest"), "rst"),
    **dict.fromkeys((".ipynb",), "notebook"),
    **dict.fromkeys((".pdf",), "pdf"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".xml", ".nxml", ".dbk", ".tei"), "xml"),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), "email"),
    **dict.fromkeys((".mbox",), "mailbox"),
    **dict.fromkeys((".rtf",), "rtf"),
    **dict.fromkeys((".epub",), "book"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "table"),
    **dict.fromkeys((".docx", ".docm", ".dotx"), "word"),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".potx"), "slides"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), "sheet"),
    **dict.fromkeys((".odt", ".ott"), "odt"),
    **dict.fromkeys((".odp", ".otp", ".odg"), "odp"),
    **dict.fromkeys((".ods", ".ots"), "ods"),
    **dict.fromkeys(archive.SUFFIXES, "archive"),
    **dict.fromkeys(code.SUFFIXES, "code"),
    **dict.fromkeys(data.SUFFIXES, "data"),
}
READERS: dict[str, Callable[[bytes, str], Document]] = {
    "text": text.read_plain,
    "markdown": text.read_markdown,
    "rst": text.read_rst,
    "code": code.read,
    "notebook": notebook.read,
    "pdf": pdf.read,
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
}

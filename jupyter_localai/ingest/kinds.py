"""Which kind a file is by its suffix, and which reader reads the kind: a new reader is named here."""

from __future__ import annotations

from collections.abc import Callable

from ..results.passages import Document
from . import (
    read_code,
    read_data,
    read_epub,
    read_html,
    read_mail,
    read_notebook,
    read_odf,
    read_pdf,
    read_rtf,
    read_sheets,
    read_slides,
    read_table,
    read_text,
    read_word,
    read_xml,
)

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
    **dict.fromkeys(read_code.SUFFIXES, "code"),
    **dict.fromkeys(read_data.SUFFIXES, "data"),
}
READERS: dict[str, Callable[[bytes, str], Document]] = {
    "text": read_text.read_plain,
    "markdown": read_text.read_markdown,
    "rst": read_text.read_rst,
    "code": read_code.read,
    "notebook": read_notebook.read,
    "pdf": read_pdf.read,
    "html": read_html.read,
    "xml": read_xml.read,
    "email": read_mail.read,
    "mailbox": read_mail.read_box,
    "rtf": read_rtf.read,
    "book": read_epub.read,
    "table": read_table.read,
    "data": read_data.read,
    "word": read_word.read,
    "slides": read_slides.read,
    "sheet": read_sheets.read,
    "odt": read_odf.read_text,
    "odp": read_odf.read_slides,
    "ods": read_odf.read_sheets,
}

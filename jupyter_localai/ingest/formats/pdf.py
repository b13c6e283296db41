"""PDF through pdfium: text page by page, a place per page."""

from __future__ import annotations

import re
import threading
from typing import Any

from ...errors import ReadError
from ...results.passages import Anchor, Document, Place

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_lock = threading.Lock()  # pdfium is not thread-safe
_HYPHEN_BREAK = re.compile(r"(?:\ufffe|\x02)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def read(data: bytes, path: str) -> Document:
    """Read the text layer of a PDF.

    Words hyphenated at a line end are joined. Pages without text are named in the warnings.

    Raises
    ------
    ReadError
        ``encrypted``, ``corrupted``, or ``needs_ocr`` when no page has text.
    """
    import pypdfium2

    with _lock:
        try:
            pdf = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == _PASSWORD_ERROR:
                raise ReadError(
                    "The PDF is protected by a password.", "Save a copy without a password.", code="encrypted"
                ) from None
            raise ReadError(
                "The PDF is damaged and cannot be opened.",
                "Open it in a PDF viewer and save it again.",
                code="corrupted",
            ) from None
        try:
            pages, broken = _page_texts(pdf)
            title = _title(pdf)
        finally:
            pdf.close()
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    empty = []
    for number, page in enumerate(pages, 1):
        if not page.strip():
            empty.append(number)
            continue
        pieces.append(page + "\n\n")
        places.append(Place(offset, offset + len(pieces[-1]), Anchor(page=number)))
        offset += len(pieces[-1])
    warnings = []
    if broken:
        warnings.append(f"{_numbers(broken)} could not be read: damaged.")
    scanned = [number for number in empty if number not in broken]
    if scanned:
        warnings.append(f"{_numbers(scanned)} without text: needs OCR.")
    if not places and broken:
        raise ReadError(
            "The PDF is damaged: no page can be read.", "Open it in a PDF viewer and save it again.", code="corrupted"
        )
    if not places:
        raise ReadError(
            f"None of the {len(pages)} pages has text: needs OCR.",
            "Run an OCR program on it (for example ocrmypdf) and index the result.",
            code="needs_ocr",
        )
    return Document(path, "pdf", "".join(pieces), title, tuple(places), tuple(warnings))


def _page_texts(pdf: Any) -> tuple[list[str], list[int]]:
    import pypdfium2

    texts: list[str] = []
    broken: list[int] = []
    for index in range(len(pdf)):
        try:
            page = pdf[index]
            try:
                text_page = page.get_textpage()
                try:
                    texts.append(_clean(text_page.get_text_range()))
                finally:
                    text_page.close()
            finally:
                page.close()
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            texts.append("")
            broken.append(index + 1)
    return texts, broken


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _HYPHEN_BREAK.sub("", text))


def _title(pdf: Any) -> str:
    title = _clean(str(pdf.get_metadata_dict().get("Title") or "")).strip()
    looks_like_file = re.search(
        r"\.(docx?|pdf|tex|indd|dvi|pptx?|xlsx?)$", title, re.IGNORECASE
    ) or title.lower().startswith(("microsoft word", "untitled"))
    return title if 3 <= len(title) <= 200 and not looks_like_file else ""


def _numbers(pages: list[int]) -> str:
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return f"Page {shown}" if len(pages) == 1 else f"Pages {shown}"

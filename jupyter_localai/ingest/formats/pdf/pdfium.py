"""The door to pdfium: open a file, and take what is plain in it as plain values."""

from __future__ import annotations

import contextlib
import ctypes
import re
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from ....errors import ReadError

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_lock = threading.Lock()  # pdfium is not thread-safe
_MAX_BOOKMARKS, _MAX_DEPTH = 5000, 6
_MAX_TITLE_CHARS = 300


@contextlib.contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """Open a file for as long as the context lasts; no other is open meanwhile.

    Raises
    ------
    ReadError
        ``encrypted`` or ``corrupted``.
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
            yield pdf
        finally:
            pdf.close()


def form(pdf: Any) -> str:
    """Make the fields of a form known, and return what it is: ``none``, ``fields``, ``xfa`` or ``dynamic``."""
    import pypdfium2.raw as raw

    kind = pdf.get_formtype()
    if kind in (raw.FORMTYPE_ACRO_FORM, raw.FORMTYPE_XFA_FOREGROUND):
        with contextlib.suppress(*failures()):
            pdf.init_forms()
    names = {raw.FORMTYPE_ACRO_FORM: "fields", raw.FORMTYPE_XFA_FOREGROUND: "xfa", raw.FORMTYPE_XFA_FULL: "dynamic"}
    return names.get(kind, "none")


def failures() -> tuple[type[Exception], ...]:
    """Return what the library raises on a damaged part of a file."""
    import pypdfium2

    return (pypdfium2.PdfiumError, UnicodeDecodeError, ValueError)


@contextlib.contextmanager
def text_page(pdf: Any, index: int) -> Iterator[tuple[Any, Any]]:
    """Yield a page, counted from 0, and its text as the library holds it."""
    page = pdf[index]
    try:
        text = page.get_textpage()
        try:
            yield page, text
        finally:
            text.close()
    finally:
        page.close()


def picture(pdf: Any, index: int, dpi: int, max_side: int) -> Any:
    """Return a page, counted from 0, as an array (height, width, 3) uint8, blue first, of at most `max_side` pixels."""
    page = pdf[index]
    try:
        scale = min(dpi / 72, max_side / max(1.0, page.get_width(), page.get_height()))
        bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=False)
        try:
            return bitmap.to_numpy()[:, :, :3].copy()
        finally:
            bitmap.close()
    finally:
        page.close()


def title(pdf: Any) -> str:
    """Return the title that the file gives itself, empty when it only names a file or a program."""
    title = " ".join(str(pdf.get_metadata_dict().get("Title") or "").split())
    looks_like_file = re.search(
        r"\.(docx?|pdf|tex|indd|dvi|pptx?|xlsx?)$", title, re.IGNORECASE
    ) or title.lower().startswith(("microsoft word", "untitled"))
    return title if 3 <= len(title) <= 200 and not looks_like_file else ""


def bookmarks(pdf: Any) -> list[tuple[int, int, str]]:
    """Return ``(page from 0, level from 0, title)`` of the outline, in its order."""
    found = []
    with contextlib.suppress(*failures()):
        for mark in islice(pdf.get_toc(max_depth=_MAX_DEPTH), _MAX_BOOKMARKS):
            target = mark.get_dest()
            index = target.get_index() if target is not None else None
            name = " ".join(mark.get_title().split())[:_MAX_TITLE_CHARS]
            if index is not None and name:
                found.append((index, mark.level, name))
    return found


def wide_text(call: Callable[..., int], *arguments: Any) -> str:
    """Return what one of the library's functions writes as UTF-16 into a buffer."""
    size = call(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(*arguments, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def four(kind: str) -> tuple[Any, ...]:
    """Return four numbers for the library to write the sides of a box into: ``float`` or ``double``."""
    number = {"float": ctypes.c_float, "double": ctypes.c_double}[kind]
    return tuple(number() for _ in range(4))

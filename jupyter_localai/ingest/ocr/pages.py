"""The pages of a PDF or a picture file as pictures, each read by OCR."""

from __future__ import annotations

import io
from typing import Any

from ...errors import ReadError
from ..formats.parts.recognised import PageText
from ..formats.pdf import pdfium
from . import recognise

_DPI = 200
MAX_SIDE = 4000
"""Pixels that a picture of a page may be wide or high."""
_MAX_PIXELS = 200_000_000  # of a picture file before it is made smaller
_PDF = b"%PDF-"


def read_page(data: bytes, number: int) -> PageText:
    """Read one page of a file by OCR, counted from 1.

    Raises
    ------
    ReadError
        ``ocr_missing``, ``ocr_altered``, or ``corrupted``.
    """
    return recognise.read(picture(data, number))


def picture(data: bytes, number: int) -> Any:
    """Return one page of a file, counted from 1, as `recognise.read` takes it.

    Raises
    ------
    ReadError
        ``corrupted``.
    """
    return _of_pdf(data, number - 1) if data.startswith(_PDF) else _of_picture(data, number - 1)


def _of_pdf(data: bytes, index: int) -> Any:
    with pdfium.opened(data) as pdf:
        try:
            return pdfium.picture(pdf, index, _DPI, MAX_SIDE)
        except pdfium.failures() as error:
            raise _damaged() from error


def _of_picture(data: bytes, index: int) -> Any:
    """Return a picture as it is meant to be seen: turned as its camera says, on white where it is transparent."""
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS // 2  # twice as many are an error
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.seek(index)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise _damaged() from error
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    white = Image.new("RGBA", upright.size, "white")
    white.alpha_composite(upright)
    return np.ascontiguousarray(np.asarray(white)[:, :, 2::-1])


def _damaged() -> ReadError:
    return ReadError("The picture is damaged and cannot be opened.", "Save it again.", code="corrupted")

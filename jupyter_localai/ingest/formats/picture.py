"""Pictures: what OCR has read of them."""

from __future__ import annotations

import io
from collections.abc import Mapping

from ...results.passages import Anchor, Document
from .parts.flow import Flow
from .parts.recognised import NeedsOcrError, PageText
from .pdf.hyphens import joined


def read(data: bytes, path: str, recognised: Mapping[int, PageText] | None = None) -> Document:
    """Return what OCR has read of a picture.

    Raises
    ------
    NeedsOcrError
        While it has read nothing.
    """
    pages = range(1, _count(data) + 1)
    if not recognised:
        remedy = "Have it read by OCR: jupyter localai index --ocr."
        raise NeedsOcrError("The file is a picture.", remedy, pages=pages)
    flow = Flow()
    seen = [number for number in pages if number in recognised]
    for number, text in zip(seen, joined([recognised[number].text for number in seen]), strict=True):
        page = number if len(pages) > 1 else None
        flow.line(Anchor(page=page, ocr=recognised[number].confidence), text + "\n\n")
    left = tuple(number for number in pages if number not in recognised)
    return Document(path, "picture", flow.text, "", flow.places, needs_ocr=left)


def _count(data: bytes) -> int:
    """Return how many pages a file has; 1 where that is not known."""
    try:
        from PIL import Image
    except ImportError:
        return 1
    try:
        with Image.open(io.BytesIO(data)) as image:
            return int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 1

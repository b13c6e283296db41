"""What OCR has read of a page, and the error that says which pages it would read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ....errors import ReadError


@dataclasses.dataclass(frozen=True)
class PageText:
    """What OCR read of a page, and how sure it is: from 0 to 1, the mean of its letters."""

    text: str
    confidence: float


class NeedsOcrError(ReadError):
    """Nothing of a file can be read but by OCR.

    Parameters
    ----------
    message, remedy : str
    pages : sequence of int
        Those that OCR would read, from 1.
    """

    default_code = "needs_ocr"

    def __init__(self, message: str, remedy: str = "", *, code: str | None = None, pages: Sequence[int] = ()) -> None:
        super().__init__(message, remedy, code=code)
        self.pages = tuple(pages)

"""Office files of before 2007 and binary workbooks: not read, and the reason with what to do."""

from __future__ import annotations

from ...errors import ReadError
from ...results.passages import Document
from .parts.office import DAMAGED, Package

BINARY_SHEET = ReadError(
    "This is a workbook in Excel's binary format, which is not read.", "Save it as .xlsx.", code="old_format"
)


def read(data: bytes, path: str) -> Document:
    """Tell why a file of this kind is not read.

    Raises
    ------
    ReadError
        ``old_format`` or ``encrypted``; ``corrupted`` when it is no such file.
    """
    Package(data)
    raise DAMAGED


def read_binary_sheet(data: bytes, path: str) -> Document:
    """Tell that a binary workbook is not read.

    Raises
    ------
    ReadError
        ``old_format``, or as `office.Package`.
    """
    Package(data)
    raise BINARY_SHEET

"""Office files of before 2007 and messages of Outlook: read with the extra ``legacy``, else what helps is named."""

from __future__ import annotations

from ...errors import ReadError
from ...results.passages import Document
from . import old_sheets, old_slides, old_word, outlook
from .parts.attached import Attached
from .parts.compound import Compound, number_at
from .parts.flow import Flow
from .parts.office import DAMAGED, Package, protected

_NATIVE = "\x01Ole10Native"
_BOOKS = ("Workbook", "Book")
_BINARY_SHEET = ReadError(
    "This is a workbook in Excel's binary format, which is not read.", "Save it as .xlsx.", code="old_format"
)


def read(data: bytes, path: str) -> Document:
    """Read a file of before 2007: a place per heading, per sheet and row, or per slide.

    Raises
    ------
    ReadError
        ``old_format`` when the extra is not installed or the file is of a kind that it does not read; ``encrypted``
        or ``corrupted``.
    """
    compound = Compound(data)
    try:
        if any(map(compound.has, _BOOKS)):
            return old_sheets.read(compound, data, path)
        if compound.has("WordDocument"):
            return old_word.read(compound, path)
        if compound.has("PowerPoint Document"):
            return old_slides.read(compound, path)
        if compound.has("__properties_version1.0"):
            return outlook.read(compound, path)
        if compound.has("Package") or compound.has(_NATIVE):
            return _wrapped(compound, path)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # of a library, on a damaged file
        raise protected() if "encrypt" in f"{type(error).__name__} {error}".lower() else DAMAGED from None
    raise DAMAGED


def _wrapped(compound: Compound, path: str) -> Document:
    """Read a file that another program put into a document as it was."""
    name, data = "file", compound.stream("Package")
    if not data:
        name, data = _native(compound.stream(_NATIVE))
    flow = Flow()
    inside = Attached(flow, "Embedded files")
    flow.paragraph(inside.inline(name, data))
    return Document(path, "old office", flow.text, "", flow.places, tuple(inside.warnings()))


def _native(data: bytes) -> tuple[str, bytes]:
    """Return name and content of a file that was packed: behind its name and two paths of the machine it was on."""
    name, _, rest = data[6:].partition(b"\0")
    rest = rest.partition(b"\0")[2][4:]
    path = number_at(rest, 0, 4)
    size = number_at(rest, 4 + path, 4)
    return name.decode("cp1252", "replace")[:200], rest[8 + path : 8 + path + size]


def read_binary_sheet(data: bytes, path: str) -> Document:
    """Say that a binary workbook is not read.

    Raises
    ------
    ReadError
        ``old_format``, or as `office.Package`.
    """
    Package(data)
    raise _BINARY_SHEET

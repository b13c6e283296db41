"""Office files of before 2007 and messages of Outlook: read with the extra ``legacy``, else what helps is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from ...errors import ReadError
from ...results.passages import Anchor, Document, Place
from . import old_sheets, old_slides, old_word, outlook
from .parts.attached import Attached
from .parts.compound import Compound, number_at, opened
from .parts.flow import Flow
from .parts.office import DAMAGED, protected

_NATIVE = "\x01Ole10Native"
_EMBEDDING = {"ObjectPool": "_", "": "MBD"}  # where Word and Excel keep what is embedded, and how its folder is named
_MAIN = ("Package", _NATIVE, "WordDocument", "Workbook", "Book", "PowerPoint Document", "CONTENTS")


def read(data: bytes, path: str) -> Document:
    """Read a file of before 2007: a place per heading, per sheet and row, or per slide.

    Raises
    ------
    ReadError
        ``old_format`` when the extra is not installed or the file is of a kind that it does not read; ``encrypted``
        or ``corrupted``.
    """
    if old_sheets.is_bare(data):
        return _guarded(lambda: old_sheets.read(data, path))
    compound = opened(data)
    return _guarded(lambda: _with_embedded(_read(compound, path), compound))


def _guarded(reader: Callable[[], Document]) -> Document:
    try:
        return reader()
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # of a library, on a damaged file
        raise protected() if "encrypt" in f"{type(error).__name__} {error}".lower() else DAMAGED from None


def _read(compound: Compound, path: str) -> Document:
    book = compound.stream("Workbook") or compound.stream("Book")
    if book:
        return old_sheets.read(book, path, compound.title())
    if compound.has("WordDocument"):
        return old_word.read(compound, path)
    if compound.has("PowerPoint Document"):
        return old_slides.read(compound, path)
    if compound.has("__properties_version1.0"):
        return outlook.read(compound, path)
    if compound.has("Package") or compound.has(_NATIVE) or compound.has("CONTENTS"):
        return _packed(compound, path)
    raise DAMAGED


def _packed(compound: Compound, path: str) -> Document:
    """Read a file that another program put into a document as it was."""
    name, data = "file", compound.stream("Package") or compound.stream("CONTENTS")
    if compound.has(_NATIVE):
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
    shown = "".join(filter(str.isprintable, name.decode("cp1252", "replace")))[:200]
    return shown or "file", rest[8 + path : 8 + path + size]


def _with_embedded(document: Document, compound: Compound) -> Document:
    """Return a document with the text of what is embedded in it at its end."""
    flow = Flow()
    inside = Attached(flow, "Embedded files")
    for number, folder in enumerate(_embedded(compound), 1):
        name = f"object {number}"
        data = b"".join(folder.stream(stream) for stream in _MAIN)

        def reader(folder: Compound = folder, name: str = name) -> Document:
            return _guarded(lambda: _with_embedded(_read(folder, name), folder))

        text = inside.inline(name, data, reader) if data else ""
        flow.paragraph(f"Embedded file:\n{text}" if text.strip() else "")
    start = len(document.text)
    added = (Place(start, start + len(flow.text), Anchor()),) if flow.text else ()
    empty = () if (document.text + flow.text).strip() else ("It has no text that can be read.",)
    return dataclasses.replace(
        document,
        text=document.text + flow.text,
        places=(*document.places, *added),
        warnings=(*document.warnings, *inside.warnings(), *empty),
    )


def _embedded(compound: Compound) -> Iterator[Compound]:
    for above, begin in _EMBEDDING.items():
        folder = (above,) if above else ()
        for name in compound.folders(*folder):
            if name.startswith(begin):
                yield compound.inside(*folder, name)

"""Presentations of before 2007: slide by slide, the texts of all shapes, the speaker's notes, comments.

After Microsoft's [MS-PPT]; numbers in the code are those of its records.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator

from ...results.passages import Anchor, Document
from .parts.attached import Attached
from .parts.compound import Compound, number_at
from .parts.flow import Flow
from .parts.hidden import slides_left_out
from .parts.office import DAMAGED, MAX_BYTES, protected

_SLIDE, _NOTES, _DOCUMENT, _LIST = 0x03EE, 0x03F0, 0x03E8, 0x0FF0
_SLIDE_ATOM, _PERSIST, _SHOW, _MARGINS, _COMMENT = 0x03EF, 0x03F3, 0x03F9, 0x0FD9, 0x2EE0
_EDIT, _DIRECTORY, _OBJECT = 0x0FF5, 0x1772, 0x1011
_HEAD, _WIDE, _BYTES, _STRING, _OUTLINE = 0x0F9F, 0x0FA0, 0x0FA8, 0x0FBA, 0x0F9E
_GROUP, _SHAPE, _ANCHOR, _CHILD_ANCHOR = 0xF003, 0xF004, 0xF010, 0xF00F
_TITLES = (0, 6)
_LOCKED = 0xF3D1C4DF
_ROW = 144  # a quarter of an inch: shapes that begin so close are side by side
_MAX_RECORDS = 2_000_000
_MAX_EDITS = 1000
_MAX_SLIDES = 10_000
_MAX_DEEP = 30


@dataclasses.dataclass(frozen=True)
class _Record:
    kind: int
    instance: int
    begin: int
    end: int
    is_container: bool


class _File:
    """The records of a presentation."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = _MAX_RECORDS

    def record(self, at: int) -> _Record | None:
        """Return the record at a place, None behind the end of the file."""
        if at < 0 or at + 8 > len(self.data):
            return None
        head = number_at(self.data, at, 2)
        end = min(at + 8 + number_at(self.data, at + 4, 4), len(self.data))
        return _Record(number_at(self.data, at + 2, 2), head >> 4, at + 8, end, head & 15 == 15)

    def inside(self, record: _Record) -> Iterator[_Record]:
        """Yield the records in one, in their order."""
        at = record.begin
        while self._left > 0 and at < record.end and (found := self.record(at)) is not None:
            self._left -= 1
            yield found
            at = found.end

    def within(self, record: _Record, deep: int = 0) -> Iterator[_Record]:
        """Yield the records in one and in those."""
        for found in self.inside(record):
            yield found
            if found.is_container and deep < _MAX_DEEP:
                yield from self.within(found, deep + 1)

    def text(self, record: _Record) -> str:
        """Return what a record of text says."""
        raw = self.data[record.begin : record.end]
        return raw.decode("latin-1") if record.kind == _BYTES else raw.decode("utf-16-le", "replace")


def read(compound: Compound, path: str) -> Document:
    """Read a presentation; a place per slide, which its title is the heading of.

    Raises
    ------
    ReadError
        ``encrypted`` or ``corrupted``.
    """
    user = compound.stream("Current User")
    if number_at(user, 12, 4) == _LOCKED or compound.has("EncryptedSummary"):
        raise protected()
    file = _File(compound.stream("PowerPoint Document"))
    places, main = _places(file, number_at(user, 16, 4))
    document = file.record(places.get(main, -1))
    if document is None or document.kind != _DOCUMENT:
        raise DAMAGED
    flow = Flow()
    hidden: list[int] = []
    lists = [record for record in file.inside(document) if record.kind == _LIST]
    notes = _notes(file, places, [record for record in lists if record.instance == 2])
    entries = [entry for record in lists if record.instance == 0 for entry in _entries(file, record)][:_MAX_SLIDES]
    for number, (place, key, outline) in enumerate(entries, 1):
        slide = file.record(places.get(place, -1))
        if slide is None or slide.kind != _SLIDE:
            continue
        if _is_hidden(file, slide):
            hidden.append(number)
            continue
        _add(file, slide, number, outline, flow)
        _add_notes(file, notes.get(key), flow)
    flow.begin(Anchor())
    embedded = Attached(flow, "Embedded files")
    for number, data in enumerate(_embedded(file, places), 1):
        text = embedded.inline(f"object {number}", data)
        flow.paragraph(f"Embedded file:\n{text}" if text.strip() else "")
    for text in dict.fromkeys(_margins(file, document)):
        flow.paragraph(text)
    warnings = (*slides_left_out(hidden), *embedded.warnings())
    return Document(path, "slides", flow.text, compound.title(), flow.places, warnings)


def _places(file: _File, at: int) -> tuple[dict[int, int], int]:
    """Return where each numbered record stands, and the number of the document; each saving may have added some."""
    places: dict[int, int] = {}
    main = 0
    for _ in range(_MAX_EDITS):
        edit = file.record(at)
        if edit is None or edit.kind != _EDIT:
            break
        main = main or number_at(file.data, edit.begin + 16, 4)
        directory = file.record(number_at(file.data, edit.begin + 12, 4))
        if directory is not None and directory.kind == _DIRECTORY:
            entry = directory.begin
            while entry + 4 <= directory.end:
                first, count = number_at(file.data, entry, 4) & 0xFFFFF, number_at(file.data, entry, 4) >> 20
                for index in range(count):
                    places.setdefault(first + index, number_at(file.data, entry + 4 + 4 * index, 4))
                entry += 4 + 4 * count
        at = number_at(file.data, edit.begin + 8, 4)
        if not at:
            break
    return places, main


def _entries(file: _File, record: _Record) -> Iterator[tuple[int, int, list[tuple[int, str]]]]:
    """Yield place, key and texts of each slide that a list names; placeholders have their texts there."""
    entry: tuple[int, int, list[tuple[int, str]]] | None = None
    kind = 4
    for found in file.inside(record):
        if found.kind == _PERSIST:
            if entry:
                yield entry
            entry = (number_at(file.data, found.begin, 4), number_at(file.data, found.begin + 12, 4), [])
        elif found.kind == _HEAD:
            kind = number_at(file.data, found.begin, 4)
            if entry:
                entry[2].append((kind, ""))
        elif found.kind in (_WIDE, _BYTES) and entry and entry[2]:
            entry[2][-1] = (kind, file.text(found))
    if entry:
        yield entry


def _notes(file: _File, places: dict[int, int], lists: list[_Record]) -> dict[int, _Record]:
    """Return the notes of each slide by its key."""
    notes: dict[int, _Record] = {}
    for place, _, _ in (entry for record in lists for entry in _entries(file, record)):
        record = file.record(places.get(place, -1))
        if record is not None and record.kind == _NOTES:
            atom = next(iter(file.inside(record)), None)
            if atom is not None:
                notes.setdefault(number_at(file.data, atom.begin, 4), record)
    return notes


def _is_hidden(file: _File, slide: _Record) -> bool:
    return any(found.kind == _SHOW and number_at(file.data, found.begin + 10, 2) & 4 for found in file.inside(slide))


def _add(file: _File, slide: _Record, number: int, outline: list[tuple[int, str]], flow: Flow) -> None:
    texts = list(_texts(file, slide, outline))
    title = next((" ".join(text.split()) for kind, text in texts if kind in _TITLES and text.strip()), "")
    flow.begin(Anchor(slide=number, heading=title[:200] or None))
    flow.paragraph(title)
    for kind, text in texts:
        if kind not in _TITLES or " ".join(text.split()) != title:
            flow.paragraph(_lines(text))
    for comment in (found for found in file.within(slide) if found.kind == _COMMENT):
        said = [file.text(found) for found in file.inside(comment) if found.kind == _STRING and found.instance == 1]
        flow.paragraph(f"Comment: {' '.join(said)}" if said else "")


def _add_notes(file: _File, notes: _Record | None, flow: Flow) -> None:
    texts = [_lines(text) for _, text in _texts(file, notes, [])] if notes is not None else []
    if any(texts):
        flow.paragraph("Notes:")
        for text in texts:
            flow.paragraph(text)


def _texts(file: _File, slide: _Record, outline: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield kind and text of the boxes of a slide, from top to bottom and left to right."""
    boxes = []
    for drawing in (found for found in file.inside(slide) if found.is_container and found.kind == 0x040C):
        boxes += list(_boxes(file, drawing, outline, None, 0))
    boxes.sort(key=lambda box: box[0][0])
    row: list[tuple[tuple[int, int], int, str]] = []
    for box in [*boxes, ((2**20, 0), -1, "")]:
        if row and box[0][0] > row[0][0][0] + _ROW:
            yield from ((kind, text) for _, kind, text in sorted(row, key=lambda one: one[0][1]))
            row = []
        row.append(box)


def _boxes(
    file: _File, record: _Record, outline: list[tuple[int, str]], at: tuple[int, int] | None, deep: int
) -> Iterator[tuple[tuple[int, int], int, str]]:
    """Yield place, kind and text of the boxes in a drawing; those of a group stand where it does, in their order."""
    inside = list(file.inside(record))
    if record.kind == _GROUP and at is None and deep > 2 and inside:
        at = _anchor(file, inside[0])  # its first shape is the frame around it
    for found in inside:
        if found.kind == _SHAPE:
            where = at or _anchor(file, found) or (0, 0)
            for kind, text in _boxed(file, found, outline):
                yield where, kind, text
        elif found.is_container and deep < _MAX_DEEP:
            yield from _boxes(file, found, outline, at, deep + 1)


def _anchor(file: _File, shape: _Record) -> tuple[int, int] | None:
    """Return top and left of a shape."""
    for found in file.inside(shape):
        if found.kind == _ANCHOR and found.end - found.begin >= 8:
            top, left = (number_at(file.data, found.begin + place, 2) for place in (0, 2))
            return tuple(value - 2**16 * (value >= 2**15) for value in (top, left))  # type: ignore[return-value]
    return None


def _boxed(file: _File, shape: _Record, outline: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    kind = 4
    for found in file.within(shape):
        if found.kind == _HEAD:
            kind = number_at(file.data, found.begin, 4)
        elif found.kind in (_WIDE, _BYTES):
            yield kind, file.text(found)
        elif found.kind == _OUTLINE:
            index = number_at(file.data, found.begin, 4)
            if index < len(outline):
                yield outline[index]


def _lines(text: str) -> str:
    """Return the paragraphs of a box; a star alone stands for the number of the slide or its date."""
    lines = (line.replace("\x0b", "\n").strip() for line in text.split("\r"))
    return "\n".join(line for line in lines if line not in ("", "*"))


def _embedded(file: _File, places: dict[int, int]) -> Iterator[bytes]:
    """Yield the files of other programs that stand on slides; each may be packed, behind its size."""
    for place in dict.fromkeys(places.values()):
        record = file.record(place)
        if record is not None and record.kind == _OBJECT:
            data = file.data[record.begin : record.end]
            try:
                yield zlib.decompressobj().decompress(data[4:], MAX_BYTES) if record.instance == 1 else data
            except zlib.error:
                yield b""


def _margins(file: _File, document: _Record) -> Iterator[str]:
    """Yield what stands at the head and foot of all slides or notes."""
    for margins in (found for found in file.inside(document) if found.kind == _MARGINS):
        for found in file.inside(margins):
            if found.kind == _STRING and found.instance in (1, 2):
                yield file.text(found)

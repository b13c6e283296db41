"""Word documents of before 2007: headings, numbered clauses, tables and notes, from the binary file.

After Microsoft's [MS-DOC]; numbers in the code are those of its structures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import ReadError
from ...results.passages import Anchor, Document
from .parts import scripts, word_binary
from .parts.compound import Compound, number_at
from .parts.flow import Flow
from .parts.numbering import Counter
from .parts.office import DAMAGED, protected, with_address

_WORD_97 = 193
_LINK = re.compile(r'\s*HYPERLINK\s+["“”]([^"“”]{1,500})["“”]', re.IGNORECASE)
_EQUATION = re.compile(r"\s*EQ\s", re.IGNORECASE)
_SWITCH = re.compile(r'\\\*\s*(?:"[^"]*"|\S+)|\\[a-z]+\s*\d*|[(),;]', re.IGNORECASE)
_ENDS = frozenset("\r\x07\x0c")  # of paragraphs, cells and pages
_LETTERS = {
    **{"\x0b": "\n", "\x0e": " ", "\x1e": "-", "\x1f": "", "\xad": ""},
    **dict.fromkeys("\x00\x01\x02\x03\x04\x05\x06\x08", ""),
}
_MARKS = {1: scripts.UP, 2: scripts.DOWN}
_MAX_FIELDS_DEEP = 20
_MAX_INSTRUCTION = 1000
_MAX_CELLS = 63


def read(compound: Compound, path: str) -> Document:
    """Read a Word document; a place per section, anchored by its headings.

    Raises
    ------
    ReadError
        ``encrypted``, ``old_format`` or ``corrupted``.
    """
    main = compound.stream("WordDocument")
    if len(main) < 68 or number_at(main, 0, 2) not in (0xA5EC, 0xA5DC):
        raise DAMAGED
    flags = number_at(main, 10, 2)
    if flags & 0x0100:
        raise protected()
    flow = Flow()
    if number_at(main, 2, 2) < _WORD_97:
        _plain(main, flags, flow)
    else:
        _Reader(main, compound.stream("1Table" if flags & 0x0200 else "0Table"), flow).all()
    return Document(path, "word", flow.text, compound.title(), flow.places)


def _plain(main: bytes, flags: int, flow: Flow) -> None:
    """Add the text of Word 6 and 95, which stands in one piece unless it was saved fast."""
    if flags & 0x0004:
        raise ReadError(
            "This is a document of Word 95 or older, saved in pieces.", "Save it as .docx.", code="old_format"
        )
    begin = number_at(main, 24, 4)
    text = main[begin : begin + number_at(main, 52, 4)].decode("cp1252", "replace")
    for line in re.split(r"[\r\x07\x0c]", re.sub(r"\x13[^\x13-\x15]*\x14?|\x15", "", text)):
        flow.paragraph(line.replace("\x0b", "\n"))


class _Reader:
    """Goes through the characters of a document and adds paragraph after paragraph."""

    def __init__(self, main: bytes, table: bytes, flow: Flow) -> None:
        self._flow = flow
        self._pieces = word_binary.Pieces(main, table)
        self._letters = word_binary.Properties(main, table, 0xFA, paragraphs=False)
        self._paragraphs = word_binary.Properties(main, table, 0x102, paragraphs=True)
        self._styles = word_binary.Styles(main, table)
        self._lists = word_binary.Lists(main, table)
        self._counter = Counter()
        self._lengths = [number_at(main, at, 4) for at in range(0x4C, 0x68, 4)]
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._cell_text = ""

    def all(self) -> None:
        """Add the text, then notes, text boxes and comments, then each page header and footer once."""
        parts = []
        at = 0
        for length in self._lengths:
            parts.append((at, at + length))
            at += length
        text, notes, margins, _, comments, endnotes, boxes = parts
        for begin, end in (text, notes, endnotes, boxes):
            self._add(begin, end)
        if comments[1] > comments[0]:
            self._flow.paragraph("Comments:")
            self._add(*comments)
        self._flow.begin(Anchor())
        for line in dict.fromkeys(" ".join(line.split()) for _, _, line in self._lines(*margins)):
            self._flow.paragraph(line)

    def _add(self, begin: int, end: int) -> None:
        for mark, place, text in self._lines(begin, end):
            properties = self._paragraphs.at(place)
            if mark == "\x07" or properties.get(word_binary.IN_TABLE):
                self._in_table(mark, properties, text)
            else:
                self._end_table()
                self._paragraph(properties, text)
        self._end_table()

    def _lines(self, begin: int, end: int) -> Iterator[tuple[str, int, str]]:
        """Yield the mark that ends a paragraph, where it stands in the file, and the paragraph's text."""
        kept: list[str] = []
        fields: list[tuple[list[str], int | None]] = []  # what each open one instructs, where its result begins
        for letter, place in self._pieces.letters(begin, end):
            properties = self._letters.at(place)
            if properties.get(word_binary.DELETED):
                continue
            if letter == "\x13":
                fields = [*fields[-_MAX_FIELDS_DEEP:], ([], None)]
            elif letter == "\x14" and fields:
                fields[-1] = (fields[-1][0], len(kept))
            elif letter == "\x15":
                code, start = fields.pop() if fields else ([], None)
                match = _LINK.match("".join(code))
                if start is None and _EQUATION.match("".join(code)):  # shown without a result, such as readings
                    kept.append(" ".join(_SWITCH.sub(" ", "".join(code)).split()[1:]))
                elif match and start is not None:
                    kept[start:] = [with_address("".join(kept[start:]), match.group(1).removeprefix("mailto:"))]
            elif fields and fields[-1][1] is None:
                if len(fields[-1][0]) < _MAX_INSTRUCTION:
                    fields[-1][0].append(letter)
            elif letter in _ENDS:
                yield letter, place, scripts.plain("".join(kept))
                kept = []
                fields = [(code, 0) for code, _ in fields]
            elif properties.get(word_binary.HIDDEN) not in (1, 0x81) and not (
                letter == "(" and properties.get(word_binary.SPECIAL)  # a symbol
            ):
                letter = _LETTERS.get(letter, letter)
                mark = _MARKS.get(properties.get(word_binary.RAISED, 0), "")
                kept.append(f"{mark}{letter}{scripts.END}" if mark else letter)
        if kept:
            yield "\r", -1, scripts.plain("".join(kept))

    def _paragraph(self, properties: word_binary.Formats, text: str) -> None:
        level = self._styles.level(properties.get(word_binary.STYLE, 0))
        if (own := properties.get(word_binary.OUTLINE, 9)) < 9:
            level = own + 1
        text = text.strip()
        text = self._label(properties) + text if text else ""
        if level is not None and text:
            self._flow.heading(level, text.removeprefix("- "))
        else:
            self._flow.paragraph(text)

    def _label(self, properties: word_binary.Formats) -> str:
        number, level = self._styles.listed(properties.get(word_binary.STYLE, 0))
        number = properties.get(word_binary.LIST, number)
        found = self._lists.of(number, properties.get(word_binary.LEVEL, level))
        return self._counter.label(*found) if found else ""

    def _in_table(self, mark: str, properties: word_binary.Formats, text: str) -> None:
        if mark == "\x07" and properties.get(word_binary.ROW_END):
            self._rows.append(self._cells[:_MAX_CELLS])
            self._cells = []
            return
        label = self._label(properties) if text.strip() else ""
        self._cell_text = " ".join(f"{self._cell_text} {label}{text}".split())
        if mark == "\x07":
            self._cells.append(self._cell_text)
            self._cell_text = ""

    def _end_table(self) -> None:
        if self._cell_text or self._cells:
            self._rows.append([*self._cells, self._cell_text])
        if self._rows:
            self._flow.table(self._rows)
        self._cells, self._rows, self._cell_text = [], [], ""

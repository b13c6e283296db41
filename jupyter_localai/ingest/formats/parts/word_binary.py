"""What Word's binary files keep apart: the pieces of the text, properties of its ranges, styles and lists.

After Microsoft's [MS-DOC]; numbers in the code are those of its structures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from .compound import number_at
from .numbering import MAX_LEVELS, Level
from .office import DAMAGED

OUTLINE, IN_TABLE, ROW_END, LEVEL, LIST = 0x2640, 0x2416, 0x2417, 0x260A, 0x460B
DELETED, HIDDEN, SPECIAL, RAISED = 0x0800, 0x083C, 0x0855, 0x2A48
STYLE = -1
"""Names of properties: of paragraphs, of letters, and the number of a paragraph's style."""

_PAGE = 512
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
_LONG = (0xD608, 0xD606)
_MAX_STYLES_DEEP = 20
_MAX_LISTS = 2000
_FORMS = {
    **{0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 5: "ordinal"},
    **{6: "cardinalText", 7: "ordinalText", 22: "decimalZero", 23: "bullet", 255: "none"},
}

Formats = dict[int, int]


def block(main: bytes, table: bytes, at: int) -> bytes:
    """Return the structure that the file's head points to at a place."""
    begin, length = number_at(main, at, 4), number_at(main, at + 4, 4)
    return table[begin : begin + length]


class Pieces:
    """Where the characters of the text stand in the file: in pieces, since saving fast only adds some."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self._main = main
        pieces = _piece_table(block(main, table, 0x1A2))
        count = max(len(pieces) - 4, 0) // 12
        if not count:
            raise DAMAGED
        self._begins = [number_at(pieces, 4 * index, 4) for index in range(count + 1)]
        self._places = [number_at(pieces, 4 * (count + 1) + 8 * index + 2, 4) for index in range(count)]

    def letters(self, begin: int, end: int) -> Iterator[tuple[str, int]]:
        """Yield the characters of a part, each with its place in the file."""
        for index, place in enumerate(self._places):
            first, last = max(self._begins[index], begin), min(self._begins[index + 1], end)
            if first >= last:
                continue
            wide = 1 if place & 0x40000000 else 2
            at = (place & 0x3FFFFFFF) // (3 - wide) + (first - self._begins[index]) * wide
            raw = self._main[at : at + (last - first) * wide]
            text = raw.decode("cp1252" if wide == 1 else "utf-16-le", "replace")
            for letter in text:
                yield letter, at
                at += wide * (2 if letter > "\uffff" else 1)


class Properties:
    """The properties of ranges of the text, of letters or of paragraphs."""

    def __init__(self, main: bytes, table: bytes, at: int, paragraphs: bool) -> None:
        self._runs: list[tuple[int, int, bytes]] = []
        pages = block(main, table, at)
        count = max(len(pages) - 4, 0) // 8
        numbers = [number_at(pages, 4 * (count + 1) + 4 * index, 4) & 0x3FFFFF for index in range(count)]
        for number in dict.fromkeys(numbers):
            page = main[number * _PAGE : (number + 1) * _PAGE]
            if len(page) == _PAGE:
                self._runs += _runs(page, paragraphs)
        self._runs.sort(key=lambda run: run[0])
        self._begins = [run[0] for run in self._runs]
        self._known: dict[bytes, Formats] = {}
        self._paragraphs = paragraphs
        self._near: tuple[int, int, Formats] = (0, 0, {})

    def at(self, place: int) -> Formats:
        """Return the properties of what stands at a place in the file."""
        begin, end, formats = self._near
        if begin <= place < end:
            return formats
        index = bisect_right(self._begins, place) - 1
        if index < 0 or place >= self._runs[index][1]:
            return {}
        begin, end, raw = self._runs[index]
        if raw not in self._known:
            formats = properties(raw[2:] if self._paragraphs else raw)
            if self._paragraphs:
                formats[STYLE] = number_at(raw, 0, 2)
            self._known[raw] = formats
        self._near = (begin, end, self._known[raw])
        return self._known[raw]


def properties(raw: bytes) -> Formats:
    """Return the properties in a list of changes, each with its number."""
    found: Formats = {}
    at = 0
    while at + 2 < len(raw):
        name = number_at(raw, at, 2)
        at += 2
        size = _SIZES[name >> 13]
        if not size:
            size = number_at(raw, at, 2) + 1 if name in _LONG else raw[at] + 1
        elif size <= 2:
            found[name] = number_at(raw, at, size)
        at += size
    return found


class Styles:
    """The styles of paragraphs: which of them are headings, and which are numbered."""

    def __init__(self, main: bytes, table: bytes) -> None:
        data = block(main, table, 0xA2)
        self._styles: list[tuple[int, int, Formats]] = []  # what is built in, what it is based on, properties
        base, at = number_at(data, 4, 2), 2 + number_at(data, 0, 2)
        for _ in range(number_at(data, 2, 2)):
            size = number_at(data, at, 2)
            self._styles.append(_style(data[at + 2 : at + 2 + size], base))
            at += 2 + size + size % 2

    def level(self, style: int) -> int | None:
        """Return the level of the headings that a style makes; the title has 0."""
        for built_in, formats in self._chain(style):
            if 1 <= built_in <= 9:
                return built_in
            if built_in == 62:
                return 0
            if (outline := formats.get(OUTLINE, 9)) < 9:
                return outline + 1
        return None

    def listed(self, style: int) -> tuple[int | None, int | None]:
        """Return the list of a style and the level in it."""
        level = None
        for _, formats in self._chain(style):
            level = formats.get(LEVEL) if level is None else level
            if LIST in formats:
                return formats[LIST], level
        return None, level

    def _chain(self, style: int) -> Iterator[tuple[int, Formats]]:
        for _ in range(_MAX_STYLES_DEEP):
            if style >= len(self._styles):
                return
            built_in, style, formats = self._styles[style]
            yield built_in, formats


class Lists:
    """The lists of a document, with how their levels are numbered."""

    def __init__(self, main: bytes, table: bytes) -> None:
        kinds = _kinds(block(main, table, 0x2E2), table[number_at(main, 0x2E2, 4) :])
        self._lists: list[tuple[str, dict[int, Level], dict[int, int]]] = []
        data = block(main, table, 0x2EA)
        count = min(number_at(data, 0, 4), _MAX_LISTS)
        at = 4 + 16 * count
        for index in range(count):
            kind = number_at(data, 4 + 16 * index, 4)
            own, starts, at = _overrides(data, at + 4, data[4 + 16 * index + 12 : 4 + 16 * index + 13])
            self._lists.append((str(kind), {**kinds.get(kind, {}), **own}, starts))

    def of(
        self, number: int | None, level: int | None
    ) -> tuple[str, str, int, dict[int, Level], dict[int, int]] | None:
        """Return what `numbering.Counter.label` needs for the next item of a list, None when it is none."""
        if not number or number > len(self._lists):
            return None
        kind, levels, starts = self._lists[number - 1]
        return (str(number), kind, level or 0, levels, starts) if (level or 0) in levels else None


def _piece_table(data: bytes) -> bytes:
    at = 0
    while at < len(data) and data[at] == 1:
        at += 3 + number_at(data, at + 1, 2)
    return data[at + 5 : at + 5 + number_at(data, at + 1, 4)] if data[at : at + 1] == b"\2" else b""


def _runs(page: bytes, paragraphs: bool) -> Iterator[tuple[int, int, bytes]]:
    count = page[-1]
    width = 13 if paragraphs else 1
    if 4 * (count + 1) + width * count > _PAGE - 1:
        return
    for index in range(count):
        at = 2 * page[4 * (count + 1) + width * index]
        if not at:
            continue
        size = page[at]
        if paragraphs:
            at, size = (at + 1, 2 * page[at + 1]) if not size and at + 1 < _PAGE else (at, 2 * size - 1)
        yield number_at(page, 4 * index, 4), number_at(page, 4 * index + 4, 4), page[at + 1 : at + 1 + size]


def _style(data: bytes, base: int) -> tuple[int, int, Formats]:
    built_in, above = number_at(data, 0, 2) & 0xFFF, number_at(data, 2, 2)
    if above & 15 != 1:  # of letters
        return 0xFFF, 0xFFF, {}
    at = base + 4 + 2 * number_at(data, base, 2)
    at += at % 2
    size = number_at(data, at, 2)
    return built_in, above >> 4, properties(data[at + 4 : at + 2 + size])


def _kinds(data: bytes, rest: bytes) -> dict[int, dict[int, Level]]:
    """Return the levels of each kind of list; they follow all the kinds."""
    kinds: dict[int, dict[int, Level]] = {}
    count = min(number_at(data, 0, 2), _MAX_LISTS)
    at = 2 + 28 * count
    for index in range(count):
        simple = rest[2 + 28 * index + 26 : 2 + 28 * index + 27] not in (b"", b"\0") and rest[2 + 28 * index + 26] & 1
        levels: dict[int, Level] = {}
        for number in range(1 if simple else MAX_LEVELS):
            levels[number], at = _level(rest, at)
        kinds[number_at(rest, 2 + 28 * index, 4)] = levels
    return kinds


def _level(data: bytes, at: int) -> tuple[Level, int]:
    start, form, flags = number_at(data, at, 4), number_at(data, at + 4, 1), number_at(data, at + 5, 1)
    follows, restart = number_at(data, at + 15, 1), number_at(data, at + 26, 1)
    text = at + 28 + number_at(data, at + 24, 1) + number_at(data, at + 25, 1)
    length = number_at(data, text, 2)
    letters = data[text + 2 : text + 2 + 2 * length].decode("utf-16-le", "replace")[:200]
    shown = "".join(f"%{ord(c) + 1}" if ord(c) < MAX_LEVELS else c for c in letters)
    level = Level(
        _FORMS.get(form, "decimal"),
        shown,
        start,
        restart if flags & 8 else None,
        bool(flags & 4),
        "" if follows == 2 else " ",
    )
    return level, text + 2 + 2 * length


def _overrides(data: bytes, at: int, count: bytes) -> tuple[dict[int, Level], dict[int, int], int]:
    """Return the levels that a list numbers otherwise, where it begins anew, and where the next list follows."""
    levels: dict[int, Level] = {}
    starts: dict[int, int] = {}
    for _ in range(count[0] if count else 0):
        start, flags = number_at(data, at, 4), number_at(data, at + 4, 4)
        at += 8
        if flags & 16:
            starts[flags & 15] = start
        if flags & 32:
            levels[flags & 15], at = _level(data, at)
    return levels, starts, at

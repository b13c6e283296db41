"""Makes small Office files of before 2007, so that the tests know exactly what stands in them.

A compound file holds streams as a disk does ([MS-CFB]): sectors of 512 bytes, streams under 4096 bytes in sectors of 64
inside a stream of their own.
"""

import itertools
import struct

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def make_compound(streams):
    """Return a compound file of ``{path: bytes}``; a path has its folders before a ``/``."""
    entries = [["Root Entry", 5, {}, b""]]
    folders = {(): 0}
    for path, content in streams.items():
        *above, name = path.split("/")
        for deep in range(len(above)):
            key = tuple(above[: deep + 1])
            if key not in folders:
                folders[key] = len(entries)
                entries[folders[key[:-1]]][2][above[deep]] = len(entries)
                entries.append([above[deep], 1, {}, b""])
        entries[folders[tuple(above)]][2][name] = len(entries)
        entries.append([name, 2, {}, content])
    mini, mini_chain, large = b"", [], {}
    begins = {}
    for number, (_, kind, _, content) in enumerate(entries):
        if kind == 2 and 0 < len(content) < 4096:
            begins[number] = len(mini_chain)
            count = -(-len(content) // 64)
            mini_chain += [*range(len(mini_chain) + 1, len(mini_chain) + count), _END]
            mini += content.ljust(64 * count, b"\0")
        elif kind == 2 and content:
            large[number] = content
    sectors, chain = [], []

    def store(content):
        """Add sectors and return the first."""
        first = len(sectors)
        pieces = [content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512)]
        sectors.extend(pieces)
        chain.extend([*range(first + 1, first + len(pieces)), _END])
        return first

    for number, content in large.items():
        begins[number] = store(content)
    begins[0] = store(mini) if mini else _END
    mini_fat = store(_numbers(mini_chain)) if mini_chain else _END
    directory = store(b"".join(_entry(entries, number, begins, mini) for number in range(len(entries))))
    fats = 1
    while fats * 128 < len(chain) + fats:
        fats += 1
    first_fat = len(sectors)
    chain += [_FAT] * fats
    fat = _numbers(chain).ljust(512 * fats, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIII", 0, fats, directory, 0, 4096)
    head += struct.pack("<IIII", mini_fat, -(-len(mini_chain) // 128), _END, 0)
    head += _numbers(range(first_fat, first_fat + fats)).ljust(436, b"\xff")
    return head + b"".join(sectors) + fat


def _numbers(values):
    return b"".join(struct.pack("<I", value) for value in values)


def _entry(entries, number, begins, mini):
    name, kind, inside, content = entries[number]
    beside = next((entry[2] for entry in entries if number in entry[2].values()), {})
    ordered = _ordered(entries, beside)
    after = dict(itertools.pairwise(ordered)).get(number, _FREE)
    raw = (name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
    raw += struct.pack("<III", _FREE, after, next(iter(_ordered(entries, inside)), _FREE)) + bytes(36)
    size = len(mini) if number == 0 else len(content)
    return raw + struct.pack("<IQ", begins.get(number, _END if number == 0 else 0), size)


def _ordered(entries, inside):
    return sorted(inside.values(), key=lambda at: (len(entries[at][0]), entries[at][0].upper()))


def make_doc(paragraphs, lists=(), parts=(), flags=0, streams=None):
    """Return a Word document.

    Parameters
    ----------
    paragraphs : list
        Of the text: ``(text, style, changes, letters)``; the text ends with its mark, ``letters`` maps a piece of it to
        the changes of its letters. Style 1 is a heading of level 1, style 2 of level 2.
    lists : list
        Of each list ``(format, text)``, ``text`` with a character 0 for the number.
    parts : list of str
        Notes, margins, macros, comments, endnotes and boxes, each a text with its marks.
    flags : int
        Bits of the file's head.
    streams : dict, optional
        More streams of the file.
    """
    texts = [text for text, *_ in paragraphs]
    whole = "".join([*texts, *parts])
    begin = 1024
    text = whole.encode("utf-16-le")
    pages_at = begin + -(-len(text) // 512) * 512
    bounds, styles = [begin], []
    runs, changes = [begin], []
    for words, style, change, letters in paragraphs:
        start = bounds[-1]
        bounds.append(start + 2 * len(words))
        styles.append(struct.pack("<H", style) + change)
        for piece, raw in letters.items():
            at = start + 2 * words.index(piece)
            runs += [at, at + 2 * len(piece)]
            changes += [b"", raw]
    end = begin + len(text)
    bounds.append(end)
    styles.append(struct.pack("<H", 0))
    runs.append(end)
    changes.append(b"")
    letters_page = _page(runs, [bytes((len(raw),)) + raw if raw else b"" for raw in changes], 1)
    paragraphs_page = _page(bounds, [_papx(raw) for raw in styles], 13)
    kinds, numbers = _lists(lists)
    table, at = b"", {}
    named = b"".join(_style(kind) for kind in (0, 1, 2))
    for place, raw in {
        0xA2: struct.pack("<HHH", 18, 3, 10) + bytes(14) + named,
        0xFA: struct.pack("<III", begin, end, pages_at // 512),
        0x102: struct.pack("<III", begin, end, pages_at // 512 + 1),
        0x1A2: b"\2" + struct.pack("<IIIHIH", 16, 0, len(whole), 0, begin, 0),
        0x2E2: kinds[0],
        0x2EA: numbers,
    }.items():
        at[place] = (len(table), len(raw))
        table += raw + (kinds[1] if place == 0x2E2 else b"")
    head = bytearray(1024)
    struct.pack_into("<HH", head, 0, 0xA5EC, 193)
    struct.pack_into("<H", head, 10, 0x0200 | flags)
    for index, length in enumerate([len("".join(texts)), *map(len, parts)]):
        struct.pack_into("<I", head, 0x4C + 4 * index, length)
    for place, pair in at.items():
        struct.pack_into("<II", head, place, *pair)
    main = bytes(head) + text.ljust(pages_at - begin, b"\0") + letters_page + paragraphs_page
    return make_compound({"WordDocument": main, "1Table": table, **(streams or {})})


def _page(bounds, entries, width):
    page = bytearray(512)
    struct.pack_into(f"<{len(bounds)}I", page, 0, *bounds)
    at = 510
    for index, raw in enumerate(entries):
        place = 0
        if raw:
            at = (at - len(raw)) & ~1
            page[at : at + len(raw)] = raw
            place = at // 2
        page[4 * len(bounds) + width * index] = place
    page[511] = len(entries)
    return bytes(page)


def _papx(raw):
    if len(raw) % 2:
        return bytes(((len(raw) + 1) // 2,)) + raw
    return bytes((0, len(raw) // 2)) + raw


def _style(built_in):
    raw = struct.pack("<HHHHH", built_in, 0xFFF1, 0, 0, 0) + struct.pack("<H", 1) + "x\0".encode("utf-16-le")
    return struct.pack("<H", len(raw)) + raw


def _lists(lists):
    kinds = struct.pack("<H", len(lists)) + b"".join(struct.pack("<I22xBB", 7 + n, 1, 0) for n in range(len(lists)))
    levels = b"".join(
        struct.pack("<IBB9xB8xBBBB", 1, form, 0, 0, 0, 0, 0, 0)
        + struct.pack("<H", len(text))
        + text.encode("utf-16-le")
        for form, text in lists
    )
    numbers = struct.pack("<I", len(lists))
    numbers += b"".join(struct.pack("<I8xBBBB", 7 + n, 0, 0, 0, 0) for n in range(len(lists)))
    return (kinds, levels), numbers + b"\xff\xff\xff\xff" * len(lists)


def record(kind, *content, instance=0, container=False):
    """Return a record of a PowerPoint file."""
    body = b"".join(content)
    return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(body)) + body


def text_box(text, top=0, left=0, kind=4):
    """Return a shape with a text."""
    head = record(0x0F9F, struct.pack("<I", kind)) + record(0x0FA0, text.encode("utf-16-le"))
    place = record(0xF010, struct.pack("<hhhh", top, left, left + 9, top + 9))
    return record(0xF004, place, record(0xF00D, head, container=True), container=True)


def make_ppt(slides, notes=None, token=0xE391C05F):
    """Return a presentation of ``(shapes, is hidden)``; `notes` maps the place of a slide to what is said there."""
    notes = notes or {}
    parts = []
    for index, (shapes, is_hidden) in enumerate(slides):
        drawing = record(
            0x040C, record(0xF002, record(0xF003, *shapes, container=True), container=True), container=True
        )
        show = record(0x03F9, struct.pack("<iIBBHI", 0, 0, 0, 0, 4 * is_hidden, 0))
        parts.append((0x03EE, record(0x03EE, record(0x03EF, bytes(24)), show, drawing, container=True), 256 + index))
    for index, text in notes.items():
        drawing = record(
            0x040C, record(0xF002, record(0xF003, text_box(text), container=True), container=True), container=True
        )
        atom = record(0x03F1, struct.pack("<IHH", 256 + index, 0, 0))
        parts.append((0x03F0, record(0x03F0, atom, drawing, container=True), 512 + index))

    def listed(kind):
        return b"".join(
            record(0x03F3, struct.pack("<IIiII", 2 + place, 0, 0, key, 0))
            for place, (each, _, key) in enumerate(parts)
            if each == kind
        )

    main = record(
        0x03E8,
        record(0x0FF0, listed(0x03EE), instance=0, container=True),
        record(0x0FF0, listed(0x03F0), instance=2, container=True),
        container=True,
    )
    stream, places = b"", []
    for raw in (main, *(raw for _, raw, _ in parts)):
        places.append(len(stream))
        stream += raw
    directory = len(stream)
    stream += record(0x1772, struct.pack("<I", len(places) << 20 | 1), _numbers(places))
    edit = len(stream)
    stream += record(0x0FF5, struct.pack("<IHBBIIIIHH", 0, 0, 0, 3, 0, directory, 1, 9, 0, 0))
    user = struct.pack("<HHIIII", 0, 0x0FF6, 20, 20, token, edit) + bytes(8)
    return make_compound({"Current User": user, "PowerPoint Document": stream})


def make_msg(texts, files=(), numbers=(), under=""):
    """Return the streams of a message: ``{property: text}``, ``(name, content)`` of attachments, ``{tag: number}``.

    The content of an attached message is a function that returns its streams under a path.
    """
    fixed = b"".join(struct.pack("<IIQ", tag, 6, value) for tag, value in dict(numbers).items())
    streams = {f"{under}__properties_version1.0": bytes(24 if under else 32) + fixed}
    for name, text in texts.items():
        raw = text if isinstance(text, bytes) else text.encode("utf-16-le")
        streams[f"{under}__substg1.0_{name}{'0102' if isinstance(text, bytes) else '001F'}"] = raw
    for place, (name, content) in enumerate(files):
        folder = f"{under}__attach_version1.0_#{place:08X}/"
        streams[f"{folder}__properties_version1.0"] = bytes(8)
        streams[f"{folder}__substg1.0_3707001F"] = name.encode("utf-16-le")
        if callable(content):
            streams |= content(f"{folder}__substg1.0_3701000D/")
        else:
            streams[f"{folder}__substg1.0_37010102"] = content
    return streams


def make_xls(rows, forms=(), hidden=(), header=""):
    """Return a workbook with a sheet ``A`` of `rows` and a hidden sheet ``B``; `forms` are formats by the column."""

    def one(kind, content=b""):
        return struct.pack("<HH", kind, len(content)) + content

    def name(text, wide):
        return struct.pack("<H" if wide else "<B", len(text)) + b"\0" + text.encode("latin-1")

    begin = one(0x809, struct.pack("<HHHHII", 0x600, 5, 0x2000, 2000, 0, 6))
    styles = one(0x31, struct.pack("<HHHHHBBBx", 200, 0, 0, 400, 0, 0, 0, 0) + name("Arial", False)) * 5
    styles += b"".join(one(0x41E, struct.pack("<H", 164 + n) + name(form, True)) for n, form in enumerate(forms))
    styles += one(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    for number in range(len(forms)):
        styles += one(0xE0, struct.pack("<HHHBBBBIIH", 0, 164 + number, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    body = one(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x2000, 2000, 0, 6))
    body += one(0x14, name(header, True)) if header else b""
    for row, cells in enumerate(rows):
        body += one(0x208, struct.pack("<HHHHHHI", row, 0, len(cells), 255, 0, 0, 0x20 * (row in hidden) | 0x100))
        for column, cell in enumerate(cells):
            form = column + 1 if column < len(forms) and not isinstance(cell, str) else 0
            place = struct.pack("<HHH", row, column, form)
            body += (
                one(0x204, place + name(cell, True))
                if isinstance(cell, str)
                else one(0x203, place + struct.pack("<d", cell))
            )
    body += one(0x0A)
    sheets = [("A", 0), ("B", 1)]
    length = len(begin) + len(styles) + 2 * 13 + 4
    bounds = b"".join(
        one(0x85, struct.pack("<IBB", length + index * len(body), state, 0) + name(title, False))
        for index, (title, state) in enumerate(sheets)
    )
    return make_compound({"Workbook": begin + styles + bounds + one(0x0A) + body + body})

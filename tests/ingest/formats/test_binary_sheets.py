"""Workbooks in Excel's binary format are read as those in XML: what they show, without what is hidden."""

import random
import struct

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read
from tests.support.office_files import KIND, make_zip, relations


def record(kind, content=b""):
    head = bytes((kind & 0x7F | 0x80 * (kind > 127),)) + bytes((kind >> 7,)) * (kind > 127)
    size, length = b"", len(content)
    while True:
        size += bytes((length & 0x7F | 0x80 * (length > 127),))
        length >>= 7
        if not length:
            return head + size + content


def text(value):
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def row(number, *cells, hidden=False):
    inner = b"".join(
        record(kind, struct.pack("<II", column, form) + content) for column, (kind, form, content) in enumerate(cells)
    )
    return record(0, struct.pack("<IIHBB", number - 1, 0, 300, 0, 0x10 * hidden)) + inner


def shared(index):
    return 7, 0, struct.pack("<I", index)


def made(**parts):
    target = "https://a.example/p"
    link = f'<Relationship Id="r9" TargetMode="External" Type="{KIND}hyperlink" Target="{target}"/></Relationships>'
    sheet = b"".join(
        (
            record(60, struct.pack("<IIIIH", 3, 3, 2000, 0, 1)),
            row(1, *map(shared, range(4))),
            row(2, shared(4), (5, 1, struct.pack("<d", 75.5)), (2, 0, struct.pack("<i", 7 << 2 | 2)), shared(5)),
            row(3, shared(6), (9, 2, struct.pack("<d", 0.25)), (4, 0, b"\1"), (6, 0, text("secret"))),
            row(4, (6, 0, text("secret row")), hidden=True),
            record(494, struct.pack("<IIII", 1, 1, 0, 0) + text("r9")),
            record(479, b"\0\0" + text("&LFleet") + b"\xff\xff\xff\xff" * 5),
        )
    )
    sheets = (("A", 0, "r1"), ("B", 1, "r4"))
    main = b"".join(record(156, struct.pack("<II", state, 1) + text(key) + text(name)) for name, state, key in sheets)
    words = ["Rope", "Length", "Count", "Note", "Long", "secret", "Short"]
    styles = record(44, struct.pack("<H", 170) + text('0.0" m"')) + record(617)
    styles += b"".join(record(47, struct.pack("<HH", 0, form)) for form in (0, 170, 9)) + record(618)
    return make_zip(
        {
            "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": main,
            "xl/_rels/workbook.bin.rels": relations(
                ("worksheet", "a.bin"), ("styles", "styles.bin"), ("sharedStrings", "s.bin"), ("worksheet", "b.bin")
            ),
            "xl/a.bin": sheet,
            "xl/b.bin": row(1, (6, 0, text("secret sheet"))),
            "xl/_rels/a.bin.rels": relations(("comments", "c.bin")).replace("</Relationships>", link),
            "xl/c.bin": record(635, struct.pack("<IIIII", 0, 2, 2, 0, 0)) + record(637, b"\0" + text("Worn.")),
            "xl/s.bin": b"".join(record(19, b"\0" + text(word)) for word in words),
            "xl/styles.bin": styles,
            **parts,
        }
    )


def test_a_workbook_is_read_as_shown_without_what_is_hidden():
    document = read("a.xlsb", made())
    assert document.text == (
        "Rope | Length | Count\nLong (https://a.example/p) | 75.5 m | 7\nShort | 25% | TRUE\n\n"
        "Comment: Worn.\n\nFleet\n\n"
    )
    assert [(place.anchor.sheet, place.anchor.row) for place in document.places] == [
        ("A", 1), ("A", 2), ("A", 3), ("A", 3), ("A", None),
    ]  # fmt: skip
    assert [warning.split("read: ")[1] for warning in document.warnings] == [
        "1 row and 1 column of sheet 'A'.",
        "sheet 'B'.",
    ]


def test_a_workbook_without_sheets_is_damaged():
    with pytest.raises(ReadError) as caught:
        read("a.xlsb", made(**{"xl/workbook.bin": record(153, bytes(8))}))
    assert caught.value.code == "corrupted"


def test_damaged_parts_are_read_as_far_as_they_go():
    chance = random.Random(7)
    for _ in range(200):
        part = chance.choice(("xl/a.bin", "xl/workbook.bin", "xl/s.bin", "xl/styles.bin", "xl/c.bin"))
        try:
            read("a.xlsb", made(**{part: chance.randbytes(chance.randrange(300))}))
        except ReadError as error:
            assert error.code == "corrupted"

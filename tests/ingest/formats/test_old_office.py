"""Office files of before 2007 and Outlook's messages: what they show is read, what they hide is named."""

import random
import struct

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.parts import grid
from jupyter_localai.ingest.formats.parts.compound import opened
from jupyter_localai.ingest.read import read
from tests.support.compound_files import make_compound, make_doc, make_msg, make_ppt, make_xls, text_box
from tests.support.office_files import make_docx, p

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
IN_TABLE, ROW_END = b"\x16\x24\x01", b"\x16\x24\x01\x17\x24\x01"
HIDDEN, DELETED, RAISED = b"\x3c\x08\x01", b"\x00\x08\x01", b"\x48\x2a\x01"


def listed(number, level=0):
    return b"\x0b\x46" + bytes((number, 0)) + b"\x0a\x26" + bytes((level,))


DOC = make_doc(
    [
        ("Lease\r", 1, b"", {}),
        ("The lessee pays.\r", 0, listed(1), {}),
        ("The lessee keeps the jetty clear.\r", 0, listed(1), {}),
        ("Repairs\r", 2, b"", {}),
        ("Up to 106 crowns, not shown, struck.\r", 0, b"", {"6": RAISED, ", not shown": HIDDEN, ", struck": DELETED}),
        ("Rope\r", 0, listed(2), {}),
        ("Hut\x07", 0, IN_TABLE, {}),
        ("Beds\x07", 0, IN_TABLE, {}),
        ("\x07", 0, ROW_END, {}),
        ("Gull\x07", 0, IN_TABLE, {}),
        ("19\x07", 0, IN_TABLE, {}),
        ("\x07", 0, ROW_END, {}),
        ('See the \x13 HYPERLINK "https://a.example/roster" \x14roster\x15 today.\r', 0, b"", {}),
    ],
    lists=[(0, "\x00."), (23, "*")],
    parts=["A footnote.\r", "On every page.\rOn every page.\r", "", "Is that so?\r", "", "A box.\r"],
)


def test_a_word_document_is_read_with_headings_numbers_tables_and_notes():
    document = read("a.doc", DOC)
    assert document.kind == "word" and not document.warnings
    assert document.text.split("\n\n")[:-1] == [
        "Lease",
        "1. The lessee pays.",
        "2. The lessee keeps the jetty clear.",
        "Repairs",
        "Up to 10^6 crowns.",
        "- Rope",
        "Hut | Beds\nGull | 19",
        "See the roster (https://a.example/roster) today.",
        "A footnote.",
        "A box.",
        "Comments:",
        "Is that so?",
        "On every page.",
    ]
    assert [place.anchor.heading for place in document.places] == ["Lease", "Lease > Repairs", None]


SLIDES = make_ppt(
    [
        (
            [text_box("below", top=900), text_box("right", 300, 900), text_box("left", 310), text_box("Tides", kind=0)],
            0,
        ),
        ([text_box("44 percent")], 1),
        ([text_box("first\rsecond\x0bline"), text_box("*")], 0),
    ],
    notes={0: "Say it slowly."},
)


def test_slides_are_read_in_order_with_notes_and_hidden_ones_are_named():
    document = read("a.ppt", SLIDES)
    assert document.text == "Tides\n\nleft\n\nright\n\nbelow\n\nNotes:\n\nSay it slowly.\n\nfirst\nsecond\nline\n\n"
    assert [(place.anchor.slide, place.anchor.heading) for place in document.places] == [(1, "Tides"), (3, None)]
    assert document.warnings == ("Hidden in its program and not read: slide 2.",)


def test_cells_are_read_as_shown_without_what_is_hidden():
    rows = [["Rope", "Length"], ["Long", 75.0], ["Short", 5.0]]
    document = read("a.xls", make_xls(rows, ["General", '0" m"'], hidden=[2], header="&LFleet&RPage &P"))
    assert document.text == "Rope | Length\nLong | 75 m\n\nFleet Page\n\n"
    assert [place.anchor.row for place in document.places] == [1, 2, None]
    assert [w.split("read: ")[1] for w in document.warnings] == ["1 row of sheet 'A'.", "sheet 'B'."]


def test_too_many_cells_are_told_once(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 5)
    document = read("a.xls", make_xls([["x", "y"]] * 20))
    assert sum("too many cells" in warning for warning in document.warnings) == 1


SENT = {0x00390040: 133_500_000_000_000_000}


def test_a_message_is_read_with_its_heads_attachments_and_the_message_in_it():
    def inner(under):
        return make_msg({"0037": "Ferry", "1000": "It is cancelled."}, under=under)

    texts = {"0037": "Plan", "0C1A": "Ann", "5D01": "ann@a.example", "0E04": "Ben", "1000": "New text.\r\n> old text"}
    document = read("a.msg", make_compound(make_msg(texts, [("a.csv", b"mast,red"), ("f", inner)], SENT)))
    assert document.kind == "email" and document.title == "Plan" and not document.warnings
    assert document.text.startswith("Subject: Plan\nFrom: Ann <ann@a.example>\nTo: Ben\nDate: ")
    headings = {place.anchor.heading: document.text[place.start : place.end].strip() for place in document.places}
    assert headings["Earlier message"] == "> old text"
    assert headings["a.csv"] == "mast | red"
    assert headings["Ferry"] == "Subject: Ferry\n\nIt is cancelled."


def test_texts_of_one_byte_a_letter_are_read_in_the_encoding_of_the_message():
    streams = make_msg({}, numbers={0x3FFD0003: 1250})
    streams |= {
        "__substg1.0_0037001E": "Łódź".encode("cp1250"),
        "__substg1.0_1000001E": "Prom o świcie.".encode("cp1250"),
    }
    assert read("a.msg", make_compound(streams)).text == "Subject: Łódź\n\nProm o świcie.\n\n"


def test_formatted_text_stands_in_for_a_message_without_another():
    # the example of [MS-OXRTFCP]
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert read("a.msg", make_compound(make_msg({"0037": "Plan", "1009": packed}))).text.endswith("hello world\n\n")


def test_an_encrypted_message_is_told():
    streams = make_msg({"0037": "Plan", "001A": "IPM.Note.SMIME"}, [("smime.p7m", b"\x30\x80\x06")])
    document = read("a.msg", make_compound(streams))
    assert any("encrypted" in warning for warning in document.warnings)
    assert any("smime.p7m" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    "data",
    [
        make_doc([("secret\r", 0, b"", {})], parts=[""] * 6, flags=0x0100),
        make_ppt([([text_box("secret")], 0)], token=0xF3D1C4DF),
        make_compound({"EncryptedPackage": b"x" * 99, "EncryptionInfo": b"x"}),
    ],
    ids=["word", "slides", "package"],
)
def test_a_password_has_its_own_error(data):
    with pytest.raises(ReadError) as caught:
        read("a.doc", data)
    assert caught.value.code == "encrypted"


@pytest.mark.parametrize("data", [DOC, SLIDES], ids=["word", "slides"])
def test_the_content_decides_and_not_the_suffix(data):
    assert read("a.txt", data).text == read("a.doc", data).text


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt", "a.msg"])
def test_damage_has_a_name(name):
    chance = random.Random(3)
    for size in (0, 8, 600, 5000):
        with pytest.raises(ReadError) as caught:
            read(name, OLD + chance.randbytes(size))
        assert caught.value.code in ("corrupted", "old_format", "encrypted")


@pytest.mark.parametrize("original", [DOC, SLIDES], ids=["word", "slides"])
def test_a_damaged_file_is_read_or_has_a_named_error(original):
    chance = random.Random(5)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.choice((1, 10, 60))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            read("a.doc", bytes(data))
        except ReadError as error:
            assert error.code in ("corrupted", "encrypted", "old_format")


def test_a_file_that_was_packed_into_a_document_is_read():
    name, folder = b"people.csv\0", b"C:\\x\\people.csv\0"
    content = b"Name,Role\nAnn,mate\n"
    packed = struct.pack("<H", 2) + name + folder + struct.pack("<HHI", 0, 3, len(folder)) + folder
    packed += struct.pack("<I", len(content)) + content
    native = make_compound({"\x01Ole10Native": struct.pack("<I", len(packed)) + packed})
    assert read("oleObject1.bin", native).text == "Name | Role\nAnn | mate\n\n"
    assert read("oleObject1.bin", make_compound({"Package": make_docx(p("In a letter."))})).text.endswith(
        "In a letter.\n\n"
    )
    lost = read("oleObject1.bin", make_compound({"Package": b"\x89PNG\r\n\x1a\n"}))
    assert lost.warnings[0].startswith("Embedded files that were not read")


def test_what_is_embedded_is_read_or_named():
    inner = {name: opened(DOC).stream(name) for name in ("WordDocument", "1Table")}
    streams = {f"ObjectPool/_1/{name}": content for name, content in inner.items()}
    streams |= {"ObjectPool/_2/Package": b"\x89PNG\r\n", "ObjectPool/_3/Equation Native": b"x"}
    streams["ObjectPool/_4/Workbook"] = opened(make_xls([["Mast", "red"]])).stream("Workbook")
    document = read("a.doc", make_doc([("Above.\r", 0, b"", {})], parts=[""] * 6, streams=streams))
    assert document.text.startswith("Above.\n\nEmbedded file:\nLease\n\n1. The lessee pays.")
    assert document.text.endswith("Embedded file:\nMast | red\n\n")
    assert [warning for warning in document.warnings if "were not read: file." in warning]
    assert document.text[document.places[-1].start :].startswith("Embedded file:")


def test_a_workbook_without_a_file_around_it_is_read():
    book = opened(make_xls([["Mast", "red"]])).stream("Workbook")
    assert read("a.xls", book).text == "Mast | red\n\n"


def test_a_field_that_shows_its_instruction_is_read():
    text = '\x13 EQ \\* jc2 \\* "Font:Mincho" \\o\\ad(\\s\\up 10(reading),word)\x15 end\r'
    assert read("a.doc", make_doc([(text, 0, b"", {})], parts=[""] * 6)).text == "reading word end\n\n"

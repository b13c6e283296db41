"""Columns of prose and tables, from the positions of their words."""

import re

import pytest

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.pdf.tables import Names, merged, written
from jupyter_localai.ingest.read import read
from jupyter_localai.text.sentences import sentence_spans
from tests.support.pdf_files import at, make_pdf

HUTS = [("Hut", "Beds", "Stoves"), ("Hut A", "4", "1"), ("Hut B", "16", "2"), ("Hut C", "9", "3"), ("Hut D", "7", "0")]
LEFTS = (60, 180, 300)


def table(rows, top=700, by_column=False):
    cells = [(LEFTS[c], top - 16 * r, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    return sorted(cells, key=lambda cell: cell[0]) if by_column else cells


def text_of(*pages):
    return read("a.pdf", make_pdf(*pages)).text


@pytest.mark.parametrize("by_column", [False, True])
def test_the_rows_of_a_table_stand_under_its_column_names(by_column):
    shown = text_of(at(*table(HUTS, by_column=by_column)))
    assert shown.strip() == "\n".join(" | ".join(row) for row in HUTS)


def test_a_long_table_has_its_column_names_again():
    rows = [["Hut", "Beds"], *([f"Hut {number:03}", "4"] for number in range(100))]
    blocks = "\n".join(written(rows, Names())).strip().split("\n\n")
    assert 1 < len(blocks) < 10 and all(block.startswith("Hut | Beds\nHut 0") for block in blocks)
    assert [line for block in blocks for line in block.split("\n")[1:]] == [" | ".join(row) for row in rows[1:]]


def test_a_row_with_one_cell_stands_alone_and_the_rows_below_it_have_the_names():
    rows = [["", "2031", "2030"], ["Boats", "7", "6"], ["Land:", "", ""], ["Huts", "5", "4"], ["Piers", "2", "1"]]
    assert "\n".join(written(rows, Names())).strip() == (
        " | 2031 | 2030\nBoats | 7 | 6\n\nLand:\n\n | 2031 | 2030\nHuts | 5 | 4\nPiers | 2 | 1".strip()
    )


def test_rows_without_column_names_are_one_block():
    rows = [["Cash", "7", "6"], ["Boats", "5", "4"], ["Piers", "2", "1"]]
    assert written(rows, Names()) == ["", "Cash | 7 | 6", "Boats | 5 | 4", "Piers | 2 | 1", ""]


def test_a_table_goes_on_on_the_next_page():
    more = [(f"Hut {letter}", str(number), "1") for number, letter in enumerate("EFGH")]
    shown = text_of(at((60, 780, "Our huts"), *table(HUTS)), at(*table(more)))
    assert "\n\nHut | Beds | Stoves\nHut E | 0 | 1\nHut F | 1 | 1\nHut G | 2 | 1" in shown


def test_another_table_has_no_names_of_the_page_before():
    other = [("North", "4"), ("South", "16"), ("East", "9"), ("West", "7")]
    shown = text_of(at(*table(HUTS)), at(*table(other)))
    assert "\nSouth | 16\n" in shown
    assert "Beds | Stoves\nSouth" not in shown


def test_a_row_is_a_sentence_of_its_own():
    shown = text_of(at(*table(HUTS)))
    assert [shown[start:end] for start, end in sentence_spans(shown)] == [" | ".join(row) for row in HUTS]


def test_a_chunk_holds_many_rows_of_a_table():
    rows = [("Hut", "Beds", "Stoves"), *((f"Hut {number}", str(number), "1") for number in range(1, 31))]
    document = read("a.pdf", make_pdf(at(*table(rows))))
    texts = [piece.text for piece in chunk(document, token_starts, 254)]
    assert len(texts) <= 3 and all(text.startswith("Hut | Beds | Stoves\n") for text in texts)


def token_starts(text):
    return [match.start() for match in re.finditer(r"\w+|[^\w\s]", text)]


def test_text_around_a_table_stays_where_it_is():
    shown = text_of(at((60, 740, "The huts have beds."), *table(HUTS), (60, 560, "They are open in summer.")))
    assert shown.startswith("The huts have beds.\n\nHut | Beds")
    assert shown.strip().endswith("Hut D | 7 | 0\n\nThey are open in summer.")


LEFT = [
    "The northern station measures",
    "wind speed every ten minutes",
    "and sends it by radio to the",
    "mainland at noon.",
]
RIGHT = [
    "The southern station counts",
    "seals from a hide on the cliff",
    "twice a week between May",
    "and September only.",
]


@pytest.mark.parametrize("across", [True, False])
def test_columns_are_read_one_after_the_other(across):
    pieces = [
        (left, 700 - 14 * row, text) for left, lines in ((60, LEFT), (320, RIGHT)) for row, text in enumerate(lines)
    ]
    shown = text_of(at(*(sorted(pieces, key=lambda piece: -piece[1]) if across else pieces)))
    assert " ".join(LEFT) in " ".join(shown.split())
    assert " ".join(RIGHT) in " ".join(shown.split())


def test_a_list_with_labels_is_no_table():
    pieces = []
    for row in range(5):
        pieces += [
            (60, 700 - 14 * row, f"[{row}]"),
            (120, 700 - 14 * row, f"Ida Holm wrote a long book about tides {row}"),
        ]
    assert " | " not in text_of(at(*pieces))


def test_signs_stand_beside_their_numbers_and_long_cells_in_one_row():
    rows = [
        ["", "2031", "", "2030", ""],
        ["Land", "$", "5", "$", "4"],
        ["Ships", "", "7", "", "8"],
        ["and boats", "", "", "", ""],
    ]
    rows += [["", "", "more", "", ""]]
    assert merged(rows) == [
        ["", "2031", "2030"],
        ["Land", "$ 5", "$ 4"],
        ["Ships", "7", "8"],
        ["and boats", "more", ""],
    ]


def test_column_names_without_rows_are_not_lost():
    lines = written([["Hut", "Beds"], ["Hut A", ""], ["Hut B", ""]], Names())
    assert [line for line in lines if line] == ["Hut | Beds", "Hut A", "Hut B"]

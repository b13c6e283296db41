"""Columns of prose and tables, from the positions of their words."""

import pytest

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.pdf.tables import Names, merged, written
from jupyter_localai.ingest.read import read
from tests.support.pdf_files import at, make_pdf

HUTS = [("Hut", "Beds", "Stoves"), ("Hut A", "4", "1"), ("Hut B", "16", "2"), ("Hut C", "9", "3"), ("Hut D", "7", "0")]
LEFTS = (60, 180, 300)


def table(rows, top=700, by_column=False):
    cells = [(LEFTS[c], top - 16 * r, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    return sorted(cells, key=lambda cell: cell[0]) if by_column else cells


def text_of(*pages):
    return read("a.pdf", make_pdf(*pages)).text


@pytest.mark.parametrize("by_column", [False, True])
def test_each_row_has_its_column_names(by_column):
    shown = text_of(at(*table(HUTS, by_column=by_column)))
    assert shown.strip().split("\n\n") == [f"Hut | Beds | Stoves\n{' | '.join(row)}" for row in HUTS[1:]]


def test_a_table_goes_on_on_the_next_page():
    more = [(f"Hut {letter}", str(number), "1") for number, letter in enumerate("EFGH")]
    shown = text_of(at((60, 780, "Our huts"), *table(HUTS)), at(*table(more)))
    assert "Hut | Beds | Stoves\nHut G | 2 | 1" in shown


def test_another_table_has_no_names_of_the_page_before():
    other = [("North", "4"), ("South", "16"), ("East", "9"), ("West", "7")]
    shown = text_of(at(*table(HUTS)), at(*table(other)))
    assert "\nSouth | 16\n" in shown
    assert "Beds | Stoves\nSouth" not in shown


def test_a_row_is_a_sentence_of_its_own():
    document = read("a.pdf", make_pdf(at(*table(HUTS))))
    texts = [piece.text for piece in chunk(document, lambda text: list(range(len(text))), 50)]
    assert "Hut | Beds | Stoves\nHut B | 16 | 2" in texts


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

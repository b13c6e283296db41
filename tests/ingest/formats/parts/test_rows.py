"""Tables as text: no cell is lost, and every passage cut from one shows its column names."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats import table
from jupyter_localai.ingest.formats.parts.rows import lay_out
from jupyter_localai.ingest.read import read

cells = st.lists(st.text(string.ascii_letters + " é|", max_size=12), max_size=6)


def words(text):
    return [at for at, ch in enumerate(text) if not ch.isspace() and (at == 0 or text[at - 1].isspace())]


def csv(*rows):
    return "\n".join(",".join(row) for row in rows).encode()


@given(st.lists(cells, max_size=40))
def test_no_cell_is_lost_and_rows_stay_in_order(rows):
    laid_out = list(lay_out(enumerate(rows)))
    assert [n for n, _ in laid_out] == [n for n, row in enumerate(rows) if any(cell.strip() for cell in row)]
    for number, text in laid_out:
        assert text.endswith("\n")
        for cell in rows[number]:
            assert " ".join(cell.split()).strip(" |") in text


def test_each_chunk_of_a_long_table_has_the_column_names():
    rows = [("station", "level", "remark")] + [(f"S{i}", str(i), f"remark number {i} of the log") for i in range(200)]
    document = read("a.csv", csv(*rows))
    chunks = chunk(document, words, 200)
    assert len(chunks) > 10
    for piece in chunks:
        assert "station | level | remark" in piece.text
        first = piece.text.splitlines()[1]
        assert first.startswith(f"S{max(piece.anchor.row - 2, 0)} |")


def test_rows_and_lines_are_those_of_the_file():
    document = read("a.csv", b'name,note\nAnn,"two\nlines"\nBob,one\n')
    assert [(place.anchor.row, place.anchor.line) for place in document.places] == [(1, 1), (2, 2), (3, 4)]
    assert "Ann | two lines" in document.text
    assert document.text[document.places[2].start :] == "Bob | one\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    data = f"a b{delimiter}c\nx, y{delimiter}z\n" if delimiter != "," else "a b,c\nx; y,z\n"
    assert read("a.csv", data.encode()).text.startswith("a b | c\n")


def test_a_title_above_the_column_names_is_no_column_name():
    text = read("a.csv", csv(("Cups", "", ""), ("team", "town", "cups"), *[("Blues" * 9, "STL", "1")] * 9)).text
    assert text.startswith("Cups\n\nteam | town | cups\n")
    assert text.count("team | town | cups") > 1 and text.count("Cups") == 1


def test_numbers_are_no_column_names():
    assert read("a.csv", csv(*[("1", "2.5")] * 100)).text.replace("\n\n", "\n") == "1 | 2.5\n" * 100


def test_a_very_wide_table_names_each_value():
    names = [f"a rather long column name {i}" for i in range(30)]
    text = read("a.csv", csv(names, [str(i) for i in range(30)])).text
    assert "a rather long column name 17: 17;" in text


def test_too_many_cells_are_told(monkeypatch):
    monkeypatch.setattr(table, "MAX_CELLS", 10)
    document = read("a.csv", csv(*[("x", "y")] * 20))
    assert document.text.count("x | y") == 5 and "first 5 rows" in document.warnings[0]


def test_a_quote_that_never_ends_is_plain_text():
    document = read("a.csv", b'a,b\n"' + b"word, " * 40_000)
    assert document.text.count("word") == 40_000 and "plain text" in document.warnings[0]


def test_a_passage_cut_from_a_row_has_that_rows_anchor():
    rows = [("station", "level", "remark")] + [(f"S{n}", str(n), "storm " * (n % 40)) for n in range(2, 300)]
    document = read("a.csv", csv(*rows))
    for piece in chunk(document, words, 100):
        assert piece.text == document.text[piece.start : piece.end]
        assert len([at for at in words(document.text) if piece.start <= at < piece.end]) <= 100
        lines = piece.text.splitlines()
        first = lines[1] if lines[0] == "station | level | remark" and len(lines) > 1 else lines[0]
        if first.startswith("S"):
            assert first.startswith(f"S{piece.anchor.row} |") or piece.anchor.row == 1
            assert piece.anchor.line == piece.anchor.row
        for place in piece.places[1:]:
            assert f"S{place.anchor.row} |" in document.text[place.start : place.end]


def test_quotes_after_a_space_and_the_line_for_excel():
    assert read("a.csv", b'name, note\nAnn, "a, b"\n').text == "name | note\nAnn | a, b\n"
    document = read("a.csv", b"sep=;\r\nname;level\r\nGull;3,2\r\n")
    assert "Gull | 3,2" in document.text and "sep" not in document.text
    assert [(place.anchor.row, place.anchor.line) for place in document.places] == [(1, 2), (2, 3)]


@pytest.mark.parametrize("corner", ["", "Item"])
def test_years_are_column_names(corner):
    rows = [(corner, "2019", "2020", "2021"), *[(f"Revenue {i}", "1,0", "2,0", "3,0") for i in range(60)]]
    text = "".join(text for _, text in lay_out(enumerate(rows, 1)))
    assert text.count("2019 | 2020 | 2021") > 5


def test_column_names_without_end_cannot_fill_the_memory():
    long_name = csv(("n" * 100_000, "b"), *[("x", "y")] * 5000)
    assert len(read("a.csv", long_name).text) < 1_000_000
    begin = time.monotonic()
    read("a.csv", csv([f"c{i}" for i in range(100_000)], *[("1",)] * 20_000))
    assert time.monotonic() - begin < 60

"""The tables of a text are what the reader had in front of it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.ingest.read import read
from jupyter_localai.tables.lines import cells_of, distinct, find
from tests.support import office_files


def tables(name, data):
    document = read(name, data if isinstance(data, bytes) else data.encode())
    places = [(p.start, p.end, p.anchor.row, p.anchor.sheet) for p in document.places]
    found = find(document.text, places)
    for table in found:
        for row in table.rows:
            assert "\n" not in document.text[row.start : row.end] and document.text[row.start : row.end].strip()
    return found


def cells(table):
    return [row.cells for row in table.rows]


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def test_a_long_table_is_one_whose_repeated_names_are_no_rows():
    rows = [[f"item {number}", str(number), "a few words to fill the line"] for number in range(100)]
    (table,) = tables("a.csv", as_csv([["name", "count", "remark"], *rows]))
    assert table.names == ["name", "count", "remark"] and cells(table) == rows and table.unclear == 0


def test_a_table_of_many_columns_has_the_same_cells():
    names = [f"a rather long name of column {number}" for number in range(30)]
    rows = [[f"v{row}; {column}: x" if (row + column) % 3 else "" for column in range(30)] for row in range(20)]
    (table,) = tables("a.csv", as_csv([names, *rows]))
    assert table.names == names and cells(table) == rows


def test_duplicate_and_empty_names_become_distinct_ones():
    (table,) = tables("a.csv", "name,,Name,row\na,1,b,2\nc,2,d,3\n")
    assert table.names == ["name", "column 2", "Name (2)", "row (2)"]
    assert cells(table) == [["a", "1", "b", "2"], ["c", "2", "d", "3"]]


def test_a_last_column_without_a_name_is_one():
    (table,) = tables("a.csv", "name,count,\na,1,x\nb,2,y\n")
    assert table.names == ["name", "count", "column 3"] and cells(table)[0] == ["a", "1", "x"]


def test_a_title_above_the_names_is_no_row():
    (table,) = tables("a.csv", "Stock of March,,\nname,count,place\n" + "rope,7,shed\n" * 40)
    assert table.names == ["name", "count", "place"] and len(table.rows) == 40


def test_a_row_whose_cells_cannot_be_told_apart_is_counted_and_left_out():
    rows = [["a", "1"]] * 40 + [["b | c", "2"]]
    (table,) = tables("a.csv", as_csv([["name", "count"], *rows]))
    assert len(table.rows) == 40 and table.unclear == 1


def test_names_in_two_rows_are_joined():
    rows = [["", "2030", None, "2031", None], ["item", "plan", "actual", "plan", "actual"], ["rope", 1, 2, 3, 4]]
    (table,) = tables("a.xlsx", office_files.make_xlsx({"Stock": [*rows, ["lamp", 5, 6, 7, 8]]}))
    assert table.names == ["item", "2030 plan", "2030 actual", "2031 plan", "2031 actual"]
    assert cells(table) == [["rope", "1", "2", "3", "4"], ["lamp", "5", "6", "7", "8"]]


def test_each_sheet_and_each_table_of_a_sheet_is_one():
    sheets = {"One": [["a", "b"], [1, 2], [None, None], ["c", "d"], [3, 4]], "Two": [["a", "b"], [5, 6]]}
    found = tables("a.xlsx", office_files.make_xlsx(sheets))
    assert [(table.sheet, table.names, cells(table)) for table in found] == [
        ("One", ["a", "b"], [["1", "2"]]),
        ("One", ["c", "d"], [["3", "4"]]),
        ("Two", ["a", "b"], [["5", "6"]]),
    ]


def test_tables_of_markdown_and_of_web_pages_are_read_too():
    markdown = "# Boats\n\nText.\n\n| boat | seats |\n|:--|--:|\n| Tern | 4 |\n| Auk \\| co | 12 |\n\nText | more.\n"
    (table,) = tables("a.md", markdown)
    assert (table.names, cells(table)) == (["boat", "seats"], [["Tern", "4"], ["Auk | co", "12"]])
    rows = "".join(f"<tr><td>boat {number}</td><td>{number}</td></tr>" for number in range(60))
    (table,) = tables("a.html", f"<p>Text.</p><table><tr><th>boat</th><th>seats</th></tr>{rows}</table><p>Text.</p>")
    assert table.names == ["boat", "seats"] and len(table.rows) == 60


@pytest.mark.parametrize("text", ["", "a | b", "no bars\nhere", "| x |", "|---|---|", "a | b\n\n\n| c"])
def test_what_is_no_table_has_none(text):
    assert tables("a.md", text) == []


CELL = st.text(st.characters(categories=("L", "Nd"), include_characters=" .,-€%"), max_size=8).map(
    lambda text: " ".join(text.split())
)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=60))
def test_cells_come_back_as_they_were(rows):
    rows = [row for row in rows if any(row)]
    if not rows:
        return
    found = tables("a.csv", as_csv([["first", "second", "third"], *rows]))
    assert [cells(table) for table in found] == [rows]


@given(st.lists(st.text(max_size=5), max_size=10))
def test_names_are_distinct_whatever_they_are(names):
    found = distinct(names)
    assert len({name.lower() for name in found} | {"row"}) == len(names) + 1 and all(found)


def test_a_first_empty_cell_is_one():
    assert cells_of("| 2030 | 2031") == ["", "2030", "2031"]

"""Columns are numbers, dates or text by what nearly all of their cells say."""

import pytest

from jupyter_localai.tables.cells import key, typed


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2.5", "-3"], "number", [1, 2.5, -3]),
        (["1,250.00", "80.5"], "number", [1250, 80.5]),
        (["1.250,00", "80,5"], "number", [1250, 80.5]),
        (["1,250", "900"], "number", [1250, 900]),
        (["1.250 €", "900 €"], "number", [1250, 900]),
        (["$1,000", "(250)", "-€3"], "number", [1000, -250, -3]),
        (["45 %", "7%"], "number", [45, 7]),
        (["1'250", "1 000 000"], "number", [1250, 1000000]),
        (["2.5E+03", "1"], "number", [2500, 1]),
        (["5", "n/a", ""], "number", [5, None, None]),
        (["007", "012"], "text", ["007", "012"]),
        (["2031-03-07", "2030-12-31T14:30"], "date", ["2031-03-07", "2030-12-31T14:30"]),
        (["7.3.2031", "31.12.2030"], "date", ["2031-03-07", "2030-12-31"]),
        (["3/7/2031", "12/31/2030"], "date", ["2031-03-07", "2030-12-31"]),
        (["7/3/2031", "31/12/2030"], "date", ["2031-03-07", "2030-12-31"]),
        (["3/7/2031", "4/5/2031"], "text", ["3/7/2031", "4/5/2031"]),
        (["7 March 2031", "March 9, 2031"], "date", ["2031-03-07", "2031-03-09"]),
        (["March 2031", "2031-04"], "date", ["2031-03", "2031-04"]),
        (["30 February 2031", "x"], "text", ["30 February 2031", "x"]),
        (["", ""], "text", [None, None]),
        ([], "text", []),
    ],
)
def test_kinds(cells, kind, values):
    column = typed(cells)
    assert (column.kind, column.values, column.odd) == (kind, values, 0)


def test_a_few_cells_of_another_kind_are_counted_and_have_no_value():
    column = typed([*map(str, range(20)), "twelve"])
    assert (column.kind, column.values[-1], column.odd) == ("number", None, 1)


def test_mixed_cells_are_text():
    assert typed(["1", "two", "3", "four"]).kind == "text"


@pytest.mark.parametrize(("one", "other"), [("Claims", "claim"), ("DENIED", "denied"), ("Zoë", "zoe"), ("C-1", "c 1")])
def test_words_are_compared_without_case_accents_and_plurals(one, other):
    assert key(one) == key(other)

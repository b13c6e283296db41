"""The lines of a page in the order in which people read them."""

from jupyter_localai.ingest.ocr.order import Line, in_order


def lines(left, right, texts, top=100, step=40):
    return [Line(left, top + index * step, right, top + index * step + 28, text) for index, text in enumerate(texts)]


def test_columns_of_prose_are_read_one_after_the_other():
    left = [f"left column line {number}" for number in range(5)]
    right = [f"right column line {number}" for number in range(5)]
    page = [*lines(100, 480, left), *lines(520, 900, right)]
    assert in_order(sorted(page, key=lambda line: line.top)).split() == " ".join([*left, *right]).split()


def test_columns_need_not_stand_in_rows():
    left = [f"left column line {number}" for number in range(5)]
    right = [f"right column line {number}" for number in range(6)]
    page = [*lines(100, 480, left), *lines(520, 900, right, top=117, step=36)]
    assert in_order(page).split() == " ".join([*left, *right]).split()


def test_a_title_over_both_columns_comes_first_and_one_between_them_divides():
    parts = [[f"{name} line number {line}" for line in range(4)] for name in ("one", "two", "three", "four")]
    page = [
        *lines(100, 900, ["A title over both of the columns"], top=20),
        *lines(100, 480, parts[0]),
        *lines(520, 900, parts[1]),
        *lines(100, 900, ["A heading in the middle of the page"], top=300),
        *lines(100, 480, parts[2], top=350),
        *lines(520, 900, parts[3], top=350),
    ]
    text = in_order(page)
    order = ["A title", "one line", "two line", "A heading", "three line", "four line"]
    assert sorted(order, key=text.index) == order


def test_the_rows_of_a_table_stay_together():
    table = [
        ("Berth", "Depth", "Length"),
        ("North 1", "7.2", "120"),
        ("North 2", "8.4", "95"),
        ("South 1", "5.0", "60"),
    ]
    page = [
        line
        for row, cells in enumerate(table)
        for column, cell in enumerate(cells)
        for line in lines(100 + 300 * column, 200 + 300 * column, [cell], top=100 + 40 * row)
    ]
    assert "North 2 | 8.4 | 95" in in_order(page)


def test_an_empty_line_stands_between_paragraphs():
    page = [*lines(100, 900, ["one", "two", "three"]), *lines(100, 900, ["four", "five"], top=300)]
    assert in_order(page) == "one\ntwo\nthree\n\nfour\nfive"


def test_a_page_without_lines_has_no_text():
    assert in_order([]) == ""

"""HTML: visible text with headings and tables; scripts, navigation and hidden parts left out."""

import time

import pytest
from lxml import etree

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.parts import html_marks, html_tree
from jupyter_localai.ingest.read import read
from tests.support.linear import grows_faster, undisturbed


def page(body, head=""):
    return read("a.html", f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode())


def test_headings_become_places():
    document = page("<h1>Tides</h1><p>High.</p><h2>Gull <b>Rock</b></h2><p>Low.</p><h1>Wind</h1>", "<title>T</title>")
    assert document.title == "T"
    assert [p.anchor.heading for p in document.places] == [None, "Tides", "Tides > Gull Rock", "Wind"]
    assert document.text == "T\n\nTides\n\nHigh.\n\nGull Rock\n\nLow.\n\nWind\n\n"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>secret</style>",
        "<nav>secret</nav>",
        "<div hidden>secret</div>",
        "<div style='color:red; display: none'>secret</div>",
        "<div role=navigation>secret</div>",
        "<!-- secret -->",
        "<template>secret</template>",
        "<p style='visibility:hidden'>secret</p>",
        "<frameset><frame src='secret.html'></frameset>",
        "<img src='https://example.org/secret'>",
    ],
)
def test_what_is_not_shown_is_not_read(hidden):
    assert page(f"<p>before</p>{hidden}after").text == "before\n\nafter\n\n"


def test_inline_elements_do_not_break_words_and_blocks_do():
    assert page("<p>a<b>b</b>c  d<br>e</p><div>f<div>g</div>h</div>").text == "abc d\ne\n\nf\n\ng\n\nh\n\n"


def test_white_space_counts_in_preformatted_text():
    assert page("<pre>a\n    b\n</pre>").text == "a\n    b\n\n"


def test_lists_and_tables():
    table = "<table><tr><th>Port<th>Level<tr><td>Gull<td>3.2</table>"
    assert page(f"<ul><li>one<li>two</ul>{table}").text == "- one\n\n- two\n\nPort | Level\nGull | 3.2\n\n"


def test_a_table_that_lays_out_the_page_is_no_table():
    document = page(f"<table><tr><td><h1>Left</h1><td><p>One.</p><p>{'Two. ' * 400}</p></table>")
    assert document.text.startswith("Left\n\nOne.\n\nTwo.")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>é".encode("latin-1"), "é"),
        ('<meta content="text/html; charset=windows-1251"><p>Привет'.encode("cp1251"), "Привет"),
        ("<meta charset=ascii><p>é".encode(), "é"),
        ("<p>é".encode("utf-16"), "é"),
        ('<?xml version="1.0" encoding="windows-1251"?><html><body>Привет</body></html>'.encode("cp1251"), "Привет"),
        (b"<meta charset=nonsense><p>plain", "plain"),
        (b'<?xml version="1.0" encoding="utf-8"?><html><body><p>x</p></body></html>', "x"),
    ],
)
def test_the_encoding_is_the_one_the_page_has(data, text):
    assert read("a.html", data).text.strip() == text


@pytest.mark.parametrize(
    "body",
    ["<div>" * 20_000 + "end", "<h1>" * 500 + "end", "<table><tr><td>" * 800 + "end", "<p", "", "&#0;", "<b>" * 9],
)
def test_malformed_pages_are_read_as_far_as_they_go(body):
    document = page(body)
    assert all(place.end <= len(document.text) for place in document.places)


def test_a_heading_that_never_ends_does_not_swallow_the_page():
    document = page("<h1>Title" + "<p>Some words here.</p>" * 50)
    assert document.text.count("Some words here.") == 50
    assert all(len(place.anchor.heading or "") <= 300 for place in document.places)


def test_the_title_is_read_unless_a_heading_repeats_it():
    assert page("<h1>Tides of <b>2031</b></h1>", "<title>Tides of 2031</title>").text == "Tides of 2031\n\n"
    assert page("<h1>Tides</h1>", "<title>Harbour</title>").text == "Harbour\n\nTides\n\n"


def test_cells_that_span_keep_the_columns_apart():
    table = "<table><caption>Levels</caption><tr><th>Port<th>Day<th>Level<tr><td rowspan=2>Gull<td>1<td>3.2"
    table += "<tr><td>2<td>3.4<tr><td colspan=2>mean<td>3.3</table>"
    assert page(table).text == ("Levels\n\nPort | Day | Level\nGull | 1 | 3.2\nGull | 2 | 3.4\nmean |  | 3.3\n\n")


def test_hidden_rows_and_cells_of_a_table_are_not_read():
    table = "<table><tr hidden><td>secret<td>x<tr><td>a<td style='display:none'>secret<td>b</table>"
    assert page(table).text == "a | b\n\n"


@pytest.mark.parametrize(
    "table", ["<td colspan=999999999>x<td rowspan=999999999>y<tr>" * 300, "<td rowspan=9999 colspan=9999>word " * 2000]
)
def test_spans_cannot_fill_the_memory(table):
    assert len(page(f"<table><tr>{table}<td>a</table>").text) < 2_000_000


def test_soft_hyphens_do_not_hide_words():
    assert page("<h1>Har&shy;bour</h1><p>Light&shy;house").text == "Harbour\n\nLighthouse\n\n"


def test_headings_around_everything_take_no_time():
    begin = time.monotonic()
    page("<h1><div>" * 1000 + "<i></i>" * 100_000 + "<p>word</p>" * 20_000)
    assert time.monotonic() - begin < 60


def test_too_many_elements_are_an_error_with_a_name(monkeypatch):
    monkeypatch.setattr(html_tree, "MAX_TAGS", 100)
    with pytest.raises(ReadError) as caught:
        page("<b></b>" * 101)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("<a href='mailto:desk@a.example?subject=x'>Write to us</a>", "Write to us (desk@a.example) now"),
        ("<a href='tel:+44%2020'>Call</a>", "Call (+44 20) now"),
        ("<a href='mailto:desk@a.example'>desk@a.example</a>", "desk@a.example now"),
        ("<a href='https://a.example/roster'>Our page</a>", "Our page (https://a.example/roster) now"),
        ("<a href='https://www.a.example/'>a.example</a>", "a.example now"),
        ("<a href='roster.html#june'>Our page</a>", "Our page now"),
        ("<a href='javascript:void(0)'>Our page</a>", "Our page now"),
        (f"<a href='https://a.example/?{'x' * 300}'>Our page</a>", "Our page now"),
        ("<a href='https://a.example/'><img src=x></a>", "now"),
        ("<a href='mailto:desk@a.example' hidden>Write to us</a>", "now"),
    ],
)
def test_the_address_behind_a_link_is_read(link, shown):
    assert read("a.html", f"<p>{link} now</p>".encode()).text.strip() == shown


def test_addresses_are_read_in_cells_and_not_in_headings_nor_on_a_page_made_of_links():
    link = "<a href='https://a.example/{}'>Page</a>"
    assert page(f"<h1>{link}</h1><table><tr><td>a<td>{link.format(1)}</table>").text == (
        "Page\n\na | Page (https://a.example/1)\n\n"
    )
    many = "".join(link.format(number) for number in range(31))
    assert page(f"<p>{many}<a href='tel:112'>Call</a></p>").text == "Page" * 31 + "Call (112)\n\n"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("10<sup>6</sup> litres on 25 m<sup>2</sup>", "10^6 litres on 25 m^2"),
        ("CO<sub>2</sub>, 10<sup>-3</sup>, e<sup>x+1</sup>", "CO_2, 10^-3, e^(x+1)"),
        ("the 1<sup>st</sup>, XIX<sup>e</sup>, 2<sup>a</sup>", "the 1st, XIXe, 2a"),
        ("word<sup><a href='#n1'>1</a></sup>, word<sup><a href='#n2'>[2]</a></sup>", "word[1], word[2]"),
        ("word<sup>[3]</sup> and brand<sup>®</sup>", "word[3] and brand®"),
    ],
)
def test_raised_and_lowered_letters_are_told_from_those_on_the_line(source, shown):
    body = f"<h1>{source}</h1><p>{source}</p><table><tr><td>a<td>{source}</table>"
    assert page(body).text == f"{shown}\n\n{shown}\n\na | {shown}\n\n"


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        ("<ol><li>x<li>y</ol>", ["1. x", "2. y"]),
        ("<ol start=4><li>x<li>y</ol>", ["4. x", "5. y"]),
        ("<ol type=a start=3><li>x<ul><li>z</ul><li>y</ol>", ["c. x", "- z", "d. y"]),
        ("<ol type=I><li>x<ol><li>z</ol><li>y</ol>", ["I. x", "1. z", "II. y"]),
        ("<ol reversed><li>x<li>y</ol>", ["2. x", "1. y"]),
        ("<ol><li value=7><p>x</p><p>more</p><li>y</ol>", ["7. x", "more", "8. y"]),
        ("<ol start=x><li value=y>x</ol><li>z", ["1. x", "- z"]),
    ],
)
def test_items_of_lists_have_their_numbers(items, shown):
    assert page(items).text.split("\n\n")[:-1] == shown


def test_control_characters_beside_marks_are_no_error():
    assert page("<p>area\x0c<sup>\x0c2</sup>\x0cand more").text == "area 2 and more\n\n"
    assert page("<p>10<sup>\x0e6</sup>\x01 <a href='tel:11\x022'>call</a>\x03&#4;").text == "10^6 call (112)\n\n"


def test_marks_around_paragraphs_leave_nothing_behind():
    assert page("<p>a</p><sup><p>2</p>x</sup><sub><div>3</div></sub>").text == "a\n\n2\n\nx\n\n3\n\n"


SECRET = "<p class=s id=i>A draft that is not shown</p><p>seen</p>"


@pytest.mark.parametrize(
    "style",
    [
        ".s{display:none}",
        "p.s, b{color:red;visibility: hidden}",
        "@import url(x);/*.s{}*/#i{display:none}",
        ".s/*/**/{display:none}/*",
        ".s{display:none;}",
        ".s{display:none;color:red}",
        ".s{display:none;@media print{color:red}}",
    ],
)
def test_what_a_style_sheet_hides_is_not_read_and_is_told(style):
    document = page(SECRET, f"<style>{style}</style>")
    assert document.text == "seen\n\n"
    assert document.warnings == ("Hidden in its program and not read: 1 part of the page.",)


@pytest.mark.parametrize(
    "style",
    [
        "@media print{.s{display:none}}",
        "@media (max-width:9px){.x{color:red}.s{display:none}}",
        ".s{display:none}.s.open{display:block}",
        ".menu .s{display:none}",
        "}.s{color:red}{",
        ".s{color:red;@media print{display:none}}",
    ],
)
def test_what_is_shown_in_some_case_is_read(style):
    document = page(SECRET, f"<style>{style}</style>")
    assert "A draft" in document.text and not document.warnings


@pytest.mark.parametrize(
    "style",
    [
        lambda size: "/*" * size,
        lambda size: "a" * 9 * size,
        lambda size: ".a," * size + "{display:" + "d" * 9 * size + "}",
    ],
)
def test_a_style_sheet_takes_linear_time(style):
    def tree(size):
        root = etree.Element("html")
        etree.SubElement(root, "style").text = style(size)
        return root

    with undisturbed():
        assert not grows_faster(html_marks.write, tree)


def test_a_long_cell_keeps_the_row_and_comes_whole_afterwards():
    long = " ".join(["Check the stove."] * 120)
    for names in ("<th>Risk<th>Owner<th>Measure", "<td>Risk<td>Owner<td>Measure"):
        text = page(
            f"<table><tr>{names}<tr><td>Fire<td>Radio officer<td>{long}<tr><td>Leak<td>Cook<td>Pump</table>"
        ).text
        assert "Fire | Radio officer | Check the stove." in text and "Leak | Cook | Pump" in text
        assert f"Fire: Measure: {long}" in text
    beside = page(f"<table><tr><td>Menu<td>{long}</table>").text
    assert beside == f"Menu\n\n{long}\n\n"
